// Command client is the interoperability program around the Socket.IO client of zishang520 for Go.
// What it reads and writes is told in ../README.md.
//
// Invariants:
//   - one line is one write to standard output, under a lock; nothing else is written there
//   - orders are carried out one after the other, by the goroutine that reads them, which waits for no
//     server: dialling has a goroutine of its own
//   - an id names its socket for the life of the program
//   - listeners are attached before the connection is opened: nothing that the library tells is missed
//
// What the library cannot do, in this version:
//   - begin with the first of two transports: they are the keys of a map, so that what is to upgrade
//     begins with either
//   - tell what the server says to a socket that it refuses without data
//   - write while a poll waits for its answer, so that over polling alone two writes that meet stop
//     the connection
//   - close one of several namespaces of a connection without making another one deaf: listeners are
//     removed by the address of their code, which they share
//   - keep a panic on a goroutine of its own from ending the program
package main

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	engine "github.com/zishang520/socket.io/clients/engine/v3"
	client "github.com/zishang520/socket.io/clients/socket/v3"
	"github.com/zishang520/socket.io/v3/pkg/types"
)

const (
	bytesKey = "$bytes"
	// The bounds of the delay between two attempts to reconnect, in milliseconds.
	reconnectDelay    = 100
	reconnectDelayMax = 200
	// How long an attempt may take. The library tells the failure of a WebSocket before it listens to
	// itself, so that this is what makes it try again.
	openTimeout = 5 * time.Second
)

// order is a line of the suite; which fields are set depends on Do.
type order struct {
	Do        string         `json:"do"`
	ID        string         `json:"id"`
	Of        string         `json:"of"`
	URL       string         `json:"url"`
	Namespace string         `json:"namespace"`
	Transport string         `json:"transport"`
	Auth      map[string]any `json:"auth"`
	Reconnect bool           `json:"reconnect"`
	Event     string         `json:"event"`
	Args      []any          `json:"args"`
	Ask       json.Number    `json:"ask"`
}

var (
	stdout  sync.Mutex
	sockets = map[string]*client.Socket{}
)

func main() {
	tell("ready", "", "client", "zishang520/socket.io", "version", strings.TrimPrefix(client.VERSION, "v"))
	lines := bufio.NewReader(os.Stdin)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil || !obey(line) {
			return
		}
	}
}

// obey carries out the order of a line and says whether there may be another one.
func obey(line []byte) (more bool) {
	var o order
	more = true
	defer tellPanic(&o)

	decoder := json.NewDecoder(strings.NewReader(string(line)))
	decoder.UseNumber() // numbers reach the library with the digits of the suite
	if err := decoder.Decode(&o); err != nil {
		fault("", err)
		return true
	}

	switch o.Do {
	case "open":
		connect(o, client.NewManager(o.URL, options(o)))
	case "join":
		connect(o, find(o.Of).Io())
	case "emit":
		if err := find(o.ID).Emit(o.Event, unpack(o.Args).([]any)...); err != nil {
			fault(o.ID, err)
		}
	case "ask":
		ask(o)
	case "close":
		if socket, ok := sockets[o.ID]; ok {
			socket.Disconnect()
		}
	case "exit":
		return false
	default:
		fault(o.ID, fmt.Errorf("no such order: %q", o.Do))
	}
	return true
}

func options(o order) *client.Options {
	transports := types.NewSet[engine.TransportCtor]()
	if o.Transport != "websocket" {
		transports.Add(client.Polling)
	}
	if o.Transport != "polling" {
		transports.Add(client.WebSocket)
	}

	opts := client.DefaultOptions()
	opts.SetTransports(transports)
	opts.SetAutoConnect(false)
	opts.SetReconnection(o.Reconnect)
	opts.SetReconnectionDelay(reconnectDelay)
	opts.SetReconnectionDelayMax(reconnectDelayMax)
	opts.SetTimeout(openTimeout)
	return opts
}

// connect joins the namespace of o over the connection of manager.
func connect(o order, manager *client.Manager) {
	opts := client.DefaultSocketOptions()
	opts.SetAuth(o.Auth)
	socket := manager.Socket(o.Namespace, opts)
	sockets[o.ID] = socket

	socket.On("connect", func(...any) {
		tell("connect", o.ID, "sid", socket.Id())
	})
	socket.On("connect_error", func(args ...any) {
		// A socket that the server refused is given up, one whose connection failed is not.
		if socket.Active() {
			fault(o.ID, args[0])
			return
		}
		tell("refused", o.ID, "data", refusal(args[0]))
	})
	socket.On("disconnect", func(args ...any) {
		tell("disconnect", o.ID, "reason", args[0])
	})
	socket.OnAny(func(args ...any) {
		answer, wanted := args[len(args)-1].(func([]any, error))
		if wanted {
			args = args[:len(args)-1]
		}
		tell("event", o.ID, "event", args[0], "args", pack(args[1:]))
		if wanted {
			answer(args[1:], nil)
		}
	})
	go func() {
		defer tellPanic(&o)
		socket.Connect()
	}()
}

func ask(o order) {
	answered := func(args []any, err error) {
		if err != nil {
			fault(o.ID, err)
			return
		}
		tell("answer", o.ID, "ask", o.Ask, "args", pack(args))
	}
	find(o.ID).EmitWithAck(o.Event, unpack(o.Args).([]any)...)(answered)
}

func find(id string) *client.Socket {
	socket, ok := sockets[id]
	if !ok {
		panic(fmt.Sprintf("no such socket: %q", id))
	}
	return socket
}

// refusal is what the library made of the words of the server.
func refusal(cause any) any {
	var extended *types.ExtendedError
	if err, ok := cause.(error); ok && errors.As(err, &extended) {
		return map[string]any{"message": extended.Message, "data": pack(extended.Data)}
	}
	return map[string]any{"message": fmt.Sprint(cause)}
}

// unpack puts bytes in the place of what stands for them in an order.
func unpack(value any) any {
	switch v := value.(type) {
	case []any:
		unpacked := make([]any, len(v))
		for i, item := range v {
			unpacked[i] = unpack(item)
		}
		return unpacked
	case map[string]any:
		if digits, ok := v[bytesKey].(string); ok {
			bytes, err := hex.DecodeString(digits)
			if err != nil {
				panic(err)
			}
			return bytes
		}
		unpacked := make(map[string]any, len(v))
		for key, item := range v {
			unpacked[key] = unpack(item)
		}
		return unpacked
	default:
		return value
	}
}

// pack is the opposite of unpack. The buffers of the library are read without being emptied.
func pack(value any) any {
	switch v := value.(type) {
	case []any:
		packed := make([]any, len(v))
		for i, item := range v {
			packed[i] = pack(item)
		}
		return packed
	case map[string]any:
		packed := make(map[string]any, len(v))
		for key, item := range v {
			packed[key] = pack(item)
		}
		return packed
	case types.BufferInterface:
		return map[string]any{bytesKey: hex.EncodeToString(v.Bytes())}
	default:
		return value
	}
}

// tellPanic is to be deferred by what calls the library.
func tellPanic(o *order) {
	if cause := recover(); cause != nil {
		fault(o.ID, cause)
	}
}

func fault(id string, cause any) {
	tell("fault", id, "text", fmt.Sprint(cause))
}

// tell writes a line: what, the id if there is one, and the pairs of names and values.
func tell(what, id string, pairs ...any) {
	line := map[string]any{"tell": what}
	if id != "" {
		line["id"] = id
	}
	for i := 0; i < len(pairs); i += 2 {
		line[pairs[i].(string)] = pairs[i+1]
	}
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(line); err != nil {
		fault(id, err)
		return
	}
	stdout.Lock()
	defer stdout.Unlock()
	io.WriteString(os.Stdout, text.String())
}
