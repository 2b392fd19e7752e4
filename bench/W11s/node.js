'use strict';
const workers = require('worker_threads');

if (!workers.isMainThread) {
  workers.parentPort.on('message',
    (text) => workers.parentPort.postMessage(text));
} else {
  const bench = require('../lib/bench.js');
  const {now, cpu} = bench;
  const n = bench.size(1000);
  const worker = new workers.Worker(__filename);
  const toThread = (text) => new Promise((resolve) => {
    worker.once('message', resolve);
    worker.postMessage(text);
  });
  (async () => {
    const text = 'x'.repeat(1000000);
    await toThread(text);
    const t0 = now(), c0 = cpu();
    for (let i = 0; i < n; i++) {
      if ((await toThread(text)).length !== text.length) throw new Error();
    }
    bench.report('W11s', n, now() - t0, {cpu: cpu() - c0});
    process.exit(0);
  })();
}
