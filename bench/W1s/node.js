'use strict';
const bench = require('../lib/bench.js');

const {now, cpu} = bench;
const n = bench.size(200000);
async function child() { return 1; }
const spawn =
  (f) => new Promise((res, rej) => setImmediate(() => f().then(res, rej)));
const gate = new Promise(() => {});
(async () => {
  const tasks = [];
  for (let i = 0; i < 100000; i++) tasks.push(spawn(async () => { await gate; }));
  await bench.sleep0();
  let worst = 0;
  const t0 = now(), c0 = cpu();
  let last = t0;
  for (let i = 0; i < n; i++) {
    await spawn(child);
    const t = now();
    worst = Math.max(worst, t - last);
    last = t;
  }
  bench.report('W1s', n, last - t0,
    {cpu: cpu() - c0, stall_ms: (worst * 1e3).toFixed(3)});
  process.exit(tasks.length ? 0 : 1);
})();
