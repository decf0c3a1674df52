// What stands under the gateway is damaged, full, forbidden or taken: refused, or repaired, with a message that says what to do.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, closeSync, cpSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { county, destinationsOf, dialects, secrets } from './county.mjs';
import { Book } from './book.mjs';
import { Node, freePort, program, startRedis, within } from './node.mjs';
import { HttpPeer } from './peers.mjs';
import { Random, contentOf } from './random.mjs';

const root = process.getuid() === 0;
const cleanUp = [];
let dir;

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'lianqiao-ground-'));
  const mine = dir;
  cleanUp.push(() => rmSync(mine, { recursive: true, force: true }));
});
after(async () => {
  for (const undo of cleanUp.reverse()) await undo();
});

/** A node with one sender and two peers, in folders of its own below `dir`. */
async function makeNode({ data = path.join(dir, 'data'), redis = '{managed: true, timeout: 2s}', name = 'oracle', at = dir } = {}) {
  mkdirSync(data, { recursive: true });
  mkdirSync(at, { recursive: true });
  const book = new Book(destinationsOf), ports = {}, mocks = [];
  for (const [peer, dialect] of [['alpha', 'webhook'], ['beta', 'webhook'], ['gamma', 'exchange']]) {
    const mock = await HttpPeer.start(peer, book, new Random(1, peer), dialects[dialect]);
    mocks.push(mock);
    ports[peer] = mock.port;
  }
  const port = await freePort();
  const files = county({ data, port, adminPort: await freePort(), ports, drop: path.join(at, 'drop'), out: path.join(at, 'out'), redis });
  mkdirSync(path.join(at, 'drop'));
  files['lianqiao.yaml'] = files['lianqiao.yaml'].replace('node: oracle', `node: ${name}`);
  const node = new Node({ dir: at, data, files });
  cleanUp.push(async () => {
    await node.process.stop();
    node.sweep();
    for (const mock of mocks) mock.stop();
  });
  const push = async (uid) => {
    const [, line, revision] = uid.split('.');
    const body = JSON.stringify({ uid, thing: `k${line}`, rev: Number(revision), title: 't', content: contentOf(uid), at: '2026-03-02T08:05:09+08:00' });
    const answer = await fetch(`http://127.0.0.1:${port}/v1/peers/hook/records`, { method: 'POST', body,
      headers: { Authorization: `Bearer ${secrets.push}`, 'Content-Type': 'application/json' }, signal: AbortSignal.timeout(8000) });
    if (answer.status === 202) book.acknowledge(uid, (await answer.json()).items[0]);
    return answer.status;
  };
  const start = async () => {
    node.process.stopping = false;
    node.process.start();
    assert.ok(await within(30000, () => node.status()), `the gateway does not come up; see ${node.process.log}`);
  };
  return { node, data, book, push, start, log: () => readFileSync(node.process.log, 'utf8') };
}

/** Runs it until it ends by itself: {code, said}. */
function runToItsEnd(node, options = {}, command = 'run') {
  return new Promise((resolve) => {
    const child = spawn(program, [command, '--config', node.config], { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => { said += data; });
    const limit = setTimeout(() => child.kill('SIGKILL'), 45000);
    child.on('close', (code) => {
      clearTimeout(limit);
      resolve({ code, said });
    });
  });
}
function assertRefused({ code, said }, ...patterns) {
  assert.ok(code > 0, `it ended with ${code}:\n${said}`);
  for (const pattern of patterns) assert.match(said, pattern);
}

/** The doctor finds it before the gateway is started. */
async function assertFound(node, pattern, options = {}) {
  const { code, said } = await runToItsEnd(node, options, 'doctor');
  assert.equal(code, 1, said);
  const failures = said.split('\n').filter((line) => /FAIL/.test(line));
  assert.ok(failures.some((line) => pattern.test(line)), said);
}

/** Two pages of the disk: longer than any payload here, in which Redis could not tell it. */
function damage(file, at) {
  const opened = openSync(file, 'r+');
  writeSync(opened, Buffer.alloc(8192, 0xa5), 0, 8192, at);
  closeSync(opened);
}

test('a damaged append-only file refuses the start and says how to mend it', { timeout: 120000 }, async () => {
  const { node, data, push, start } = await makeNode();
  await start();
  for (let i = 0; i < 20; ++i) assert.equal(await push(`w.${i}.0`), 202);
  await node.process.stop();
  const folder = path.join(data, 'redis', 'appendonlydir');
  const file = readdirSync(folder).map((name) => path.join(folder, name)).filter((name) => name.endsWith('.aof')).sort((a, b) => statSync(b).size - statSync(a).size)[0];
  damage(file, Math.floor(statSync(file).size / 2));
  await assertFound(node, /redis-check-aof/);
  assertRefused(await runToItsEnd(node), /redis-check-aof|redis\.log/);
});

test('a spool that was cut in the middle gives what is intact and keeps the rest', { timeout: 120000 }, async () => {
  const redis = await startRedis(path.join(dir, 'redis'));
  cleanUp.push(() => redis.stop());
  const { node, data, book, push, start, log } = await makeNode({ redis: `{url: "redis://127.0.0.1:${redis.port}/0", timeout: 1s}` });
  await start();
  assert.equal(await push('w.0.0'), 202);
  assert.ok(await within(30000, async () => (await node.status()).totals.open === 0), 'settled, so that the kill doubles nothing');
  redis.stopping = true;
  redis.signal('SIGKILL');
  for (let i = 1; i <= 60; ++i) assert.equal(await push(`w.${i}.0`), 202, 'intake goes on');
  node.process.stopping = true;
  node.process.signal('SIGKILL');
  await node.process.ended;
  const file = path.join(data, 'spool', 'spool.db');
  truncateSync(file, Math.floor(statSync(file).size / 2));
  await assertFound(node, /spool\.db/);
  redis.stopping = false;
  redis.start();
  await start();
  assert.match(log(), /was damaged .*ask the senders of that time to send again/);
  assert.ok(await within(30000, async () => /The spool is empty again/.test(log()) && (await node.status()).totals.open === 0));
  const back = Array.from({ length: 60 }, (_, i) => `w.${i + 1}.0`).filter((uid) => book.missingAt(uid).length === 0).length;
  assert.ok(back > 5 && back < 60, `${back} of 60 came out of half a file`);
  assert.ok(readdirSync(path.join(data, 'spool')).some((name) => name.startsWith('spool.db.damaged-')));
  // The advice holds: what is sent again arrives once.
  for (let i = 1; i <= 60; ++i) assert.equal(await push(`w.${i}.0`), 202);
  assert.ok(await within(30000, () => book.openCount() === 0));
  assert.equal(book.duplicateCount, 0);
});

test('a data folder without rights refuses the start and names it', { timeout: 60000, skip: !root && 'needs root, to become another user' }, async () => {
  const { node, data } = await makeNode();
  chmodSync(dir, 0o755);
  chmodSync(data, 0o500);
  // Readable for the other user, as its own configuration would be.
  const config = path.join(dir, 'config-of-nobody');
  cpSync(node.config, config, { recursive: true });
  execFileSync('chown', ['-R', '65534:65534', config]);
  await assertFound({ config }, new RegExp(data), { uid: 65534, gid: 65534 });
  const refused = await runToItsEnd({ config }, { uid: 65534, gid: 65534 });
  assertRefused(refused, new RegExp(data), /let the gateway.s user write there/);
});

test('a data folder without space refuses the start or what it cannot keep, and goes on when there is space', { timeout: 120000, skip: !root && 'needs root, to mount a tmpfs' }, async (t) => {
  const data = path.join(dir, 'data');
  mkdirSync(data);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', data], { stdio: 'pipe' });
  } catch (error) {
    return t.skip(String(error.stderr));
  }
  cleanUp.push(() => execFileSync('umount', ['-l', data]));
  const ballast = path.join(data, 'ballast');
  execFileSync('sh', ['-c', `cat /dev/zero > ${ballast} 2>/dev/null || true`]);
  const { node, push, start } = await makeNode({ data });
  await assertFound(node, /free for/);
  assertRefused(await runToItsEnd(node), /space|full|No space/i);
  rmSync(ballast);
  await start();
  assert.equal(await push('w.0.0'), 202);
});

test('two gateways with one name: the second is refused, the first goes on', { timeout: 60000 }, async () => {
  const redis = await startRedis(path.join(dir, 'redis'));
  cleanUp.push(() => redis.stop());
  const url = `{url: "redis://127.0.0.1:${redis.port}/0", timeout: 2s}`;
  const first = await makeNode({ redis: url, at: path.join(dir, 'first'), data: path.join(dir, 'first', 'data'), name: 'twin' });
  const second = await makeNode({ redis: url, at: path.join(dir, 'second'), data: path.join(dir, 'second', 'data'), name: 'twin' });
  await first.start();
  await assertFound(second.node, /twin/);
  assertRefused(await runToItsEnd(second.node), /twin/, /node/);
  assert.equal(await first.push('w.0.0'), 202);
});
