'use strict';
const bench = require('../lib/bench.js');

const {now, cpu, sleep0} = bench;
const n = bench.size(10000), rounds = 20;
async function child() { await sleep0(); }
(async () => {
  const t0 = now(), c0 = cpu();
  for (let r = 0; r < rounds; r++) {
    const a = [];
    for (let i = 0; i < n; i++) a.push(child());
    await Promise.all(a);
  }
  bench.report('W2', n * rounds, now() - t0, {cpu: cpu() - c0});
})();
