'use strict';
const bench = require('../lib/bench.js');

const {now, cpu, micro} = bench;
const n = bench.size(200000);
async function child() { return 1; }
// A task's start is deferred to the loop, as create_task's is; the microtask
// row starts it at once, as a native promise does.
const spawn = micro ? (f) => f()
  : (f) => new Promise((res, rej) => setImmediate(() => f().then(res, rej)));
(async () => {
  const t0 = now(), c0 = cpu();
  for (let i = 0; i < n; i++) await spawn(child);
  bench.report('W1', n, now() - t0, {cpu: cpu() - c0});
})();
