// Runs all rows and prints them. Started by tests/bench/run, which sets the environment.
import { spawnSync } from 'node:child_process';
import { closeSync, fdatasyncSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { normalize } from './bullmq/normalize.mjs';
import { programs } from './programs.mjs';
import { cpuOf, freePort, getJson, output, rssOf, sleep, start } from './processes.mjs';

const here = path.dirname(new URL(import.meta.url).pathname);
const { WORK, TOOLS, CEILING, BENTHOS } = process.env;
const rounds = Number(process.env.ROUNDS), singles = Number(process.env.RECORDS), only = new RegExp(process.env.ONLY);
const orderFile = path.join(here, 'order.json');
const rows = [
  { name: 'intake only, single', batch: 1, connections: 32, deliver: false, records: singles },
  { name: 'intake only, NDJSON x100', batch: 100, connections: 8, deliver: false, records: singles * 3 },
  { name: 'whole path, single', ratio: 'single', batch: 1, connections: 32, deliver: true, records: singles },
  { name: 'whole path, NDJSON x100', ratio: 'batch', batch: 100, connections: 8, deliver: true, records: singles * 3 },
];

const sorted = (numbers) => [...numbers].sort((a, b) => a - b);
const median = (numbers) => { const s = sorted(numbers); return (s[(s.length - 1) >> 1] + s[s.length >> 1]) / 2; };
const number = (value) => (value >= 100 ? Math.round(value).toString() : value.toPrecision(3));
const spread = (numbers) => `${number(median(numbers))} (${number(Math.min(...numbers))}..${number(Math.max(...numbers))})`;
const load = () => readFileSync('/proc/loadavg', 'utf8').split(' ').slice(0, 3).join(' ');

function print(table) {
  const widths = table[0].map((_, column) => Math.max(...table.map((line) => line[column].length)));
  for (const line of table) {
    console.log(line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join('  '));
  }
}

/// ms that fdatasync takes after 1 KB was appended.
function flushes() {
  const file = openSync(path.join(WORK, 'flush'), 'a'), block = Buffer.alloc(1024, 'x'), took = [];
  for (let i = 0; i < 500; ++i) {
    writeSync(file, block);
    const from = performance.now();
    fdatasyncSync(file);
    took.push(performance.now() - from);
  }
  closeSync(file);
  const s = sorted(took);
  return `fdatasync after 1 KB: p50 ${s[249].toFixed(3)} ms, p99 ${s[494].toFixed(3)} ms; load average ${load()}`;
}

async function send(target, row, first, records) {
  const words = [target.port, target.path(row.batch), orderFile, records, row.connections, row.batch, first, ...target.headers];
  const report = JSON.parse(await output(path.join(TOOLS, 'load'), words.map(String)));
  if (report.refused > 0 || report.records < records) {
    throw new Error(`${report.refused} requests were refused, the first with status ${report.refusal}.`);
  }
  return report;
}

/// Waits until the sink has seen `wanted` different records.
async function arrived(sink, wanted) {
  let seen = await getJson(sink, '/stats');
  for (let still = 0; seen.distinct < wanted; still += 50) {
    await sleep(50);
    const now = await getJson(sink, '/stats');
    if (now.distinct > seen.distinct) still = 0;
    if (still > 30_000) throw new Error(`Of ${wanted} records only ${now.distinct} reached the sink.`);
    seen = now;
  }
  return seen;
}

let folders = 0;
/// Runs `body` with a fresh program and sink, and ends both.
async function withProgram(name, row, body, sinkPort = null) {
  const work = path.join(WORK, String(folders++));
  mkdirSync(work);
  const sink = await start(path.join(TOOLS, 'sink'), [], /^\d+$/);
  let target = null;
  try {
    target = await programs[name]({ work, sink: sinkPort ?? Number(sink.line), batch: row.batch, deliver: row.deliver });
    return await body(target, Number(sink.line));
  } finally {
    await target?.stop();
    await sink.stop();
    rmSync(work, { recursive: true, force: true });
  }
}

const readyTimes = [];
const measure = (name, row) => withProgram(name, row, async (target, sink) => {
  if (target.ready) readyTimes.push(target.ready);
  // Warm: connections made, code compiled, pages touched.
  const warm = row.batch > 1 ? 4000 : 2000;
  await send(target, row, 0, warm);
  if (row.deliver) await arrived(sink, warm);
  await sleep(100);
  const before = { own: cpuOf(target.own), redis: cpuOf([target.redis]) };
  const report = await send(target, row, warm, row.records);
  const seen = row.deliver ? await arrived(sink, warm + row.records) : null;
  await sleep(200); // for what is settled in groups
  const each = (from, pids) => (cpuOf(pids) - from) / row.records;
  return { rate: row.records / (((seen?.last ?? report.end) - report.start) / 1e9), p99: report.p99,
           own: each(before.own, target.own), redis: each(before.redis, [target.redis]),
           rss: rssOf(target.own), redisRss: rssOf([target.redis]), twice: seen ? seen.records - seen.distinct : 0 };
});

async function pathRows() {
  const wanted = rows.filter((row) => only.test(row.name));
  const names = Object.keys(programs);
  const results = new Map(wanted.map((row) => [row, new Map(names.map((name) => [name, []]))]));
  // Rounds outside, programs inside: what else the machine does meets all of them alike.
  for (let round = 1; round <= rounds; ++round) {
    for (const row of wanted) {
      for (const name of names) {
        process.stderr.write(`round ${round}/${rounds}: ${row.name}: ${name}\n`);
        results.get(row).get(name).push(await measure(name, row));
      }
    }
  }
  const ratios = [];
  for (const [row, byName] of results) {
    console.log(`\n${row.name}: ${row.records} records, ${row.connections} connections`);
    const pick = (name, value) => byName.get(name).map(value);
    const table = [['', 'records/s', 'p99 ms of the answer', 'own CPU us/record', 'Redis CPU us/record', 'RSS MiB', 'Redis RSS', 'sent twice']];
    for (const name of names) {
      table.push([name, spread(pick(name, (r) => r.rate)), spread(pick(name, (r) => r.p99)), spread(pick(name, (r) => r.own)),
                  spread(pick(name, (r) => r.redis)), number(median(pick(name, (r) => r.rss))),
                  number(median(pick(name, (r) => r.redisRss))), row.deliver ? String(Math.max(...pick(name, (r) => r.twice))) : '-']);
    }
    print(table);
    for (const other of names.slice(1)) {
      const ratio = (of) => (median(pick('gateway', of)) / median(pick(other, of))).toFixed(2);
      const both = ratio((r) => 1 / (r.own + r.redis)), rate = ratio((r) => r.rate);
      console.log(`  gateway / ${other}, records per CPU-second: ${both} with Redis, ${ratio((r) => 1 / r.own)} without; records/s ${rate}`);
      const name = `${other.replaceAll(' ', '_')}_${row.ratio}`;
      if (row.ratio) ratios.push(`ratio ${name} ${both}`, `ratio ${name}_rate ${rate}`);
    }
  }
  if (!CEILING) console.log('\nNo ceiling rows: --ceiling names no program (the prototype is not part of this repository).');
  if (!BENTHOS) console.log('\nNo rows of Redpanda Connect: --benthos names no program.');
  return ratios;
}

async function mappingRow() {
  const words = ['--benchmark_format=json', `--benchmark_repetitions=${rounds}`, '--benchmark_min_time=0.3',
                 '--benchmark_filter=^(mapOnly|parseMapWrite|parseMapValidateWrite|process)$'];
  const { benchmarks } = JSON.parse(await output(path.join(TOOLS, 'mapping_bench'), words));
  console.log('\nmapping only: 25 fields, 3 code tables, one thread');
  const table = [['', 'CPU us/record', 'records per CPU-second']];
  const add = (name, micros) => table.push([name, spread(micros), number(1e6 / median(micros))]);
  for (const name of ['mapOnly', 'parseMapWrite', 'parseMapValidateWrite', 'process']) {
    add(`gateway ${name}`, benchmarks.filter((b) => b.run_name === name && b.run_type === 'iteration').map((b) => b.cpu_time / 1000));
  }
  const text = readFileSync(orderFile, 'utf8');
  const javascript = () => {
    const before = process.cpuUsage();
    for (let i = 0; i < 50_000; ++i) JSON.stringify(normalize(JSON.parse(text)));
    const used = process.cpuUsage(before);
    return (used.user + used.system) / 50_000;
  };
  javascript();
  add('bullmq side parse, map, write (node)', Array.from({ length: rounds }, javascript));
  print(table);
  console.log('The ceiling program has no mapping of its own to run apart.');
}

async function waitingRow() {
  const row = { batch: 100, connections: 8, deliver: true }, records = 100_000;
  await withProgram('gateway', row, async (target) => {
    const all = () => `gateway ${number(rssOf(target.own))} MiB, Redis ${number(rssOf([target.redis]))} MiB`;
    const idle = all();
    await send(target, row, 0, records);
    console.log(`\nwaiting: peer down, 0 records: ${idle}; ${records} records: ${all()}`);
  }, await freePort());
}

async function startRow() {
  while (readyTimes.length < 2 * rounds) {
    await withProgram('gateway', rows[2], async (target) => { readyTimes.push(target.ready); });
  }
  console.log(`start to ready (with its Redis, empty data): ${spread(readyTimes)} ms over ${readyTimes.length} starts`);
}

const git = spawnSync('git', ['-C', here, 'rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).stdout?.trim();
const redisVersion = /v=(\S+)/.exec(spawnSync('redis-server', ['--version'], { encoding: 'utf8' }).stdout)?.[1];
console.log(`${os.cpus().length} cores ${os.cpus()[0].model}, ${(os.totalmem() / 2 ** 30).toFixed(1)} GiB, Linux ${os.release()}, ` +
            `node ${process.versions.node}, Redis ${redisVersion}, commit ${git}, ${new Date().toISOString()}`);
console.log(`before: ${flushes()}`);
console.log(`median of ${rounds} rounds (min..max); appendfsync always; sink, load and all programs share the cores`);
if (only.test('mapping only')) await mappingRow();
const ratios = await pathRows();
if (only.test('waiting')) await waitingRow();
if (only.test('start')) await startRow();
console.log(`after: ${flushes()}`);
// The whole path against each program, per CPU-second with Redis counted, and by records/s.
for (const line of ratios) console.log(line);
