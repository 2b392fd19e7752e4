'use strict';
const bench = require('../lib/bench.js');

const {now, cpu, sleep} = bench;
const n = bench.size(100000), late = [], g = bench.lcg(), delays = [];
for (let i = 0; i < n; i++) delays.push(g());
async function one(d) {
  const due = now() + d / 1e3;
  await sleep(d);
  late.push(now() - due);
}
(async () => {
  const t0 = now(), c0 = cpu(), a = [];
  for (const d of delays) a.push(one(d));
  await Promise.all(a);
  const c = cpu() - c0, w = now() - t0;
  bench.report('W5', n, c, {wall: w.toFixed(4), ...bench.late(late)});
})();
