"""What the Python programs share; the twin of bench.lua."""
import asyncio
import gc
import os
import resource
import sys
import time

PEER = os.environ.get('PEER', 'py')
now = time.perf_counter
cpu = time.process_time


def size(default):
    return int(os.environ.get('N', default))


def rss():
    with open('/proc/self/statm') as f:
        return int(f.read().split()[1]) * 4


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def report(workload, n, sec, **extra):
    print(workload, PEER, n, f'{sec:.6f}', f'{sec * 1e9 / n:.1f}', peak(),
          *(f'{k}={v}' for k, v in extra.items()), flush=True)


def run(main):
    if 'uvloop' in PEER:
        import uvloop
        uvloop.install()

    async def program():
        if 'eager' in PEER:
            loop = asyncio.get_running_loop()
            loop.set_task_factory(asyncio.eager_task_factory)
        await main()

    asyncio.run(program())


def lcg():
    x = 12345
    while True:
        x = (x * 16807) % 2147483647
        yield 1 + x % 1000


def percentile(a, p):
    a = sorted(a)
    return a[min(len(a) - 1, int(len(a) * p))]


def late(a):
    return {f'late_{k}_ms': round(percentile(a, p) * 1e3, 3)
            for k, p in (('p50', .5), ('p99', .99), ('min', 0))}
