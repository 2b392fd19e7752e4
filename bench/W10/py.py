import sys
sys.path.insert(0, "bench/lib")
from benchlib import *  # noqa

n = size(100000)


async def sleeper():
    await asyncio.sleep(3600)


async def main():
    t0, c0 = now(), cpu()
    tasks = [asyncio.create_task(sleeper()) for _ in range(n)]
    await asyncio.sleep(0)
    t1 = now()
    for t in tasks:
        t.cancel()
    r = await asyncio.gather(*tasks, return_exceptions=True)
    t2, c = now(), cpu() - c0
    assert all(isinstance(x, asyncio.CancelledError) for x in r)
    report('W10', n, t2 - t0, create_ns=round((t1 - t0) * 1e9 / n),
           cancel_ns=round((t2 - t1) * 1e9 / n), cpu=round(c, 4))


run(main)
