package main

import (
	"fmt"
	"sync"
	"time"
)

func main() {
	n := NN(100000)
	g := lcg(12345)
	ds := make([]int, n)
	for i := range ds {
		ds[i] = g.next()
	}
	lat := make([]float64, n)
	var wg sync.WaitGroup
	wg.Add(n)
	t0, c0 := now(), cpu()
	for i := range ds {
		go func(i int) {
			t := now() + float64(ds[i])/1e3
			time.Sleep(time.Duration(ds[i]) * time.Millisecond)
			lat[i] = now() - t
			wg.Done()
		}(i)
	}
	wg.Wait()
	c, w := cpu()-c0, now()-t0
	report("W5", n, c, fmt.Sprintf("wall=%.4f late_p50_ms=%.3f late_p99_ms=%.3f late_min_ms=%.3f", w, pct(lat, .5)*1e3, pct(lat, .99)*1e3, pct(lat, 0)*1e3))
}
