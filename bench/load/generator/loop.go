package main

import (
	"os"
	"syscall"
	"time"
	"unsafe"
)

// loop is the epoll loop, and the connections in it.
type loop struct {
	wanted      settings
	epoll       int
	connections map[int]*connection
	exchanges   []exchange
	request     []byte
	buffer      []byte
	ready       []syscall.EpollEvent
	deadline    time.Time
	opened      int
	received    int64
	// Lines that came on standard input.
	lines int
	// What a workload does when a connection can be used, has a message, or is gone.
	onReady   func(*connection)
	onMessage func(c *connection, slot int)
	onEnd     func(*connection)
}

func newLoop(wanted settings) *loop {
	epoll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		fail("Cannot make an epoll: %v", err)
	}
	l := &loop{
		wanted:      wanted,
		epoll:       epoll,
		connections: map[int]*connection{},
		exchanges:   exchanges(wanted),
		request:     upgradeRequest(wanted.Dialect),
		buffer:      make([]byte, 1<<20),
		ready:       make([]syscall.EpollEvent, 512),
		deadline:    time.Now().Add(time.Duration(wanted.LimitMs) * time.Millisecond),
		onReady:     func(*connection) {},
		onMessage:   func(*connection, int) {},
		onEnd:       func(*connection) {},
	}
	syscall.SetNonblock(0, true)
	input := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: 0}
	if err := syscall.EpollCtl(epoll, syscall.EPOLL_CTL_ADD, 0, &input); err != nil {
		fail("Cannot wait for standard input: %v", err)
	}
	return l
}

func (l *loop) add(c *connection, events uint32) {
	c.events = events
	l.connections[c.fd] = c
	event := syscall.EpollEvent{Events: events, Fd: int32(c.fd)}
	if err := syscall.EpollCtl(l.epoll, syscall.EPOLL_CTL_ADD, c.fd, &event); err != nil {
		fail("Cannot wait for a connection: %v", err)
	}
}

func (l *loop) wait(c *connection, events uint32) {
	if c.events == events {
		return
	}
	c.events = events
	event := syscall.EpollEvent{Events: events, Fd: int32(c.fd)}
	if err := syscall.EpollCtl(l.epoll, syscall.EPOLL_CTL_MOD, c.fd, &event); err != nil {
		fail("Cannot wait for a connection: %v", err)
	}
}

// until runs the loop until a condition holds, which is asked after each turn.
func (l *loop) until(what string, isDone func() bool) {
	for !isDone() {
		l.turn()
		if time.Now().After(l.deadline) {
			fail("Gave up waiting for %s after %d ms, with %d connections and %d messages",
				what, l.wanted.LimitMs, len(l.connections), l.received)
		}
	}
}

// turn handles what is there, and waits 20 ms for it at most.
func (l *loop) turn() {
	count, err := syscall.EpollWait(l.epoll, l.ready, 20)
	if err != nil && err != syscall.EINTR {
		fail("Cannot wait: %v", err)
	}
	for index := 0; index < count; index++ {
		event := &l.ready[index]
		if event.Fd == 0 {
			l.readInput()
			continue
		}
		// It may have been closed in this very turn.
		if c := l.connections[int(event.Fd)]; c != nil {
			l.handle(c, event.Events)
		}
	}
}

func (l *loop) handle(c *connection, events uint32) {
	if events&syscall.EPOLLOUT != 0 {
		if c.state == opening {
			l.connected(c)
		} else {
			l.flush(c)
		}
	}
	if events&(syscall.EPOLLIN|syscall.EPOLLHUP|syscall.EPOLLERR) != 0 && c.state != closed {
		l.read(c)
	}
}

func (l *loop) connected(c *connection) {
	fault, err := syscall.GetsockoptInt(c.fd, syscall.SOL_SOCKET, syscall.SO_ERROR)
	if err != nil || fault != 0 {
		fail("Cannot connect: %v %v", err, syscall.Errno(fault))
	}
	c.state = upgrading
	l.send(c, l.request)
}

func (l *loop) read(c *connection) {
	have := copy(l.buffer, c.rest)
	count, err := read(c.fd, l.buffer[have:])
	if err == syscall.EAGAIN || err == syscall.EINTR {
		return
	}
	if err != 0 || count == 0 {
		if c.state != closing {
			fail("The server ended a connection: %v", err)
		}
		l.ended(c)
		return
	}
	data := l.buffer[:have+count]
	taken := l.take(c, data)
	c.rest = append(c.rest[:0], data[taken:]...)
	if len(c.output) > 0 && c.state != closed {
		l.send(c, c.output)
		c.output = c.output[:0]
	}
}

// take handles all that is whole; gives how many bytes that was.
func (l *loop) take(c *connection, data []byte) int {
	at := 0
	if c.state == upgrading {
		at = l.head(c, data)
		if at == 0 {
			return 0
		}
	}
	for c.state != closed {
		opcode, start, end, isWhole := header(data[at:])
		if !isWhole || at+end > len(data) {
			break
		}
		l.frame(c, opcode, data[at+start:at+end])
		at += end
	}
	return at
}

// send writes as much as the kernel takes, and keeps the rest.
func (l *loop) send(c *connection, data []byte) {
	if len(c.unsent) > 0 {
		c.unsent = append(c.unsent, data...)
		return
	}
	count, err := write(c.fd, data)
	if err == syscall.EAGAIN || err == syscall.EINTR {
		count = 0
	} else if err != 0 {
		if c.state != closing {
			fail("Cannot write: %v", err)
		}
		return
	}
	if count == len(data) {
		l.wait(c, syscall.EPOLLIN)
		return
	}
	c.unsent = append(c.unsent, data[count:]...)
	l.wait(c, syscall.EPOLLIN|syscall.EPOLLOUT)
}

func (l *loop) flush(c *connection) {
	data := c.unsent
	c.unsent = nil
	if len(data) > 0 {
		l.send(c, data)
	} else {
		l.wait(c, syscall.EPOLLIN)
	}
}

func (l *loop) becomesReady(c *connection) {
	c.state = ready
	l.onReady(c)
}

// leave begins to close a connection.
func (l *loop) leave(c *connection) {
	c.state = closing
	l.send(c, closeFrame)
}

func (l *loop) ended(c *connection) {
	c.state = closed
	delete(l.connections, c.fd)
	syscall.Close(c.fd)
	l.onEnd(c)
}

// readInput counts lines; the end of standard input ends the generator.
func (l *loop) readInput() {
	var data [256]byte
	count, err := syscall.Read(0, data[:])
	if err == syscall.EAGAIN || err == syscall.EINTR {
		return
	}
	if err != nil || count == 0 {
		os.Exit(1)
	}
	for _, value := range data[:count] {
		if value == '\n' {
			l.lines++
		}
	}
}

// read and write do not tell the scheduler of Go: there is one thread, and neither waits.
func read(fd int, data []byte) (int, syscall.Errno) {
	return transfer(syscall.SYS_READ, fd, data)
}

func write(fd int, data []byte) (int, syscall.Errno) {
	return transfer(syscall.SYS_WRITE, fd, data)
}

func transfer(call uintptr, fd int, data []byte) (int, syscall.Errno) {
	count, _, err := syscall.RawSyscall(call, uintptr(fd), uintptr(unsafe.Pointer(&data[0])), uintptr(len(data)))
	return int(count), err
}
