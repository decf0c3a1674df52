// tests/bench/run --scale: the gateway alone, at what may grow: waiting records, configured peers, nodes; and what it costs
// to sync always.
import { mkdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { arrived, inFolder, send, startSink } from './drive.mjs';
import { gateway, redis } from './programs.mjs';
import { cpuOf, freePort, rssOf, sleep } from './processes.mjs';

const rounds = Number(process.env.ROUNDS), records = Number(process.env.RECORDS), only = new RegExp(process.env.ONLY);
const most = Number(process.env.WAITING);
const warm = 2000;

const sorted = (numbers) => [...numbers].sort((a, b) => a - b);
const median = (numbers) => { const s = sorted(numbers); return (s[(s.length - 1) >> 1] + s[s.length >> 1]) / 2; };
const number = (value) => (value >= 100 ? Math.round(value).toString() : value.toPrecision(3));
const spread = (numbers) => `${number(median(numbers))} (${number(Math.min(...numbers))}..${number(Math.max(...numbers))})`;
const say = (what) => process.stderr.write(`${what}\n`);

function print(title, rows) {
  console.log(`\n${title}`);
  const names = Object.keys(rows[0][1][0]);
  const table = [['', ...names], ...rows.map(([name, measured]) => [name, ...names.map((each) => spread(measured.map((one) => one[each])))])];
  const widths = table[0].map((_, column) => Math.max(...table.map((line) => line[column].length)));
  for (const line of table) console.log(line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join('  '));
  const cost = (measured) => median(measured.map((one) => one['own CPU us'] + one['Redis CPU us']));
  if (names.includes('own CPU us')) console.log(`  cost, last row / first row: ${(cost(rows.at(-1)[1]) / cost(rows[0][1])).toFixed(2)}`);
}

/** CPU of gateways and Redis that `body` costs for each of `count` records. */
async function costOf(targets, redisPid, count, body) {
  const own = targets.flatMap((target) => target.own);
  const before = [cpuOf(own), cpuOf([redisPid])];
  const result = await body();
  return { result, own: (cpuOf(own) - before[0]) / count, redis: (cpuOf([redisPid]) - before[1]) / count };
}

/** Each time its file has doubled, Redis writes it anew in a child, and copies meanwhile every page that it changes. */
async function quiet(redis) {
  do await sleep(500); while (readFileSync(`/proc/${redis}/task/${redis}/children`, 'utf8') !== '');
}

/** What it costs to accept and to deliver one record while `waiting` others wait for the same peer. */
const withWaiting = (waiting) => inFolder(async (work, keep) => {
  const port = await freePort();
  const target = keep(await gateway({ work, sink: port, batch: 1, deliver: true }));
  const first = await startSink(port);
  await send(target, warm, 0);
  await arrived(port, warm);
  await first.stop();
  await send(target, waiting, warm, waiting > 1 ? { batch: 100, connections: 8 } : {});
  const next = warm + waiting;
  await quiet(target.redis);
  const accept = await costOf([target], target.redis, records, async () => {
    const report = await send(target, records, next);
    await sleep(200);
    return report;
  });
  keep(await startSink(port));
  const { distinct } = await arrived(port, 1);
  const deliver = await costOf([target], target.redis, records - distinct, () => arrived(port, records));
  return { 'accept: own CPU us': accept.own, 'accept: Redis CPU us': accept.redis, 'deliver: own CPU us': deliver.own, 'deliver: Redis CPU us': deliver.redis,
           'own CPU us': accept.own + deliver.own, 'Redis CPU us': accept.redis + deliver.redis,
           'accepts/s': records / ((accept.result.end - accept.result.start) / 1e9), 'Redis RSS MiB': rssOf([target.redis]) };
});

const whole = (options) => inFolder(async (work, keep) => {
  const sink = keep(await startSink());
  const target = keep(await gateway({ work, sink: Number(sink.line), batch: 1, deliver: true, ...options }));
  await send(target, warm, 0);
  await arrived(Number(sink.line), warm);
  const { result, own, redis: redisCost } = await costOf([target], target.redis, records, async () => {
    const report = await send(target, records, warm);
    const seen = await arrived(Number(sink.line), warm + records);
    await sleep(200);
    return { ...report, last: seen.last };
  });
  return { 'records/s': records / ((result.last - result.start) / 1e9), 'p99 ms of the answer': result.p99, 'own CPU us': own, 'Redis CPU us': redisCost,
           'RSS MiB': rssOf(target.own), 'start ms': target.ready };
});

/** So many gateways on one Redis, each sent its share. */
const nodes = (count) => inFolder(async (work, keep) => {
  const sink = keep(await startSink());
  const server = keep(await redis(work));
  const targets = [];
  for (let i = 0; i < count; ++i) {
    const folder = path.join(work, `node-${i}`);
    mkdirSync(folder);
    targets.push(keep(await gateway({ work: folder, sink: Number(sink.line), batch: 1, deliver: true, socket: server.socket, node: `bench-${i + 1}` })));
  }
  const share = (total, first) => Promise.all(targets.map((target, i) => {
    const from = Math.floor((total * i) / count), to = Math.floor((total * (i + 1)) / count);
    return send(target, to - from, first + from, { connections: Math.ceil(32 / count) });
  }));
  await share(warm, 0);
  await arrived(Number(sink.line), warm);
  const { result, own, redis: redisCost } = await costOf(targets, server.pid, records, async () => {
    const reports = await share(records, warm);
    const seen = await arrived(Number(sink.line), warm + records);
    await sleep(200);
    return { start: Math.min(...reports.map((report) => report.start)), p99: Math.max(...reports.map((report) => report.p99)), last: seen.last };
  });
  return { 'records/s': records / ((result.last - result.start) / 1e9), 'p99 ms of the answer': result.p99, 'own CPU us': own, 'Redis CPU us': redisCost };
});

/** Rounds outside, rows inside: what else the machine does meets all of them alike. */
async function compare(title, rows) {
  if (!only.test(title)) return;
  const results = rows.map(([name]) => [name, []]);
  for (let round = 1; round <= rounds; ++round) {
    for (const [i, [name, measure]] of rows.entries()) {
      say(`round ${round}/${rounds}: ${title}: ${name}`);
      results[i][1].push(await measure());
    }
  }
  print(title, results);
  if (title.startsWith('nodes')) {
    const rate = ([, measured]) => median(measured.map((one) => one['records/s']));
    console.log(`  records/s, three nodes / one: ${(rate(results[1]) / rate(results[0])).toFixed(2)}`);
  }
}

console.log(`${os.cpus().length} cores ${os.cpus()[0].model}, ${(os.totalmem() / 2 ** 30).toFixed(1)} GiB, load average ${os.loadavg().map((n) => n.toFixed(2)).join(' ')}, ${new Date().toISOString()}`);
console.log(`${records} records a measurement, median of ${rounds} rounds (min..max)`);
await compare('waiting records', [1, 10_000, 1_000_000].filter((n) => n <= most).map((n) => [String(n), () => withWaiting(n)]));
await compare('peers configured', [['2', () => whole({})], ['112', () => whole({ peers: 55 })]]);
await compare('sync', [['everysec', () => whole({ sync: 'everysec' })], ['always', () => whole({})]]);
await compare('nodes on one Redis', [['1', () => nodes(1)], ['3', () => nodes(3)]]);
