package main

import (
	"fmt"
	"runtime"
	"sync"
)

func main() {
	T, K := 100, NN(10000)
	var wg sync.WaitGroup
	wg.Add(T)
	t0, c0 := now(), cpu()
	for i := 0; i < T; i++ {
		go func() {
			for j := 0; j < K; j++ {
				runtime.Gosched()
			}
			wg.Done()
		}()
	}
	wg.Wait()
	report("W3", T*K, now()-t0, fmt.Sprintf("cpu=%.4f", cpu()-c0))
}
