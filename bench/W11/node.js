// Node has no pool of threads for functions: two workers, and one message
// each way per call.
'use strict';
const workers = require('worker_threads');

function burn(k) {
  let x = 0;
  for (let i = 0; i < k; i++) x = (x + i * 3) >>> 0;
  return x;
}

if (!workers.isMainThread) {
  workers.parentPort.on('message', ({id, k}) =>
    workers.parentPort.postMessage({id, value: burn(k)}));
} else {
  const bench = require('../lib/bench.js');
  const {now, cpu} = bench;
  const per = Math.floor(bench.size(50000) / 64);
  const pool = [], waiting = new Map();
  let last = 0;
  for (let i = 0; i < 2; i++) {
    const worker = new workers.Worker(__filename);
    worker.on('message', ({id, value}) => {
      const resolve = waiting.get(id);
      waiting.delete(id);
      resolve(value);
    });
    pool.push(worker);
  }
  const toThread = (k) => new Promise((resolve) => {
    waiting.set(++last, resolve);
    pool[last % pool.length].postMessage({id: last, k});
  });
  const all = (n, fn) => Promise.all(Array.from({length: n}, fn));
  (async () => {
    await all(2, () => toThread(0));
    let t0 = now();
    const c0 = cpu();
    await all(64, async () => {
      for (let i = 0; i < per; i++) await toThread(0);
    });
    const t = now() - t0, c = cpu() - c0;

    let k = 50000000;
    for (let i = 0; i < 3; i++) burn(5000000); // compiled from now on
    t0 = now();
    burn(k);
    k = Math.floor(k * 0.2 / (now() - t0));
    for (let i = 0; i < 3; i++) await all(2, () => toThread(5000000));
    t0 = now();
    for (let i = 0; i < 8; i++) burn(k);
    const serial = now() - t0;
    t0 = now();
    await all(8, () => toThread(k));
    const threads = now() - t0;
    bench.report('W11', per * 64, t, {
      cpu: c, serial: serial.toFixed(3), threads: threads.toFixed(3),
      speedup: (serial / threads).toFixed(3),
    });
    process.exit(0);
  })();
}
