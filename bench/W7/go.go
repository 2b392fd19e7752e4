package main

import "fmt"

func main() {
	n := NN(200000)
	a, b := make(chan int), make(chan int)
	done := make(chan int)
	t0, c0 := now(), cpu()
	go func() {
		for i := 0; i < n; i++ {
			a <- 1
			<-b
		}
		done <- 1
	}()
	go func() {
		for i := 0; i < n; i++ {
			<-a
			b <- 1
		}
		done <- 1
	}()
	<-done
	<-done
	report("W7", n, now()-t0, fmt.Sprintf("cpu=%.4f", cpu()-c0))
}
