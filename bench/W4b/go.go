package main

import (
	"fmt"
	"runtime"
)

//go:noinline
func nest(d, k int) int {
	if d == 0 {
		for i := 0; i < k; i++ {
			runtime.Gosched()
		}
		return 0
	}
	return nest(d-1, k) + 1
}
func main() {
	K := NN(20000)
	t0, c0 := now(), cpu()
	nest(100, K)
	report("W4b", K, now()-t0, fmt.Sprintf("cpu=%.4f", cpu()-c0))
}
