import sys
sys.path.insert(0, "bench/lib")
from benchlib import *  # noqa

n = size(100000)
lateness = []


async def one(delay, loop):
    due = loop.time() + delay
    await asyncio.sleep(delay)
    lateness.append(loop.time() - due)


async def main():
    loop = asyncio.get_running_loop()
    g = lcg()
    delays = [next(g) / 1000 for _ in range(n)]
    t0, c0 = now(), cpu()
    tasks = [asyncio.create_task(one(d, loop)) for d in delays]
    for t in tasks:
        await t
    c, w = cpu() - c0, now() - t0
    assert len(lateness) == n
    report('W5', n, c, wall=round(w, 4), **late(lateness))


run(main)
