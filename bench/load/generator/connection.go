package main

import (
	"bytes"
	"fmt"
	"syscall"
)

// What a connection waits for.
type state int

const (
	opening    state = iota // TCP
	upgrading               // the answer to the request for the upgrade
	handshaken              // the Engine.IO open packet
	connecting              // the Socket.IO CONNECT packet
	ready
	closing // the other end's close frame
	closed
)

// connection is one client.
type connection struct {
	fd    int
	state state
	// What came of a frame that is not whole.
	rest []byte
	// What the kernel did not take.
	unsent []byte
	// Answers to what was read, which leave in one write.
	output []byte
	// Of a message whose first frame came: which one, and the frame that is next.
	slot, next int
	received   int64
	events     uint32
}

var (
	upgradeLines = "Host: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
	upgradeAccept = []byte("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
	connectFrame  = masked(opText, []byte("40"))
	pongFrame     = masked(opText, []byte("3"))
	headEnd       = []byte("\r\n\r\n")
)

func upgradeRequest(dialect string) []byte {
	path := "/"
	if dialect == "socket.io" {
		path = "/socket.io/?EIO=4&transport=websocket"
	}
	return []byte(fmt.Sprintf("GET %s HTTP/1.1\r\n%s", path, upgradeLines))
}

// open starts a connection. Clients have many addresses, so that ports do not run out.
func (l *loop) open() *connection {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		fail("Cannot make a socket: %v, with %d connections", err, len(l.connections))
	}
	const bindAddressNoPort = 24
	syscall.SetsockoptInt(fd, syscall.IPPROTO_IP, bindAddressNoPort, 1)
	syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
	l.opened++
	source := &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, byte(2 + l.opened%64)}}
	if err := syscall.Bind(fd, source); err != nil {
		fail("Cannot bind to %v: %v", source.Addr, err)
	}
	target := &syscall.SockaddrInet4{Port: l.wanted.Port, Addr: [4]byte{127, 0, 0, 1}}
	if err := syscall.Connect(fd, target); err != nil && err != syscall.EINPROGRESS {
		fail("Cannot connect: %v", err)
	}
	c := &connection{fd: fd, state: opening}
	l.add(c, syscall.EPOLLIN|syscall.EPOLLOUT)
	return c
}

// head takes the answer to the upgrade from the start of data; gives what it took.
func (l *loop) head(c *connection, data []byte) int {
	end := bytes.Index(data, headEnd)
	if end < 0 {
		return 0
	}
	if !bytes.HasPrefix(data, []byte("HTTP/1.1 101")) || !bytes.Contains(data[:end], upgradeAccept) {
		fail("Cannot upgrade: the server answers\n%s", data)
	}
	if l.wanted.Dialect == "bare" {
		l.becomesReady(c)
	} else {
		c.state = handshaken
	}
	return end + len(headEnd)
}

// frame takes a whole frame.
func (l *loop) frame(c *connection, opcode byte, payload []byte) {
	switch {
	case opcode == opPing:
		c.output = append(c.output, masked(opPong, payload)...)
	case opcode == opPong:
	case opcode == opClose:
		if c.state != closing {
			fail("The server closed a connection: % x", payload)
		}
		l.ended(c)
	case opcode == opText && len(payload) == 1 && payload[0] == '2':
		c.output = append(c.output, pongFrame...)
	default:
		l.message(c, opcode, payload)
	}
}

func (l *loop) message(c *connection, opcode byte, payload []byte) {
	switch c.state {
	case handshaken:
		expectPrefix(payload, `0{"sid":"`)
		c.state = connecting
		c.output = append(c.output, connectFrame...)
	case connecting:
		expectPrefix(payload, `40{"sid":"`)
		l.becomesReady(c)
	case ready:
		l.reply(c, opcode, payload)
	}
}

// reply takes a frame of a message, and counts the message with its last one.
func (l *loop) reply(c *connection, opcode byte, payload []byte) {
	if c.next == 0 {
		c.slot = l.slotOf(opcode, payload)
	} else if !l.exchanges[c.slot].replies[c.next].matches(opcode, payload) {
		unexpected(opcode, payload)
	}
	c.next++
	if c.next < len(l.exchanges[c.slot].replies) {
		return
	}
	c.next = 0
	c.received++
	l.received++
	l.onMessage(c, c.slot)
}

func (l *loop) slotOf(opcode byte, payload []byte) int {
	for slot := range l.exchanges {
		if l.exchanges[slot].replies[0].matches(opcode, payload) {
			return slot
		}
	}
	unexpected(opcode, payload)
	return -1
}

func expectPrefix(payload []byte, wanted string) {
	if !bytes.HasPrefix(payload, []byte(wanted)) {
		fail("Wanted a message that begins with %s, found %.64q", wanted, payload)
	}
}

func unexpected(opcode byte, payload []byte) {
	fail("The server sent what it should not: opcode %d, %d bytes, %.64q", opcode, len(payload), payload)
}
