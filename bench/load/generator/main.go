// The load generator: one workload against one server, over raw TCP.
//
// It is one thread with one epoll loop: it writes frames that were prepared before, and compares every
// frame that comes with bytes that were prepared before. It parses no JSON.
//
// Standard input: settings as one line of JSON, then a line for each step that it has told of. When
// standard input ends, so does the generator. Standard output: lines of JSON, {"step": name} where
// somebody has to do something, and {"result": {...}} at the end. A fault goes to standard error, and
// the exit code is 1.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"time"
)

// settings is what the bench asks for.
type settings struct {
	Workload    string `json:"workload"`    // echo, ack, binary, broadcast, connect or idle
	Dialect     string `json:"dialect"`     // socket.io or bare
	Port        int    `json:"port"`        // of the server, on 127.0.0.1
	Pid         int    `json:"pid"`         // of the server
	Connections int    `json:"connections"` // in all, or at a time for connect
	InFlight    int    `json:"inFlight"`    // messages of each connection, or of the one that broadcasts
	Bytes       int    `json:"bytes"`       // of the string or attachment of a message
	WarmUpMs    int    `json:"warmUpMs"`
	MeasureMs   int    `json:"measureMs"`
	// Messages that have to pass before the measure, and how long that may take.
	WarmUpMessages int64 `json:"warmUpMessages"`
	WarmUpMostMs   int   `json:"warmUpMostMs"`
	LimitMs        int   `json:"limitMs"` // after which the generator gives up
}

// result is what a measure came to.
type result struct {
	Messages int64 `json:"messages"`
	// Nanoseconds between the two looks at the clocks.
	Nanoseconds int64 `json:"nanoseconds"`
	// /proc/<pid>/stat of the server and of the generator, at the start and at the end.
	ServerStat [2]string `json:"serverStat"`
	OwnStat    [2]string `json:"ownStat"`
}

func main() {
	runtime.GOMAXPROCS(1)
	runtime.LockOSThread()
	input := bufio.NewReader(os.Stdin)
	line, err := input.ReadBytes('\n')
	if err != nil {
		fail("Cannot read the settings: %v", err)
	}
	var wanted settings
	if err := json.Unmarshal(line, &wanted); err != nil {
		fail("Cannot read the settings: %v", err)
	}
	raiseFileLimit()
	// Messages allocate nothing; connections do, and a collection now and then is cheaper than many.
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(256 << 20)
	// A peer that is stuck may not keep it: the loop may be inside of a system call.
	time.AfterFunc(time.Duration(wanted.LimitMs+2_000)*time.Millisecond, func() {
		fail("It did not end within %d ms", wanted.LimitMs+2_000)
	})
	run(wanted)
}

func run(wanted settings) {
	loop := newLoop(wanted)
	switch wanted.Workload {
	case "connect":
		measureConnects(loop)
	case "idle":
		holdIdle(loop)
	default:
		measureMessages(loop)
	}
}

// say writes one line of JSON to standard output.
func say(value any) {
	line, err := json.Marshal(value)
	if err != nil {
		fail("Cannot write %v: %v", value, err)
	}
	os.Stdout.Write(append(line, '\n'))
}

func fail(format string, values ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
	os.Exit(1)
}
