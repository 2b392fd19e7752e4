import sys
sys.path.insert(0, "bench/lib")
from benchlib import *  # noqa

tasks = 100
turns = size(10000)


async def child():
    sleep = asyncio.sleep
    for _ in range(turns):
        await sleep(0)


async def main():
    t0, c0 = now(), cpu()
    await asyncio.gather(*[asyncio.create_task(child()) for _ in range(tasks)])
    report('W3', tasks * turns, now() - t0, cpu=round(cpu() - c0, 4))


run(main)
