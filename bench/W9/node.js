'use strict';
const bench = require('../lib/bench.js');

const {now, cpu} = bench;
const n = bench.size(100000);
async function fast() { return 1; }
function waitFor(promise, ms) {
  return new Promise((res, rej) => {
    const timer = setTimeout(() => rej(new Error('timeout')), ms);
    promise.then((v) => {
      clearTimeout(timer);
      res(v);
    }, (e) => {
      clearTimeout(timer);
      rej(e);
    });
  });
}
(async () => {
  const t0 = now(), c0 = cpu();
  for (let i = 0; i < n; i++) await waitFor(fast(), 10000);
  bench.report('W9', n, now() - t0, {cpu: cpu() - c0});
})();
