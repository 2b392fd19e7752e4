'use strict';
const bench = require('../lib/bench.js');

const {now, cpu, sleep0} = bench;
const tasks = 100, turns = bench.size(10000);
async function child() { for (let i = 0; i < turns; i++) await sleep0(); }
(async () => {
  const t0 = now(), c0 = cpu(), a = [];
  for (let i = 0; i < tasks; i++) a.push(child());
  await Promise.all(a);
  bench.report('W3', tasks * turns, now() - t0, {cpu: cpu() - c0});
})();
