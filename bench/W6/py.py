import sys
sys.path.insert(0, "bench/lib")
from benchlib import *  # noqa

n = size(100000)


async def on_future(fut):
    await fut


async def main():
    fut = asyncio.get_running_loop().create_future()
    gc.collect()
    gc.collect()
    r0, t0 = rss(), now()
    tasks = [asyncio.create_task(on_future(fut)) for _ in range(n)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    t = now() - t0
    gc.collect()
    r1 = rss()
    assert len(tasks) == n
    report('W6', n, t, bytes=round((r1 - r0) * 1024 / n))
    os._exit(0)


run(main)
