import sys
sys.path.insert(0, "bench/lib")
from benchlib import *  # noqa

depth = 100
n = size(2000)


async def nest(d):
    if d == 0:
        await asyncio.sleep(0)
        return 0
    return await nest(d - 1) + 1


async def main():
    t0, c0 = now(), cpu()
    for _ in range(n):
        await nest(depth)
    report('W4', n, now() - t0, cpu=round(cpu() - c0, 4))


run(main)
