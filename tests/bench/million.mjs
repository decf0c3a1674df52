// tests/bench/run --million: so many records wait for a peer that is away, and all reach it once it is back. Exits 1 where
// one is lost, comes twice or stays, or a bound is passed.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { arrived, inFolder, send, startSink } from './drive.mjs';
import { gateway } from './programs.mjs';
import { freePort, rssOf, sleep } from './processes.mjs';

const waiting = Number(process.env.WAITING);
// Half as much again as deploy/FIGURES.md tells: of Redis for each record, of the gateway for all.
const mostRedisBytes = 6 * 1024, mostOwnMiB = 384;

/// Deliveries that wait, are under way or are retried, and exceptions.
function held(work) {
  const said = spawnSync(process.env.GATEWAY, ['status', '--data', path.join(work, 'data'), '--format', 'json'], { encoding: 'utf8', env: { ...process.env, LANG: 'C' } });
  if (said.status !== 0) throw new Error(`status fails: ${said.stdout}${said.stderr}`);
  const counts = JSON.parse(said.stdout).peers.map(({ out, exceptions }) => (out ? out.waiting + out.leased + out.retrying : 0) + exceptions);
  return counts.reduce((sum, count) => sum + count, 0);
}

const wrong = [];
const expect = (right, what) => { if (!right) wrong.push(what); };
await inFolder(async (work, keep) => {
  const port = await freePort();
  const target = keep(await gateway({ work, sink: port, batch: 100, deliver: true }));
  const empty = rssOf([target.redis]);
  const sent = await send(target, waiting, 0, { batch: 100, connections: 8 });
  const own = rssOf(target.own), bytes = ((rssOf([target.redis]) - empty) * 2 ** 20) / waiting;
  const before = held(work);
  expect(before === waiting, `${before} of ${waiting} records wait`);
  expect(own <= mostOwnMiB, `the gateway takes ${own.toFixed(0)} MiB, at most ${mostOwnMiB} are right`);
  expect(bytes <= mostRedisBytes, `Redis takes ${bytes.toFixed(0)} bytes a record, at most ${mostRedisBytes} are right`);
  const from = performance.now();
  keep(await startSink(port));
  const seen = await arrived(port, waiting);
  const seconds = (performance.now() - from) / 1000;
  for (let waited = 0; waited < 10_000 && held(work) > 0; waited += 500) await sleep(500);
  expect(held(work) === 0, `${held(work)} records are still held after all have arrived`);
  expect(seen.records === seen.distinct, `${seen.records - seen.distinct} records came twice`);
  const rate = waiting / ((sent.end - sent.start) / 1e9);
  console.log(`${waiting} records: accepted ${rate.toFixed(0)}/s, delivered ${(waiting / seconds).toFixed(0)}/s; gateway ${own.toFixed(0)} MiB, Redis ${bytes.toFixed(0)} bytes a record`);
});
for (const what of wrong) console.error(what);
process.exitCode = wrong.length > 0 ? 1 : 0;
