'use strict';
const bench = require('../lib/bench.js');

const {now, cpu, sleep0} = bench;
const depth = 100, n = bench.size(2000);
async function nest(d) {
  if (d === 0) {
    await sleep0();
    return 0;
  }
  return await nest(d - 1) + 1;
}
(async () => {
  const t0 = now(), c0 = cpu();
  for (let i = 0; i < n; i++) await nest(depth);
  bench.report('W4', n, now() - t0, {cpu: cpu() - c0});
})();
