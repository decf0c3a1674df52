// One phase of the oracle's run: a gateway with its Redis, senders, peers and faults for some time; then calm, and the judgement.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { Book } from './book.mjs';
import { county, destinationsOf, dialects } from './county.mjs';
import { Clock, Hands, peerKinds, plan, processKinds, wireKinds } from './faults.mjs';
import { historyOf, judgeHistory } from './history.mjs';
import { Node, build, busy, freePort, startRedis, wait, within } from './node.mjs';
import { HttpPeer, OfficePeer } from './peers.mjs';
import { Proxy } from './proxy.mjs';
import { Random } from './random.mjs';
import { LedgerSender, PushSender, WechatSender } from './senders.mjs';


/** A small file system of the data folder's own; undefined with the reason where that is not allowed. */
function smallDisk(folder, say) {
  try {
    if (process.getuid() !== 0) throw new Error('this needs root');
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1g', 'tmpfs', folder], { stdio: 'pipe' });
    return folder;
  } catch (error) {
    say(`skipped: full disk (${String(error.stderr ?? error.message).trim()})`);
    return undefined;
  }
}

function clockBelow(dir, say) {
  const library = path.join(build, 'oracle/shift_clock.so');
  if (existsSync(library)) return new Clock(path.join(dir, 'clock'), library);
  say(`skipped: clock jumps (${library} is not built)`);
  return undefined;
}

/** A folder with the shipped adapters and the one that dies of certain records; undefined where that is not built. */
export function pluginsWithStumbles(dir, say) {
  const stumbles = path.join(build, 'oracle/stumbles.so');
  if (!existsSync(stumbles)) {
    say(`skipped: adapters that crash and hang (${stumbles} is not built)`);
    return undefined;
  }
  const folder = path.join(dir, 'plugins');
  mkdirSync(folder);
  for (const name of readdirSync(path.join(build, 'plugins')).filter((each) => each.endsWith('.so'))) copyFileSync(path.join(build, 'plugins', name), path.join(folder, name));
  copyFileSync(stumbles, path.join(folder, 'stumbles.so'));
  return folder;
}

export class Phase {
  constructor({ name, dir, seed, rate, duration, poison, only, say, progress }) {
    Object.assign(this, { name, dir, seed, rate, duration, poison, only, say, progress });
    this.peers = [];
    this.senders = [];
    this.spooled = 0;  // requests, the most that were seen to wait in the spool
  }

  async open() {
    const { dir, seed, name } = this;
    const plugins = this.poison ? pluginsWithStumbles(dir, this.say) : undefined;
    const poison = this.poison = plugins !== undefined;
    const random = (what) => new Random(seed, `${name}/${what}`);
    const data = path.join(dir, 'data'), drop = path.join(dir, 'ledgers'), out = path.join(dir, 'outgoing');
    mkdirSync(data, { recursive: true });
    this.book = new Book((uid) => destinationsOf(uid, poison));
    const ports = {};
    for (const [peer, dialect] of [['alpha', 'webhook'], ['beta', 'webhook'], ['gamma', 'exchange']]) {
      const mock = await HttpPeer.start(peer, this.book, random(peer), dialects[dialect]);
      const proxy = await Proxy.start({ host: '127.0.0.1', port: mock.port });
      this.peers.push({ http: mock, proxy });
      ports[peer] = proxy.port;
    }
    this.office = new OfficePeer('office', this.book, out);
    const kinds = [...peerKinds, ...processKinds];
    let redis = '{managed: true, timeout: 2s}', env = {};
    if (name === 'own') {
      this.redis = await startRedis(path.join(dir, 'redis'));
      this.wire = await Proxy.start({ host: '127.0.0.1', port: this.redis.port });
      redis = `{url: "redis://127.0.0.1:${this.wire.port}/0", timeout: 2s}`;
      kinds.push(...wireKinds);
    } else {
      this.disk = smallDisk(data, this.say);
      this.clock = clockBelow(dir, this.say);
      if (this.disk) kinds.push('disk:full');
      if (this.clock) {
        kinds.push('clock:jump');
        env = this.clock.env;
      }
    }
    const port = await freePort();
    this.node = new Node({ dir, data, env, files: county({ data, redis, port, adminPort: await freePort(), ports, drop, out, poison, plugins }) });
    this.node.check();
    this.gateway = this.node.process.start();
    if (!await within(30000, () => this.node.status())) throw new Error(`the gateway does not come up; see ${this.gateway.log}`);
    const sender = (Kind, letter, lines, share, more = {}) => {
      const made = new Kind({ letter, lines, rate: this.rate * share, random: random(letter), book: this.book, port, poison, ...more });
      this.senders.push(made);
      return made;
    };
    this.work = [
      sender(PushSender, 'h', 120, 0.35).run(6, 6),
      sender(PushSender, 'w', 120, 0.4).run(6, 10),
      sender(WechatSender, 'm', 30, 0.1).run(3, 2),
      sender(LedgerSender, 'l', 40, 0.15, { folder: drop }).run(1, 30),
    ];
    this.hands = new Hands({ gateway: this.gateway, redisPid: () => this.redis?.pid ?? this.node.redisPid(), wire: this.wire,
      peers: this.peers, disk: this.disk, clock: this.clock });
    this.watch = setInterval(() => this.look(), 100);
    this.plan = plan(random('faults'), this.only ? kinds.filter((kind) => this.only.test(kind)) : kinds, this.duration);
    this.drop = drop;
  }

  async look() {
    if (this.looking) return;
    this.looking = true;
    const status = await this.node.status().catch(() => undefined);
    this.spooled = Math.max(this.spooled, status?.spool?.requests ?? 0);
    this.looking = false;
  }

  alive() {
    if (this.gateway.failed) throw new Error(this.gateway.failed);
  }

  /** Sends, breaks, heals. */
  async run() {
    const begun = Date.now();
    for (const fault of this.plan) {
      while (Date.now() < begun + fault.at) {
        await wait(Math.min(250, begun + fault.at - Date.now()));
        this.alive();
        this.progress(this);
      }
      this.last = fault.kind;
      this.hands.do(fault);
    }
    await wait(Math.max(0, begun + this.duration - Date.now()));
    this.hands.heal();
    for (const sender of this.senders) sender.stop();
    this.healed = Date.now();
  }

  /** True once all senders have their answers and the gateway owes nothing, within the time. */
  async drain() {
    let idle = false;
    Promise.all(this.work).then(() => { idle = true; });
    const drainTime = busy() ? 180000 : 60000;
    const end = Date.now() + drainTime;
    for (;;) {
      this.progress(this);
      this.alive();
      const status = await this.node.status().catch(() => undefined);
      const files = readdirSync(this.drop).filter((name) => name.endsWith('.csv'));
      if (idle && status?.totals.open === 0 && files.length === 0) {
        this.totals = status;
        break;
      }
      if (Date.now() > end) {
        this.totals = status;
        this.late = `not drained within ${drainTime / 1000} s: ${idle ? '' : 'senders still wait for answers, '}${files.length} files, ${status ? `open=${status.totals.open}` : 'the gateway does not answer'}`;
        break;
      }
      await wait(250);
    }
    this.drained = Date.now() - this.healed;
    await wait(500);  // the office's last look
  }

  async judge() {
    const { exceptions, verdict } = await this.book.judge(this.node).catch(() => ({ exceptions: [], verdict: this.book.compare([]) }));
    verdict.causes = new Map();
    for (const { peer, code } of exceptions) verdict.causes.set(`${peer} ${code}`, (verdict.causes.get(`${peer} ${code}`) ?? 0) + 1);
    verdict.steps = this.illegalSteps(exceptions);
    const history = await historyOf(this.node).catch((error) => this.say(`${this.name}: history: ${error.message}`));
    verdict.history = this.late ? [] : judgeHistory(history, this.book);
    this.remembered = history?.records.length ?? 0;
    return verdict;
  }

  /** Every delivery owed was settled exactly once, and as many were owed as the routes say. */
  illegalSteps(exceptions) {
    const wrong = [];
    if (!this.totals) return ['the gateway does not tell its status'];
    for (const { name, out } of this.totals.peers) {
      if (!out) continue;
      const owed = [...this.book.acknowledged].filter(([uid, { exception }]) => !exception && destinationsOf(uid, this.poison).includes(name)).length;
      const buried = exceptions.filter((each) => each.direction === 'out' && each.peer === name).length;
      if (!this.late && out.delivered + out.buried !== out.owed) wrong.push(`${name}: owed=${out.owed} delivered=${out.delivered} buried=${out.buried}`);
      if (!this.late && out.owed !== owed) wrong.push(`${name}: ${out.owed} owed, ${owed} acknowledged`);
      if (buried !== out.buried) wrong.push(`${name}: ${out.buried} buried, ${buried} exceptions shown`);
    }
    return wrong;
  }

  async close() {
    clearInterval(this.watch);
    this.hands?.heal();
    for (const sender of this.senders) sender.stop();
    const stopped = await this.gateway?.stop();
    this.node?.sweep();
    await this.redis?.stop();
    this.wire?.stop();
    for (const { http, proxy } of this.peers) {
      http.stop();
      proxy.stop();
    }
    this.office?.stop();
    return stopped;
  }

  /** After the last look at the data. */
  unmount() {
    if (this.disk) execFileSync('umount', ['-l', this.disk], { stdio: 'pipe' });
  }

  remove() {
    this.unmount();
    rmSync(this.dir, { recursive: true, force: true });
  }
}
