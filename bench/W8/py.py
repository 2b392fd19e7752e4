import sys
sys.path.insert(0, "bench/lib")
from benchlib import *  # noqa

n = size(500000)


async def main():
    queue = asyncio.Queue(maxsize=100)

    async def produce():
        for i in range(n):
            await queue.put(i)

    async def consume():
        total = 0
        for _ in range(n):
            total += await queue.get()
        return total

    t0, c0 = now(), cpu()
    producer = asyncio.create_task(produce())
    consumer = asyncio.create_task(consume())
    await producer
    assert await consumer == n * (n - 1) // 2
    report('W8', n, now() - t0, cpu=round(cpu() - c0, 4))


run(main)
