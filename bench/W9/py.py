import sys
sys.path.insert(0, "bench/lib")
from benchlib import *  # noqa

n = size(100000)


async def fast():
    return 1


async def main():
    wait_for = asyncio.wait_for
    t0, c0 = now(), cpu()
    for _ in range(n):
        await wait_for(fast(), 10)
    report('W9', n, now() - t0, cpu=round(cpu() - c0, 4))


run(main)
