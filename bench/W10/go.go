package main

import (
	"context"
	"fmt"
	"sync"
	"time"
)

func main() {
	n := NN(100000)
	var wg sync.WaitGroup
	wg.Add(n)
	errs := make([]error, n)
	cs := make([]context.CancelFunc, n)
	t0, c0 := now(), cpu()
	for i := 0; i < n; i++ {
		ctx, c := context.WithCancel(context.Background())
		cs[i] = c
		go func(i int) {
			t := time.NewTimer(3600 * time.Second)
			select {
			case <-t.C:
			case <-ctx.Done():
				t.Stop()
				errs[i] = ctx.Err()
			}
			wg.Done()
		}(i)
	}
	t1 := now()
	for _, c := range cs {
		c()
	}
	wg.Wait()
	t2 := now()
	report("W10", n, t2-t0, fmt.Sprintf("cancel_ns=%.0f create_ns=%.0f cpu=%.4f", (t2-t1)*1e9/float64(n), (t1-t0)*1e9/float64(n), cpu()-c0))
}
