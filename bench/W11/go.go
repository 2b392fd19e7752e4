package main

import (
	"fmt"
	"sync"
)

//go:noinline
func empty() {}

//go:noinline
func burn(k int) uint32 {
	var x uint32
	for i := 0; i < k; i++ {
		x = x + uint32(i)*3
		x ^= x >> 3
	}
	return x
}
func main() {
	n := NN(50000)
	per := n / 64
	var wg sync.WaitGroup
	wg.Add(64)
	t0, c0 := now(), cpu()
	for w := 0; w < 64; w++ {
		go func() {
			ch := make(chan int)
			for i := 0; i < per; i++ {
				go func() { empty(); ch <- 1 }()
				<-ch
			}
			wg.Done()
		}()
	}
	wg.Wait()
	t, c := now()-t0, cpu()-c0
	k := 50000000
	t1 := now()
	burn(k)
	k = int(float64(k) * 0.2 / (now() - t1))
	t1 = now()
	for i := 0; i < 8; i++ {
		burn(k)
	}
	ser := now() - t1
	t1 = now()
	wg.Add(8)
	for i := 0; i < 8; i++ {
		go func() { burn(k); wg.Done() }()
	}
	wg.Wait()
	par := now() - t1
	report("W11", per*64, t, fmt.Sprintf("cpu=%.4f serial=%.3f offload=%.3f speedup=%.3f", c, ser, par, ser/par))
}
