'use strict';
const bench = require('../lib/bench.js');

const {now, cpu} = bench;
const n = bench.size(500000);

// A bounded queue with the semantics of asyncio's, and no more.
class Queue {
  constructor(max) {
    this.max = max;
    this.items = [];
    this.first = 0;
    this.getters = [];
    this.putters = [];
  }

  size() { return this.items.length - this.first; }

  async put(item) {
    while (this.size() >= this.max) {
      await new Promise((r) => this.putters.push(r));
    }
    this.items.push(item);
    const wake = this.getters.shift();
    if (wake) wake();
  }

  async get() {
    while (this.size() === 0) {
      await new Promise((r) => this.getters.push(r));
    }
    const item = this.items[this.first++];
    if (this.first > 1024) {
      this.items.splice(0, this.first);
      this.first = 0;
    }
    const wake = this.putters.shift();
    if (wake) wake();
    return item;
  }
}

(async () => {
  const queue = new Queue(100);
  const t0 = now(), c0 = cpu();
  const producer = (async () => {
    for (let i = 0; i < n; i++) await queue.put(i);
  })();
  const consumer = (async () => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += await queue.get();
    return sum;
  })();
  await producer;
  if (await consumer !== n * (n - 1) / 2) throw new Error('lost');
  bench.report('W8', n, now() - t0, {cpu: cpu() - c0});
})();
