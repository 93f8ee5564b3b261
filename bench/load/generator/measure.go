package main

import (
	"os"
	"strconv"
	"syscall"
	"time"
)

// openingAtOnce is how many connections are on their way at a time.
const openingAtOnce = 50

// openAll opens connections until there are as many.
func (l *loop) openAll(count int) []*connection {
	all := make([]*connection, 0, count)
	readyCount := 0
	open := func() { all = append(all, l.open()) }
	l.onReady = func(*connection) {
		readyCount++
		if len(all) < count {
			open()
		}
	}
	for len(all) < min(count, openingAtOnce) {
		open()
	}
	l.until("connections", func() bool { return readyCount == count })
	l.onReady = func(*connection) {}
	return all
}

// measureMessages measures echoes, acknowledgements, attachments and broadcasts.
func measureMessages(l *loop) {
	all := l.openAll(l.wanted.Connections)
	senders, copies := all, int64(1)
	if l.wanted.Workload == "broadcast" {
		senders, copies = all[:1], int64(len(all))
	}
	check(l, all, senders, copies)
	sent := int64(0)
	isStopping := false
	l.onMessage = func(c *connection, slot int) {
		if isStopping || (copies > 1 && c != senders[0]) {
			return
		}
		sent++
		c.output = append(c.output, l.exchanges[slot].sent...)
	}
	l.received = 0
	for _, c := range all {
		c.received = 0
	}
	for _, c := range senders {
		for slot := range l.exchanges {
			sent++
			c.output = append(c.output, l.exchanges[slot].sent...)
		}
		l.send(c, c.output)
		c.output = c.output[:0]
	}
	measured := l.measure(func() int64 { return l.received })
	isStopping = true
	l.until("the last messages", func() bool { return l.received >= sent*copies })
	judge(all, sent, copies)
	say(map[string]any{"result": measured})
	os.Exit(0)
}

// check sends one message from each sender, and wants as many as have to come, and no more.
func check(l *loop, all, senders []*connection, copies int64) {
	for _, c := range senders {
		l.send(c, l.exchanges[0].sent)
	}
	wanted := int64(len(senders)) * copies
	l.until("the first messages", func() bool { return l.received >= wanted })
	quiet := time.Now().Add(20 * time.Millisecond)
	l.until("silence", func() bool { return time.Now().After(quiet) })
	for _, c := range all {
		if c.received != 1 {
			fail("Wanted one message on each connection, found %d on one", c.received)
		}
	}
}

// judge wants that every connection got what it had to get.
func judge(all []*connection, sent, copies int64) {
	sum := int64(0)
	for _, c := range all {
		sum += c.received
		if copies > 1 && c.received != sent {
			fail("Wanted %d broadcasts on each connection, found %d on one", sent, c.received)
		}
	}
	if sum != sent*copies {
		fail("Wanted %d messages, found %d", sent*copies, sum)
	}
}

// measureConnects measures connections that come and go.
func measureConnects(l *loop) {
	done := int64(0)
	isStopping := false
	l.onReady = l.leave
	l.onEnd = func(*connection) {
		done++
		if !isStopping {
			l.open()
		}
	}
	for count := 0; count < l.wanted.Connections; count++ {
		l.open()
	}
	measured := l.measure(func() int64 { return done })
	isStopping = true
	l.until("the last connections", func() bool { return len(l.connections) == 0 })
	say(map[string]any{"result": measured})
	os.Exit(0)
}

// holdIdle opens and closes a few connections, then holds many: memory is measured at both steps.
func holdIdle(l *loop) {
	const first = 200
	for _, c := range l.openAll(first) {
		l.leave(c)
	}
	l.until("closed connections", func() bool { return len(l.connections) == 0 })
	l.step("warm", 1)
	l.openAll(l.wanted.Connections)
	l.step("open", 2)
	os.Exit(0)
}

// step tells what is reached, and goes on when a line comes.
func (l *loop) step(name string, line int) {
	say(map[string]string{"step": name})
	l.until("a line on standard input", func() bool { return l.lines >= line })
}

// measure runs the loop for the time asked for, after the warm-up, and looks at counts and clocks.
func (l *loop) measure(count func() int64) result {
	l.warmUp(count)
	var measured result
	measured.ServerStat[0], measured.OwnStat[0] = readStat(l.wanted.Pid), readStat(os.Getpid())
	startedAt, before := time.Now(), count()
	l.pass(l.wanted.MeasureMs)
	measured.ServerStat[1], measured.OwnStat[1] = readStat(l.wanted.Pid), readStat(os.Getpid())
	measured.Nanoseconds = time.Since(startedAt).Nanoseconds()
	measured.Messages = count() - before
	return measured
}

// warmUp runs the loop for as long and for as many messages as asked for, but not longer than the limit
// of that: until then compilers are at work.
func (l *loop) warmUp(count func() int64) {
	last := time.Now().Add(time.Duration(l.wanted.WarmUpMostMs) * time.Millisecond)
	l.pass(l.wanted.WarmUpMs)
	l.until("the end of the warm-up", func() bool {
		return count() >= l.wanted.WarmUpMessages || time.Now().After(last)
	})
}

func (l *loop) pass(ms int) {
	end := time.Now().Add(time.Duration(ms) * time.Millisecond)
	l.until("the end of the measure", func() bool { return time.Now().After(end) })
}

func readStat(pid int) string {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		fail("Cannot read the processor time of process %d: %v", pid, err)
	}
	return string(text)
}

// raiseFileLimit asks for as many open files as this process may have.
func raiseFileLimit() {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) == nil {
		limit.Cur = limit.Max
		// What it is then shows when a socket cannot be made.
		_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)
	}
}
