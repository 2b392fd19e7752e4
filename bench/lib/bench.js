// What the node programs share; the twin of bench.lua.
'use strict';
const fs = require('fs');

const PEER = process.env.PEER || 'node';
exports.PEER = PEER;
exports.size = (d) => parseInt(process.env.N || d);
exports.now = () => Number(process.hrtime.bigint()) / 1e9;
exports.cpu = () => {
  const u = process.cpuUsage();
  return (u.user + u.system) / 1e6;
};
exports.rss = () =>
  parseInt(fs.readFileSync('/proc/self/statm', 'utf8').split(' ')[1]) * 4;
const peak = () =>
  parseInt(/VmHWM:\s+(\d+)/.exec(
    fs.readFileSync('/proc/self/status', 'utf8'))[1]);
exports.report = (w, n, sec, extra = {}) =>
  console.log(w, PEER, n, sec.toFixed(6), (sec * 1e9 / n).toFixed(1), peak(),
    ...Object.entries(extra).map(([k, v]) => `${k}=${v}`));
exports.lcg = () => {
  let x = 12345;
  return () => {
    x = (x * 16807) % 2147483647;
    return 1 + x % 1000;
  };
};
const percentile = (a, p) => {
  a.sort((x, y) => x - y);
  return a[Math.min(a.length - 1, Math.floor(a.length * p))];
};
exports.percentile = percentile;
exports.late = (a) => ({
  late_p50_ms: (percentile(a, .5) * 1e3).toFixed(3),
  late_p99_ms: (percentile(a, .99) * 1e3).toFixed(3),
  late_min_ms: (percentile(a, 0) * 1e3).toFixed(3),
});
// sleep(0) is one trip through the event loop; in "node-micro" a microtask.
exports.micro = PEER.includes('micro');
exports.sleep0 = exports.micro
  ? () => null : () => new Promise((r) => setImmediate(r));
exports.sleep = (ms) => new Promise((r) => setTimeout(r, ms));
