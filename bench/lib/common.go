package main

import (
	"fmt"
	"os"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"time"
)

var _ = runtime.GC

func NN(d int) int {
	if s := os.Getenv("N"); s != "" {
		v, _ := strconv.Atoi(s)
		return v
	}
	return d
}

var start = time.Now()

func now() float64 { return time.Since(start).Seconds() }
func cpu() float64 {
	var r syscall.Rusage
	syscall.Getrusage(0, &r)
	return float64(r.Utime.Sec+r.Stime.Sec) + float64(r.Utime.Usec+r.Stime.Usec)/1e6
}
func rss() int {
	b, _ := os.ReadFile("/proc/self/statm")
	v, _ := strconv.Atoi(strings.Fields(string(b))[1])
	return v * 4
}
func peak() int64 { var r syscall.Rusage; syscall.Getrusage(0, &r); return r.Maxrss }
func report(w string, n int, sec float64, extra string) {
	p := os.Getenv("PEER")
	if p == "" {
		p = "go"
	}
	fmt.Printf("%s %s %d %.6f %.1f %d %s\n", w, p, n, sec, sec*1e9/float64(n), peak(), extra)
}

type lcg uint64

func (x *lcg) next() int { *x = (*x * 16807) % 2147483647; return 1 + int(*x%1000) }
func pct(a []float64, p float64) float64 {
	sort.Float64s(a)
	i := int(float64(len(a)) * p)
	if i >= len(a) {
		i = len(a) - 1
	}
	return a[i]
}
