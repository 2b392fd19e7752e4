'use strict';
const bench = require('../lib/bench.js');

const timers = require('timers/promises');
const {now, cpu} = bench;
const n = bench.size(100000);
async function sleeper(signal) {
  await timers.setTimeout(3600000, null, {signal});
}
(async () => {
  const t0 = now(), c0 = cpu(), a = [], aborts = [];
  for (let i = 0; i < n; i++) {
    const c = new AbortController();
    aborts.push(c);
    a.push(sleeper(c.signal));
  }
  await new Promise((r) => setImmediate(r));
  const t1 = now();
  for (const c of aborts) c.abort();
  const r = await Promise.allSettled(a);
  const t2 = now(), c = cpu() - c0;
  if (!r.every((x) => x.status === 'rejected')) throw new Error('not cancelled');
  bench.report('W10', n, t2 - t0, {
    create_ns: ((t1 - t0) * 1e9 / n).toFixed(0),
    cancel_ns: ((t2 - t1) * 1e9 / n).toFixed(0), cpu: c,
  });
})();
