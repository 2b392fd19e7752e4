package main

import (
	"fmt"
	"runtime"
	"sync"
)

func main() {
	n, R := NN(10000), 20
	t0, c0 := now(), cpu()
	for r := 0; r < R; r++ {
		var wg sync.WaitGroup
		wg.Add(n)
		for i := 0; i < n; i++ {
			go func() { runtime.Gosched(); wg.Done() }()
		}
		wg.Wait()
	}
	report("W2", n*R, now()-t0, fmt.Sprintf("cpu=%.4f", cpu()-c0))
}
