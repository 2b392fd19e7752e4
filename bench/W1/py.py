import sys
sys.path.insert(0, "bench/lib")
from benchlib import *  # noqa

n = size(200000)


async def child():
    return 1


async def main():
    create = asyncio.create_task
    t0, c0 = now(), cpu()
    for _ in range(n):
        await create(child())
    report('W1', n, now() - t0, cpu=round(cpu() - c0, 4))


run(main)
