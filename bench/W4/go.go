package main

import (
	"fmt"
	"runtime"
)

//go:noinline
func nest(d int) int {
	if d == 0 {
		runtime.Gosched()
		return 0
	}
	return nest(d-1) + 1
}
func main() {
	K := NN(2000)
	t0, c0 := now(), cpu()
	for i := 0; i < K; i++ {
		nest(100)
	}
	report("W4", K, now()-t0, fmt.Sprintf("cpu=%.4f", cpu()-c0))
}
