// The smallest whole thing: one gateway over a Redis of the test's own, two senders, four peers. For tests that break one
// step at a time, or one server after the other.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Book } from './book.mjs';
import { county, destinationsOf, dialects, secrets } from './county.mjs';
import { Node, freePort, startRedis, wait, within } from './node.mjs';
import { HttpPeer, OfficePeer } from './peers.mjs';
import { Random, contentOf } from './random.mjs';

export class Rig {
  static async start(options = {}) {
    const rig = new Rig();
    try {
      return await rig.open(options);
    } catch (error) {
      await rig.stop();
      throw error;
    }
  }

  /** `wire(port)` gives the port that the gateway is told instead of Redis's; `before` the same for the peer alpha. What `redis`
   *  starts in a folder may bring its own `setting` (then `wire` is not asked). */
  async open({ wire = async (port) => port, before = async (port) => port, env = () => ({}), edit = (files) => files,
    redis = startRedis, book = new Book(destinationsOf) }) {
    const rig = this;
    const dir = rig.dir = mkdtempSync(path.join(tmpdir(), 'lianqiao-oracle-'));
    rig.book = book;
    rig.mocks = {};
    const ports = {};
    for (const [name, dialect] of [['alpha', 'webhook'], ['beta', 'webhook'], ['gamma', 'exchange']]) {
      rig.mocks[name] = await HttpPeer.start(name, rig.book, new Random(1, name), dialects[dialect]);
      ports[name] = name === 'alpha' ? await before(rig.mocks[name].port) : rig.mocks[name].port;
    }
    rig.data = path.join(dir, 'data');
    rig.drop = path.join(dir, 'ledgers');
    rig.out = path.join(dir, 'outgoing');
    for (const folder of [rig.data, rig.drop]) mkdirSync(folder);
    rig.office = new OfficePeer('office', rig.book, rig.out);
    rig.redis = await redis(path.join(dir, 'redis'));
    rig.port = await freePort();
    rig.node = new Node({ dir, data: rig.data, again: 100, env: env(dir), files: edit(county({ data: rig.data, drop: rig.drop, out: rig.out, ports,
      port: rig.port, adminPort: await freePort(), settle: '50ms', poll: '100ms',
      redis: rig.redis.setting ?? `{url: "redis://127.0.0.1:${await wire(rig.redis.port)}/0", timeout: 2s}` })) });
    rig.node.check();
    rig.gateway = rig.node.process.start();
    if (!await within(30000, () => rig.node.status())) throw new Error(`the gateway does not come up; see ${rig.gateway.log}`);
    return rig;
  }

  item(uid) {
    const [, line, revision] = uid.split('.');
    return { uid, thing: `k${line}`, rev: Number(revision), title: `title of ${uid}`, content: contentOf(uid), at: '2026-03-02T08:05:09+08:00' };
  }
  get headers() { return { Authorization: `Bearer ${secrets.push}`, 'Content-Type': 'application/json' }; }
  url(peer = 'hook') { return `http://127.0.0.1:${this.port}/v1/peers/${peer}/records`; }

  /** Sends until there is an answer. */
  async push(uid) {
    for (;;) {
      const answer = await fetch(this.url(), { method: 'POST', headers: this.headers, body: JSON.stringify(this.item(uid)),
        signal: AbortSignal.timeout(5000) }).catch(() => undefined);
      const body = await answer?.json().catch(() => undefined);
      if (answer?.status === 202 && body) return this.book.acknowledge(uid, body.items[0]);
      await wait(50);
    }
  }

  put(name, uids) {
    const quoted = (text) => `"${String(text).replaceAll('"', '""')}"`;
    const rows = uids.map((uid) => [uid, `k${uid.split('.')[1]}`, uid.split('.')[2], `title of ${uid}`, '2026-03-02 08:05:09', contentOf(uid)].map(quoted).join(','));
    writeFileSync(path.join(this.drop, `${name}.part`), ['流水号,台账编号,版本,标题,时间,内容', ...rows].join('\r\n') + '\r\n');
    renameSync(path.join(this.drop, `${name}.part`), path.join(this.drop, name));
  }
  hasResult(name) { return existsSync(path.join(this.drop, `${name}.result.csv`)); }
  /** Takes the result of a file as its answer; false while there is none. */
  readResult(name, uids) {
    if (!this.hasResult(name)) return false;
    const lines = readFileSync(path.join(this.drop, `${name}.result.csv`), 'utf8').trim().split('\r\n').slice(1).map((line) => line.split(','));
    if (lines.length < uids.length) return false;
    uids.forEach((uid, i) => this.book.acknowledge(uid, lines[i][2].includes('exception') ? { exception: lines[i][5] } : { id: lines[i][3] }));
    return true;
  }
  leftovers() { return readdirSync(this.drop).filter((name) => !/\.result(-\d+)?\.csv$/.test(name) && !['archive', 'failed', '.claimed'].includes(name)); }

  taken(uid) { return this.book.missingAt(uid).length === 0; }
  /** Nothing is owed any more; undefined when it takes too long. */
  calm(limit = 60000) {
    return within(limit, async () => {
      const status = await this.node.status();
      return status.totals.open === 0 && status;
    });
  }
  async judge() { return (await this.book.judge(this.node)).verdict; }

  async stop() {
    await this.gateway?.stop();
    this.node?.sweep();
    await this.redis?.stop();
    for (const mock of Object.values(this.mocks)) mock.stop();
    this.office?.stop();
    if (!this.keep) rmSync(this.dir, { recursive: true, force: true });
  }
}
