package main

import "fmt"

func main() {
	n := NN(500000)
	q := make(chan int, 100)
	done := make(chan int)
	t0, c0 := now(), cpu()
	go func() {
		for i := 0; i < n; i++ {
			q <- i
		}
	}()
	go func() {
		s := 0
		for i := 0; i < n; i++ {
			s += <-q
		}
		done <- s
	}()
	<-done
	report("W8", n, now()-t0, fmt.Sprintf("cpu=%.4f", cpu()-c0))
}
