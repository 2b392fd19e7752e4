'use strict';
const bench = require('../lib/bench.js');

const {now, cpu} = bench;
const n = bench.size(200000);
function future() {
  let resolve;
  const promise = new Promise((r) => { resolve = r; });
  return {promise, resolve};
}
let forA = future(), forB = future();
async function a() {
  for (let i = 0; i < n; i++) {
    const fut = forA = future();
    forB.resolve();
    await fut.promise;
  }
}
async function b() {
  for (let i = 0; i < n; i++) {
    await forB.promise;
    forB = future();
    forA.resolve();
  }
}
(async () => {
  const t0 = now(), c0 = cpu();
  const tb = b(), ta = a();
  await ta;
  await tb;
  bench.report('W7', n, now() - t0, {cpu: cpu() - c0});
})();
