package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
)

const (
	opText   = 1
	opBinary = 2
	opClose  = 8
	opPing   = 9
	opPong   = 10
)

var mask = [4]byte{0x37, 0xfa, 0x21, 0x3d}

// masked makes a final, masked frame, as clients send them: RFC 6455, section 5.2.
func masked(opcode byte, payload []byte) []byte {
	frame := []byte{0x80 | opcode}
	switch length := len(payload); {
	case length < 126:
		frame = append(frame, 0x80|byte(length))
	case length < 65_536:
		frame = append(frame, 0x80|126)
		frame = binary.BigEndian.AppendUint16(frame, uint16(length))
	default:
		frame = append(frame, 0x80|127)
		frame = binary.BigEndian.AppendUint64(frame, uint64(length))
	}
	frame = append(frame, mask[:]...)
	for index, value := range payload {
		frame = append(frame, value^mask[index%4])
	}
	return frame
}

// header reads the head of an unmasked frame: its opcode, where the payload starts, and where it ends.
// Nothing is said of a head that is not whole yet.
func header(data []byte) (opcode byte, start int, end int, isWhole bool) {
	if len(data) < 2 {
		return 0, 0, 0, false
	}
	if data[0]&0x70 != 0 || data[0]&0x80 == 0 || data[1]&0x80 != 0 {
		fail("Cannot read a frame: wanted a final one without mask and extensions, found % x", data[:2])
	}
	length := int(data[1])
	start = 2
	switch length {
	case 126:
		if len(data) < 4 {
			return 0, 0, 0, false
		}
		length, start = int(binary.BigEndian.Uint16(data[2:])), 4
	case 127:
		if len(data) < 10 {
			return 0, 0, 0, false
		}
		length, start = int(binary.BigEndian.Uint64(data[2:])), 10
	}
	return data[0] & 0x0f, start, start + length, true
}

// part is one frame that is expected.
type part struct {
	opcode  byte
	payload []byte
}

// exchange is a message as it is sent, and what has to come for it.
type exchange struct {
	sent    []byte
	replies []part
}

var closeFrame = masked(opClose, []byte{0x03, 0xe8})

// exchanges makes the messages of a workload: one for each that is in flight.
func exchanges(wanted settings) []exchange {
	made := make([]exchange, wanted.InFlight)
	for slot := range made {
		made[slot] = exchangeFor(wanted, slot)
	}
	return made
}

func exchangeFor(wanted settings, slot int) exchange {
	text := letters(wanted.Bytes)
	if wanted.Dialect == "bare" {
		return bareExchange(wanted.Workload, text)
	}
	switch wanted.Workload {
	case "ack":
		sent := fmt.Sprintf(`42%d["ack","%s"]`, slot, text)
		reply := fmt.Sprintf(`43%d["%s"]`, slot, text)
		return exchange{masked(opText, []byte(sent)), []part{{opText, []byte(reply)}}}
	case "binary":
		head := []byte(`451-["echo",{"_placeholder":true,"num":0}]`)
		attachment := attachment(wanted.Bytes)
		sent := append(masked(opText, head), masked(opBinary, attachment)...)
		return exchange{sent, []part{{opText, head}, {opBinary, attachment}}}
	default:
		event := map[string]string{"echo": "echo", "broadcast": "bcast"}[wanted.Workload]
		payload := []byte(fmt.Sprintf(`42["%s","%s"]`, event, text))
		return exchange{masked(opText, payload), []part{{opText, payload}}}
	}
}

// bareExchange makes a message without Socket.IO: a server that sends back sends the same.
func bareExchange(workload string, text string) exchange {
	switch workload {
	case "binary":
		payload := attachment(len(text))
		return exchange{masked(opBinary, payload), []part{{opBinary, payload}}}
	case "broadcast":
		// A bare server sends what begins with a "b" to everybody.
		payload := []byte("b" + text[1:])
		return exchange{masked(opText, payload), []part{{opText, payload}}}
	default:
		payload := []byte("e" + text[1:])
		return exchange{masked(opText, payload), []part{{opText, payload}}}
	}
}

// letters makes a text that needs no escapes in JSON.
func letters(length int) string {
	const alphabet = "the quick brown fox jumps over the lazy dog. "
	return strings.Repeat(alphabet, length/len(alphabet)+1)[:length]
}

// attachment makes bytes of every value.
func attachment(length int) []byte {
	made := make([]byte, length)
	for index := range made {
		made[index] = byte(index * 7)
	}
	return made
}

// matches tells whether a frame is the one that is expected.
func (it part) matches(opcode byte, payload []byte) bool {
	return it.opcode == opcode && bytes.Equal(it.payload, payload)
}
