// One gateway with its Redis under test: writes a configuration, starts the processes, starts them again when they
// die, as systemd would, and asks the admin API.
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, cpSync, existsSync, mkdirSync, openSync, readFileSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { availableParallelism, loadavg } from 'node:os';
import path from 'node:path';

export const source = path.resolve(path.dirname(new URL(import.meta.url).pathname), '../..');
export const build = process.env.LIANQIAO_BUILD ?? path.join(source, 'build/release');
export const program = process.env.LIANQIAO_PROGRAM ?? path.join(build, 'lianqiao');

/** Others use this machine, too: promises that are told in seconds are then judged with mercy. */
export const busy = () => Boolean(process.env.CI) || loadavg()[0] > 1.5 * availableParallelism();

export const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Polls `probe` until it gives something true; undefined after `limit` ms. */
export async function within(limit, probe, every = 50) {
  const end = Date.now() + limit;
  for (;;) {
    const value = await Promise.resolve().then(probe).catch(() => undefined);
    if (value) return value;
    if (Date.now() > end) return undefined;
    await wait(every);
  }
}

export async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A process that is started again half a second after it died; systemd takes two. With `again: null` whoever has it starts it. */
export class Kept {
  constructor(name, command, args, { log, env = {}, again = 500, fatal = [] }) {
    Object.assign(this, { name, command, args, log, env, again, fatal, starts: 0, failed: undefined, stopping: false });
  }

  start() {
    const out = openSync(this.log, 'a');
    ++this.starts;
    const child = spawn(this.command, this.args, { stdio: ['ignore', out, out], env: { ...process.env, ...this.env } });
    closeSync(out);
    this.child = child;
    this.ended = new Promise((resolve) => child.once('exit', (code, signal) => {
      this.child = undefined;
      if (this.fatal.includes(code)) this.failed = `${this.name} ended with ${code}, which nobody starts again; see ${this.log}`;
      if (this.again !== null && !this.stopping && !this.failed) this.timer = setTimeout(() => this.start(), this.again);
      resolve(signal ?? code);
    }));
    return this;
  }

  signal(name) { this.child?.kill(name); }
  get pid() { return this.child?.pid; }

  /** Undefined when it had to be killed. */
  async stop(limit = 30000) {
    this.stopping = true;
    clearTimeout(this.timer);
    if (!this.child) return 0;
    this.signal('SIGCONT');
    this.signal('SIGTERM');
    const kill = setTimeout(() => this.signal('SIGKILL'), limit);
    const how = await this.ended;
    clearTimeout(kill);
    return how === 'SIGKILL' ? undefined : how;
  }
}

/** A redis-server of the test's own. */
export async function startRedis(dir) {
  mkdirSync(dir, { recursive: true });
  const port = await freePort();
  const redis = new Kept('redis-server', 'redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir,
    '--appendonly', 'yes', '--appendfsync', 'always', '--save', '', '--maxmemory-policy', 'noeviction'], { log: path.join(dir, 'redis.out') });
  redis.port = port;
  redis.start();
  return redis;
}

export class Node {
  /** `files`: name → text, below the configuration folder. */
  constructor({ dir, data, files, env = {}, again }) {
    this.config = path.join(dir, 'config');
    this.data = data;
    cpSync(path.join(source, 'config'), this.config, { recursive: true, filter: (name) => !/\/(peers|mappings|codes|samples)$/.test(name) && !/(routes|derivations)\.yaml$/.test(name) });
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(this.config, name)), { recursive: true });
      writeFileSync(path.join(this.config, name), text, { mode: 0o600 });
    }
    this.process = new Kept('the gateway', program, ['run', '--config', this.config],
      { log: path.join(dir, 'gateway.log'), env, again, fatal: [2] });
  }

  check() {
    const { status, stderr, stdout } = spawnSync(program, ['check', '--config', this.config], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`the oracle's configuration is refused:\n${stdout}${stderr}`);
  }

  async admin(target, method = 'GET') {
    const { address, port, token } = JSON.parse(readFileSync(path.join(this.data, 'run/node.json'), 'utf8'));
    const answer = await fetch(`http://${address}:${port}${target}`,
      { method, headers: { Authorization: `Bearer ${token}` }, signal: AbortSignal.timeout(10000) });
    const body = await answer.json();
    if (!answer.ok) throw new Error(`${target}: ${JSON.stringify(body)}`);
    return body;
  }

  status() { return this.admin('/v1/status'); }

  async exceptions() {
    const all = [];
    for (let after = ''; ;) {
      const { items } = await this.admin(`/v1/exceptions?limit=1000&after=${encodeURIComponent(after)}`);
      all.push(...items);
      if (items.length < 1000) return all;
      after = items.at(-1).id;
    }
  }

  trail(id) {
    const { stdout, stderr } = spawnSync(program, ['trail', '--data', this.data, '--format', 'json', id], { encoding: 'utf8', timeout: 20000 });
    return (stdout || stderr).trim();
  }

  /** The id of the record that this id leads to. */
  recordOf(id) {
    return within(20000, async () => (await this.admin(`/v1/trail/${encodeURIComponent(id)}`)).records[0]?.id, 500);
  }

  /** Ends what a gateway that was killed has left behind. */
  sweep() {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        if (readlinkSync(`/proc/${pid}/cwd`).startsWith(this.data)) process.kill(Number(pid), 'SIGKILL');
      } catch { /* not ours to see, or gone */ }
    }
  }

  /** Of the managed Redis, while it runs. */
  redisPid() {
    const file = path.join(this.data, 'redis/redis.pid');
    if (!existsSync(file)) return undefined;
    const pid = Number(readFileSync(file, 'utf8'));
    const name = existsSync(`/proc/${pid}/comm`) ? readFileSync(`/proc/${pid}/comm`, 'utf8').trim() : '';
    return name.startsWith('redis-server') ? pid : undefined;
  }
}
