// Runs the built gateway on a copy of the example county, or of another one, with free ports, for one test file.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

const source = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '../..');
export const program = process.env.LIANQIAO_PROGRAM ?? path.join(source, 'build/release/lianqiao');

async function freePorts(count) {
  const servers = await Promise.all(
    Array.from({ length: count }, () => new Promise((resolve) => {
      const server = net.createServer().listen(0, '127.0.0.1', () => resolve(server));
    })));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Polls `probe` until it gives something true; throws after `limit` ms. */
export async function until(probe, what, limit = 30000) {
  const end = Date.now() + limit;
  for (;;) {
    const value = await probe().catch(() => undefined);
    if (value) return value;
    if (Date.now() > end) throw new Error(`not within ${limit} ms: ${what}`);
    await wait(25);
  }
}

export class Gateway {
  static async start(edit = () => {}, county = path.join(source, 'config')) {
    const gateway = new Gateway();
    gateway.dir = mkdtempSync(path.join(tmpdir(), 'lianqiao-interop-'));
    gateway.config = path.join(gateway.dir, 'config');
    cpSync(county, gateway.config, { recursive: true });
    // 8480 for peers, 8481 for operators, 181xx for platforms, in this order in `ports`; the example county has four.
    const written = gateway.files().flatMap((file) => gateway.read(file).match(/(?<=[: ])(?:848[01]|181\d\d)\b/g) ?? []);
    const numbers = [...new Set([8480, 8481, 18101, 18102, 18103, 18104, ...written.map(Number)])].sort((a, b) => a - b);
    gateway.ports = await freePorts(numbers.length);
    gateway.portOf = (number) => gateway.ports[numbers.indexOf(number)];
    gateway.move(numbers);
    gateway.port = gateway.ports[0];
    gateway.drop = path.join(gateway.dir, 'ledgers');
    gateway.rewrite('lianqiao.yaml', (text) => text.replace(/^data: .*/m, `data: ${gateway.dir}/data`));
    for (const file of gateway.files()) gateway.rewrite(file, (text) => text.replace(/^( *folder: )\S*drop\S*$/m, `$1${gateway.drop}`));
    gateway.makeSecrets();
    edit(gateway);
    await gateway.run();
    return gateway;
  }

  /** Starts the process; again after crash(). */
  async run() {
    this.stopping = false;
    this.process = spawn(program, ['run', '--config', this.config], { stdio: ['ignore', 'inherit', 'pipe'] });
    this.log ??= '';
    this.process.stderr.on('data', (data) => { this.log += data; });
    const ended = new Promise((_, reject) => this.process.once('exit', (code) => {
      if (!this.stopping) reject(new Error(`the gateway ended with ${code}:\n${this.log}`));
    }));
    ended.catch(() => {});
    await Promise.race([ended, until(async () => (await fetch(`${this.url()}/health`)).ok, 'ready')]);
  }

  /** SIGKILL, in the middle of whatever it does. */
  async crash() {
    this.stopping = true;
    const closed = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGKILL');
    await closed;
  }

  url(rest = '') { return `http://127.0.0.1:${this.port}${rest}`; }
  secret(name) {
    const file = path.join(this.config, 'secrets', name);
    return readFileSync(existsSync(file) ? file : `${file}.example`, 'utf8').trim();
  }
  rewrite(file, change) {
    const name = path.join(this.config, file);
    writeFileSync(name, change(readFileSync(name, 'utf8')));
  }
  write(file, text) { writeFileSync(path.join(this.config, file), text); }
  read(file) { return readFileSync(path.join(this.config, file), 'utf8'); }
  files() { return ['lianqiao.yaml', ...readdirSync(path.join(this.config, 'peers')).map((name) => `peers/${name}`)]; }
  /** Each of these ports becomes a free one, all at once: what one becomes may be what another was. */
  move(numbers) {
    for (const file of this.files()) {
      this.rewrite(file, (text) => text.replaceAll(/(?<=[: ])(?:848[01]|181\d\d)\b/g,
        (number) => numbers.includes(Number(number)) ? this.portOf(Number(number)) : number));
    }
  }
  /** A value for each secret that the peers name and the folder lacks. */
  makeSecrets() {
    mkdirSync(path.join(this.config, 'secrets'), { recursive: true });
    for (const file of this.files()) {
      for (const [, name] of this.read(file).matchAll(/\$\{file:secrets\/([\w.-]+)\}/g))
        if (!existsSync(path.join(this.config, 'secrets', name))) this.writeSecret(name, randomBytes(18).toString('hex'));
    }
  }
  writeSecret(name, value) {
    const file = path.join(this.config, 'secrets', name);
    writeFileSync(file, value);
    chmodSync(file, 0o600);
  }
  command(...args) {
    return new Promise((resolve) => {
      const child = spawn(program, args);
      let out = '', err = '';
      child.stdout.on('data', (data) => { out += data; });
      child.stderr.on('data', (data) => { err += data; });
      child.on('close', (code) => resolve({ code, out, err }));
    });
  }
  async status() {
    const { code, out, err } = await this.command('status', '--data', `${this.dir}/data`, '--json');
    if (code !== 0) throw new Error(err);
    return JSON.parse(out);
  }
  async counts(peer) { return (await this.status()).peers.find(({ name }) => name === peer); }
  /** What it ended with, where it has. */
  get ended() { return this.process?.exitCode ?? this.process?.signalCode; }
  async stop() {
    this.stopping = true;
    if (this.process && this.ended === null) {
      const closed = new Promise((resolve) => this.process.once('exit', resolve));
      this.process.kill('SIGTERM');
      await closed;
    }
    rmSync(this.dir, { recursive: true, force: true });
  }
}
