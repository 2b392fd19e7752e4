'use strict';
const bench = require('../lib/bench.js');

// Run with --expose-gc.
const {now, rss} = bench;
const n = bench.size(100000);
const p = new Promise(() => {});
async function child() { await p; }
global.gc();
global.gc();
const r0 = rss(), t0 = now(), a = [];
for (let i = 0; i < n; i++) a.push(child());
setTimeout(() => {
  const t = now() - t0;
  global.gc();
  const r1 = rss();
  bench.report('W6', n, t, {bytes: Math.round((r1 - r0) * 1024 / n)});
  process.exit(a.length ? 0 : 1);
}, 0);
