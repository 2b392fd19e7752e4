package main

import (
	"context"
	"fmt"
	"time"
)

func main() {
	n := NN(100000)
	t0, c0 := now(), cpu()
	for i := 0; i < n; i++ {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		ch := make(chan int, 1)
		go func() { ch <- 1 }()
		select {
		case <-ch:
		case <-ctx.Done():
			panic("x")
		}
		cancel()
	}
	report("W9", n, now()-t0, fmt.Sprintf("cpu=%.4f", cpu()-c0))
}
