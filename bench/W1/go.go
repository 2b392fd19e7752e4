package main

import "fmt"

func main() {
	n := NN(200000)
	ch := make(chan int)
	t0, c0 := now(), cpu()
	for i := 0; i < n; i++ {
		go func() { ch <- 1 }()
		<-ch
	}
	report("W1", n, now()-t0, fmt.Sprintf("cpu=%.4f", cpu()-c0))
}
