#!/bin/sh
# Runs a workload's program in Go, after compiling it unless that was done.
#   sh bench/lib/go.sh bench/W1/go.go
set -eu
out=${BUILD:-build}/bench/go/$(basename "$(dirname "$1")")
if [ ! "$out/run" -nt "$1" ]; then
  mkdir -p "$out"
  cp bench/lib/common.go "$1" "$out"
  (cd "$out" && GO111MODULE=off go build -o run .)
fi
exec "$out/run"
