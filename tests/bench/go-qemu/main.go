// SPDX-License-Identifier: LGPL-2.1-or-later

// What go-qemu costs: go-qemu SOCKET ROW COUNT [NUMBER]. Rows and figures are as in bench.h.
package main

import (
	"bufio"
	"context"
	"fmt"
	"log"
	"net"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"github.com/digitalocean/go-qemu/qemu"
	"github.com/digitalocean/go-qemu/qmp"
)

const clockProcessCPU = 2

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func cpu() time.Duration {
	var spec syscall.Timespec
	syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clockProcessCPU, uintptr(unsafe.Pointer(&spec)), 0)
	return time.Duration(spec.Nano())
}

func measure(count int, work func()) {
	wallBegin, cpuBegin := time.Now(), cpu()
	work()
	used, passed := cpu()-cpuBegin, time.Since(wallBegin)
	fmt.Printf("cpu %g\nwall %g\n", used.Seconds()*1e6/float64(count), passed.Seconds()*1e6/float64(count))
}

func open(path string) *qmp.SocketMonitor {
	monitor, err := qmp.NewSocketMonitor("unix", path, 20*time.Second)
	check(err)
	check(monitor.Connect())
	return monitor
}

var queryStatus = []byte(`{"execute":"query-status"}`)

func run(monitor *qmp.SocketMonitor, count int) {
	for i := 0; i < count; i++ {
		_, err := monitor.Run(queryStatus)
		check(err)
	}
}

// Its monitor has one command on its way at a time; several callers wait for each other.
func callers(path string, count int, number int) {
	monitor := open(path)
	run(monitor, count/10+1)
	measure(count, func() {
		var all sync.WaitGroup
		for i := 0; i < number; i++ {
			all.Add(1)
			go func(share int) {
				run(monitor, share)
				all.Done()
			}((count + i) / number)
		}
		all.Wait()
	})
	check(monitor.Disconnect())
}

func hear(monitor *qmp.SocketMonitor, events <-chan qmp.Event, count int) {
	_, err := monitor.Run([]byte(fmt.Sprintf(`{"execute":"bench-events","arguments":{"count":%d}}`, count)))
	check(err)
	for left := count; left > 0; {
		if event := <-events; event.Event == "BLOCK_JOB_READY" {
			left--
		}
	}
}

func events(path string, count int) {
	monitor := open(path)
	events, err := monitor.Events(context.Background())
	check(err)
	hear(monitor, events, count/10+1)
	measure(count, func() { hear(monitor, events, count) })
	check(monitor.Disconnect())
}

func openClose(path string, count int) {
	check(open(path).Disconnect())
	measure(count, func() {
		for i := 0; i < count; i++ {
			check(open(path).Disconnect())
		}
	})
}

// Its own monitor takes no reply beyond 64 KiB. This one does, and does nothing else.
type lines struct {
	connection net.Conn
	reader     *bufio.Reader
}

func (monitor *lines) Connect() error    { return nil }
func (monitor *lines) Disconnect() error { return monitor.connection.Close() }

func (monitor *lines) Events(context.Context) (<-chan qmp.Event, error) {
	return nil, qmp.ErrEventsNotSupported
}

func (monitor *lines) Run(command []byte) ([]byte, error) {
	if _, err := monitor.connection.Write(command); err != nil {
		return nil, err
	}
	return monitor.reader.ReadBytes('\n')
}

func devices(path string, count int, number int) {
	connection, err := net.Dial("unix", path)
	check(err)
	monitor := &lines{connection, bufio.NewReaderSize(connection, 256*1024)}
	_, err = monitor.reader.ReadBytes('\n')
	check(err)
	for _, command := range []string{
		`{"execute":"qmp_capabilities"}`,
		fmt.Sprintf(`{"execute":"bench-devices","arguments":{"count":%d}}`, number),
	} {
		_, err = monitor.Run([]byte(command))
		check(err)
	}
	domain, err := qemu.NewDomain(monitor, "bench")
	check(err)

	decode := func() {
		list, err := domain.BlockDevices()
		check(err)
		if len(list) != number {
			log.Fatal("not all devices have come")
		}
	}
	decode()
	measure(count, func() {
		for i := 0; i < count; i++ {
			decode()
		}
	})
	check(domain.Close())
}

func number(index int, otherwise int) int {
	if len(os.Args) <= index {
		return otherwise
	}
	value, err := strconv.Atoi(os.Args[index])
	check(err)
	return value
}

func main() {
	if len(os.Args) < 4 {
		log.Fatalf("usage: %s SOCKET ROW COUNT [NUMBER]", os.Args[0])
	}
	path, count, number := os.Args[1], number(3, 1), number(4, 1)

	switch row := os.Args[2]; row {
	case "run":
		callers(path, count, number)
	case "events":
		events(path, count)
	case "open-close":
		openClose(path, count)
	case "devices":
		devices(path, count, number)
	default:
		log.Fatalf("there is no row %s", row)
	}
}
