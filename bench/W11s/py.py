# Threads share their memory here: nothing is copied.
import sys
sys.path.insert(0, "bench/lib")
from benchlib import *  # noqa

n = size(1000)


def same(text):
    return text


async def main():
    text = b'x' * 1000000
    await asyncio.to_thread(same, text)
    t0, c0 = now(), cpu()
    for _ in range(n):
        assert len(await asyncio.to_thread(same, text)) == len(text)
    report('W11s', n, now() - t0, cpu=round(cpu() - c0, 4))


run(main)
