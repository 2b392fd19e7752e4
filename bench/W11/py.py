import sys
sys.path.insert(0, "bench/lib")
from benchlib import *  # noqa

per = size(50000) // 64


def empty():
    pass


def burn(k):
    x = 0
    for i in range(k):
        x = (x + i * 3) & 0xffffffff
    return x


async def main():
    async def call_often():
        for _ in range(per):
            await asyncio.to_thread(empty)

    t0, c0 = now(), cpu()
    await asyncio.gather(*[call_often() for _ in range(64)])
    t, c = now() - t0, cpu() - c0

    k = 1000000
    t0 = now()
    burn(k)
    k = int(k * 0.2 / (now() - t0))
    t0 = now()
    for _ in range(8):
        burn(k)
    serial = now() - t0
    t0 = now()
    await asyncio.gather(*[asyncio.to_thread(burn, k) for _ in range(8)])
    threads = now() - t0
    report('W11', per * 64, t, cpu=round(c, 4), serial=round(serial, 3),
           threads=round(threads, 3), speedup=round(serial / threads, 3))


run(main)
