// For every Redis command, every HTTP step and every file operation of a record's way: the n-th fails. With
// LIANQIAO_ORACLE_FULL=1 for n = 1, 2, 3, … until a run has no n-th, and HTTP breaks at every byte; else for a few n out of
// LIANQIAO_ORACLE_SEED. Nothing acknowledged is lost; what comes twice is bounded by one a failure.
import assert from 'node:assert/strict';
import { closeSync, existsSync, openSync, readSync, writeFileSync, writeSync } from 'node:fs';
import net from 'node:net';
import { constants } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { build, wait, within } from './node.mjs';
import { Random } from './random.mjs';
import { RespProxy } from './resp_proxy.mjs';
import { Rig } from './rig.mjs';

const full = process.env.LIANQIAO_ORACLE_FULL === '1';
const seed = Number(process.env.LIANQIAO_ORACLE_SEED ?? 20261121);
const most = 400;
const forever = 1e9;

/** Fails the n-th step of one run after another: `run(n)` gives whether there was an n-th. Returns how many have failed. */
async function failEach(way, count, few, run) {
  const some = new Random(seed, way).shuffled(Array.from({ length: count }, (_, i) => i + 1)).slice(0, few);
  let failures = 0;
  for (let i = 0; full || i < some.length; ++i) {
    assert.ok(i < most, 'this does not end');
    if (await run(full ? i + 1 : some[i])) ++failures;
    else if (full) break;
  }
  return failures;
}

/** Everything acknowledged is whole where it belongs, once but for `duplicates`, in order. */
async function assertKept(rig, duplicates) {
  const calm = await rig.calm();
  await within(5000, () => rig.book.openCount() === 0);  // the office's last look
  const verdict = await rig.judge();
  const told = JSON.stringify({ ...verdict, lost: verdict.lost.map((each) => ({ ...each, trail: rig.node.trail(each.id ?? each.uid) })) }, null, 1);
  try {
    assert.ok(calm, `still owed after a minute; ${rig.dir}`);
    assert.deepEqual([verdict.lost.length, verdict.outOfOrder.length, verdict.doubled.length, verdict.damaged.length, rig.book.strange.length],
      [0, 0, 0, 0, 0], `${told}\n${rig.book.strange}`);
    assert.equal(verdict.exceptions, 0, told);
    assert.ok(rig.book.duplicateCount <= duplicates, `${rig.book.duplicateCount} came twice, ${duplicates} failures`);
  } catch (error) {
    rig.keep = true;
    console.log(`kept: ${rig.dir}`);
    throw error;
  }
  return verdict;
}

/** A proxy that ends a connection when so many bytes have gone one way. */
class ByteProxy {
  async start(port) {
    this.port = port;
    this.server = net.createServer((caller) => {
      const plan = this.plan;
      if (plan?.refuse) {
        this.plan = undefined;
        return caller.resetAndDestroy();
      }
      const server = net.connect({ host: '127.0.0.1', port: this.port });
      const end = () => {
        caller.destroy();
        server.destroy();
      };
      for (const socket of [caller, server]) socket.on('error', end).on('close', end);
      const carry = (from, to, way) => {
        from.on('data', (data) => {
          const cut = this.plan?.way === way ? this.plan : undefined;
          if (!cut) return to.write(data);
          this.plan = undefined;
          this.sizes[way] = data.length;
          const part = data.subarray(0, Math.min(cut.bytes, data.length));
          to.write(part, () => setTimeout(() => {
            caller.destroy();
            server.destroy();
          }, 5));
        });
      };
      carry(caller, server, 'request');
      carry(server, caller, 'answer');
    });
    this.sizes = {};
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this.server.address().port;
  }
  stop() { this.server.close(); }
}

/** Byte counts at which a message of this size is cut: around its borders and evenly between. */
function cutsOf(size) {
  const steps = full ? size : 6;
  return [...new Set([0, 1, 16, ...Array.from({ length: steps }, (_, i) => Math.floor((size * i) / steps)), size - 1, size])].filter((at) => at <= size);
}

/** Arms fail_nth.so through the file that it maps. */
class FileFaults {
  constructor(dir) {
    const name = path.join(dir, 'fail');
    writeFileSync(name, Buffer.alloc(32));
    this.file = openSync(name, 'r+');
    this.env = { LD_PRELOAD: path.join(build, 'oracle/fail_nth.so'), LIANQIAO_FAIL_FILE: name,
      LIANQIAO_FAIL_UNDER: ['data/', 'ledgers', 'outgoing'].map((folder) => path.join(dir, folder)).join(':') };
  }
  arm(n, error) {
    const words = Buffer.alloc(32);
    words.writeBigInt64LE(BigInt(n), 0);
    words.writeBigInt64LE(BigInt(error), 8);
    writeSync(this.file, words, 0, 32, 0);
  }
  disarm() {
    const failed = this.failed;
    this.steps = this.seen;
    this.arm(0, 0);
    return failed;
  }
  word(i) {
    const word = Buffer.alloc(8);
    readSync(this.file, word, 0, 8, i * 8);
    return Number(word.readBigInt64LE());
  }
  get failed() { return this.word(2) === 1; }
  get seen() { return this.word(3); }
  close() { closeSync(this.file); }
}

const library = path.join(build, 'oracle/fail_nth.so');
const errorOf = (n) => constants.errno[['EIO', 'ENOSPC'][n % 2]];

/** A first record, until the history has it: making its month's file is no part of a clean run. */
async function begin(rig) {
  await rig.push('w.0.0');
  assert.ok(await within(30000, async () => rig.taken('w.0.0') && (await rig.node.status()).history.behind === 0, 20));
}

// They mostly wait: for connections that come back, and the sweep after a lost lease.
describe('the n-th step fails', { concurrency: 3 }, () => {
  for (const when of ['before', 'after']) {
    test(`the connection to Redis breaks ${when} the n-th command`, { timeout: full ? 900000 : 200000 }, async () => {
      let proxy;
      const rig = await Rig.start({ wire: async (port) => (proxy = await RespProxy.start({ host: '127.0.0.1', port })).port });
      const names = new Set();
      try {
        let line = 0;
        const one = async (n) => {
          const file = `n${++line}.csv`, pushed = `w.${line}.0`, row = `l.${line}.0`;
          proxy.arm(n, when);
          rig.put(file, [row]);
          await rig.push(pushed);
          await within(20000, () => proxy.cutAt || (rig.taken(pushed) && rig.taken(row) && rig.hasResult(file)), 10);
          if (!proxy.cutAt) await wait(300);  // its settlements
          if (proxy.cutAt) names.add(proxy.cutAt);
          proxy.disarm();
          assert.ok(await within(30000, () => rig.readResult(file, [row])), `${file} has no result`);
          return proxy.cutAt;
        };
        await one(forever);
        const steps = proxy.seen;
        const cuts = await failEach(`redis ${when}`, steps, 5, one);
        const verdict = await assertKept(rig, cuts);
        console.log(`Redis, ${when}: ${steps} commands in a clean run, ${cuts} cut (${[...names].join(' ')}), ${verdict.delivered} delivered, ${rig.book.duplicateCount} twice`);
        assert.ok(steps >= 6 && cuts > 0, `${steps} commands were seen`);
      } finally {
        await rig.stop();
        proxy?.stop();
      }
    });
  }

  test('the HTTP exchange with a receiving peer breaks at every step', { timeout: full ? 900000 : 120000 }, async () => {
    const proxy = new ByteProxy();
    const rig = await Rig.start({ before: (port) => proxy.start(port),
      edit: (files) => ({ ...files, 'lianqiao.yaml': files['lianqiao.yaml'].replace('first: 200ms, factor: 2, cap: 2s', 'first: 10ms, factor: 2, cap: 50ms') }) });
    try {
      let line = 0;
      const one = async (plan) => {
        const uid = `w.${++line}.0`;
        proxy.plan = plan;
        await rig.push(uid);
        assert.ok(await within(20000, () => rig.taken(uid) && !proxy.plan, 10), `${uid} did not arrive: ${JSON.stringify(plan)}`);
      };
      await one(undefined);
      await one({ way: 'request', bytes: 1e6 });
      await one({ way: 'answer', bytes: 1e6 });
      const plans = [{ refuse: true }, ...['request', 'answer'].flatMap((way) => cutsOf(proxy.sizes[way]).map((bytes) => ({ way, bytes })))];
      for (const plan of plans) {
        if (plan.refuse) rig.mocks.alpha.server.closeAllConnections();
        await one(plan);
      }
      await assertKept(rig, plans.length + 2);
      console.log(`HTTP to a peer: ${proxy.sizes.request} + ${proxy.sizes.answer} bytes, ${plans.length} breaks, ${rig.book.duplicateCount} twice`);
    } finally {
      await rig.stop();
      proxy.stop();
    }
  });

  test('the HTTP exchange with a sender breaks at every step', { timeout: full ? 900000 : 120000 }, async () => {
    const rig = await Rig.start();
    try {
      const requestOf = (uid) => {
        const body = JSON.stringify(rig.item(uid));
        const head = Object.entries({ Host: 'gateway', 'Content-Length': Buffer.byteLength(body), ...rig.headers }).map(([name, value]) => `${name}: ${value}\r\n`).join('');
        return Buffer.from(`POST /v1/peers/hook/records HTTP/1.1\r\n${head}\r\n${body}`);
      };
      let line = 0;
      const size = requestOf('w.10.0').length;
      for (const reset of [false, true]) {
        for (const bytes of cutsOf(size)) {
          const uid = `w.${++line}.0`;
          await new Promise((resolve) => {
            const socket = net.connect({ host: '127.0.0.1', port: rig.port }, () => socket.write(requestOf(uid).subarray(0, bytes), () => {
              if (reset) socket.resetAndDestroy();
              else socket.destroy();
              resolve();
            }));
            socket.on('error', resolve);
          });
          await rig.push(uid);
        }
      }
      const { delivered } = await assertKept(rig, 0);
      assert.equal(delivered, line);
      console.log(`HTTP from a peer: ${size} bytes, ${line} breaks`);
    } finally {
      await rig.stop();
    }
  });

  test('the n-th file operation fails', { timeout: full ? 900000 : 200000, skip: !existsSync(library) && `${library} is not built` }, async () => {
    let faults;
    const rig = await Rig.start({ env: (dir) => (faults = new FileFaults(dir)).env });
    try {
      let line = 0;
      const one = async (n) => {
        const row = `l.${++line}.0`, pushed = `w.${line}.0`, file = `n${line}.csv`;
        faults.arm(n, errorOf(line));
        rig.put(file, [row]);
        await rig.push(pushed);
        rig.keep = !await within(30000, () => rig.readResult(file, [row]) && rig.taken(row) && rig.taken(pushed), 10);
        assert.ok(!rig.keep,
          `after operation ${n} failed: ${rig.hasResult(file) ? '' : 'no result, '}missing at ${rig.book.missingAt(row)} ${rig.book.missingAt(pushed)}; ${rig.dir}`);
        return faults.disarm();
      };
      await begin(rig);
      await one(forever);
      const steps = faults.steps;
      const failures = await failEach('files', steps, 8, one);
      await assertKept(rig, failures);
      assert.deepEqual(rig.leftovers(), []);
      console.log(`files: ${steps} operations in a clean run, ${failures} failed one by one, ${rig.book.duplicateCount} twice`);
      assert.ok(failures > 0);
    } finally {
      await rig.stop();
      faults?.close();
    }
  });

  test('the n-th file operation fails while Redis is away', { timeout: full ? 900000 : 200000, skip: !existsSync(library) && `${library} is not built` }, async () => {
    let faults, proxy;
    const rig = await Rig.start({ env: (dir) => (faults = new FileFaults(dir)).env,
      wire: async (port) => (proxy = await RespProxy.start({ host: '127.0.0.1', port })).port });
    try {
      let line = 0, spooled = 0;
      const one = async (n) => {
        const pushed = `w.${++line}.0`;
        proxy.away = true;
        faults.arm(n, errorOf(line));
        await rig.push(pushed);
        if ((await rig.node.status()).spool?.requests > 0) ++spooled;
        proxy.away = false;
        rig.keep = !await within(30000, async () => rig.taken(pushed) && (await rig.node.status()).spool.requests === 0, 20);
        assert.ok(!rig.keep,
          `after operation ${n} failed: missing at ${rig.book.missingAt(pushed)}; ${rig.dir}`);
        return faults.disarm();
      };
      await begin(rig);
      await one(forever);
      const steps = faults.steps;
      const failures = await failEach('spool', steps, 5, one);
      await assertKept(rig, failures);
      console.log(`spool: ${steps} operations in a clean run, ${failures} failed one by one, ${spooled} of ${line} requests waited in it, ${rig.book.duplicateCount} twice`);
      assert.equal(spooled, line);
      assert.ok(failures > 0);
    } finally {
      await rig.stop();
      proxy?.stop();
      faults?.close();
    }
  });
});
