import sys
sys.path.insert(0, "bench/lib")
from benchlib import *  # noqa

n = size(200000)


async def child():
    return 1


async def wait(gate):
    await gate


async def main():
    create = asyncio.create_task
    gate = asyncio.get_running_loop().create_future()
    tasks = [create(wait(gate)) for _ in range(100000)]
    await asyncio.sleep(0)
    worst = 0
    t0, c0 = now(), cpu()
    last = t0
    for _ in range(n):
        await create(child())
        t = now()
        worst = max(worst, t - last)
        last = t
    assert len(tasks) == 100000
    report('W1s', n, last - t0, cpu=round(cpu() - c0, 4),
           stall_ms=round(worst * 1e3, 3))
    os._exit(0)


run(main)
