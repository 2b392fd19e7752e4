#!/bin/sh
# Instructions per operation, counted under callgrind: the difference of two
# sizes, so that start-up drops out. Unlike time, it does not depend on what
# else the machine does. Run it from the project's root.
#
#   bench/callgrind.sh [W1 W2 ...]
#
#   PROG=luv.lua      a peer's program instead of ours
#   PEER=asyncio-inc  the row's name, which chooses the collector
#   LUA=lua5.4        the interpreter, PROG=py.py needs LUA=python3
#   TOP=10            also print so many of the costliest functions
#   KEEP=dir          keep callgrind's files there
set -eu

LUA=${LUA:-lua5.4}
PROG=${PROG:-asyncio.lua}
TOP=${TOP:-0}
PEER=${PEER:-${PROG%.*}}
export PEER

if [ -n "${KEEP:-}" ]; then
  dir=$KEEP
  mkdir -p "$dir"
else
  dir=$(mktemp -d)
  trap 'rm -rf "$dir"' EXIT
fi

# count workload-directory program size: instructions, "operations" from the
# line the program prints.
count() {
  out=$dir/$4
  N=$3 valgrind --tool=callgrind --callgrind-out-file="$out" "$LUA" \
    "bench/$1/$2" >"$out.log" 2>&1 || { cat "$out.log" >&2; exit 1; }
  awk '/Collected :/ {ir = $4} /^W[0-9]/ {ops = $3} END {print ir, ops}' \
    "$out.log"
}

[ $# -gt 0 ] || set -- W1 W2 W3 W4 W4o W4b W7 W9
for id in "$@"; do
  workload=$id
  prog=$PROG
  case $id in
    W1) sizes="10000 60000" ;;
    W2) sizes="1000 3000" ;; # 20 rounds
    W3) sizes="100 600" ;; # 100 tasks
    W4) sizes="200 1200" ;;
    W4b) sizes="5000 30000" ;;
    W4bo) workload=W4b prog=objects.lua sizes="5000 30000" ;;
    W4o) workload=W4 prog=objects.lua sizes="100 600" ;;
    W1o) workload=W1 prog=objects.lua sizes="10000 60000" ;;
    W2o) workload=W2 prog=objects.lua sizes="1000 3000" ;;
    W9o) workload=W9 prog=objects.lua sizes="10000 60000" ;;
    W5) sizes="5000 20000" ;;
    W7) sizes="10000 60000" ;;
    W8 | W9) sizes="10000 60000" ;;
    W10) sizes="5000 20000" ;;
    *) echo "no such workload: $id" >&2; exit 1 ;;
  esac
  # A peer has no program of its own for coroutine objects.
  [ "$PROG" = asyncio.lua ] || [ "$prog" = "$PROG" ] || continue
  small=$(count "$workload" "$prog" "${sizes% *}" "$id.small")
  large=$(count "$workload" "$prog" "${sizes#* }" "$id.large")
  echo "$id $PEER $small $large" | awk '{
    printf "%-5s %-12s %8.0f instructions per operation\n", $1, $2,
      ($5 - $3) / ($6 - $4)
  }'
  if [ "$TOP" -gt 0 ]; then
    callgrind_annotate --threshold=100 "$dir/$id.large" 2>/dev/null |
      awk -v top="$TOP" '/^ *[0-9,]+ \([ 0-9.]+%\)/ && !/PROGRAM TOTALS/ {
        if (n++ < top) print "      " $0
      }'
  fi
done
