import sys
sys.path.insert(0, "bench/lib")
from benchlib import *  # noqa

n = size(200000)


async def main():
    future = asyncio.get_running_loop().create_future
    for_a, for_b = future(), future()

    async def a():
        nonlocal for_a
        for _ in range(n):
            for_a = fut = future()
            for_b.set_result(None)
            await fut

    async def b():
        nonlocal for_b
        for _ in range(n):
            await for_b
            for_b = future()
            for_a.set_result(None)

    t0, c0 = now(), cpu()
    tb = asyncio.create_task(b())
    ta = asyncio.create_task(a())
    await ta
    await tb
    report('W7', n, now() - t0, cpu=round(cpu() - c0, 4))


run(main)
