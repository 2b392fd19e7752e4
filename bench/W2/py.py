import sys
sys.path.insert(0, "bench/lib")
from benchlib import *  # noqa

n = size(10000)
rounds = 20


async def child():
    await asyncio.sleep(0)


async def main():
    t0, c0 = now(), cpu()
    for _ in range(rounds):
        await asyncio.gather(*[child() for _ in range(n)])
    report('W2', n * rounds, now() - t0, cpu=round(cpu() - c0, 4))


run(main)
