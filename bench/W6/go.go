package main

import (
	"fmt"
	"runtime"
	"time"
)

func main() {
	n := NN(100000)
	ch := make(chan int)
	st := make(chan int, n)
	runtime.GC()
	r0 := rss()
	t0 := now()
	for i := 0; i < n; i++ {
		go func() { st <- 1; <-ch }()
	}
	for i := 0; i < n; i++ {
		<-st
	}
	t := now() - t0
	time.Sleep(20 * time.Millisecond)
	runtime.GC()
	r1 := rss()
	report("W6", n, t, fmt.Sprintf("bytes_per_task=%d", (r1-r0)*1024/n))
	_ = ch
}
