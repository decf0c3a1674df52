// Three real redis-servers and three real sentinels with passwords, set up as deploy/README.md says; their times are those of
// tests/gateway/queue/watched_redis.h.
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { Kept, freePort, within } from './node.mjs';

const run = promisify(execFile);
const name = 'orders', ofServers = 's3cret', ofSentinels = 'watch';

/** One process, to be killed, frozen and started again by hand. */
class Server {
  constructor(dir, port, password, lines, args = []) {
    mkdirSync(dir, { recursive: true });
    const file = path.join(dir, 'redis.conf');
    writeFileSync(file, [`port ${port}`, 'bind 127.0.0.1', `dir ${dir}`, `requirepass ${password}`, ...lines, ''].join('\n'), { mode: 0o600 });
    Object.assign(this, { port, password });
    this.process = new Kept('redis-server', 'redis-server', [file, ...args], { log: path.join(dir, 'redis.out'), again: null }).start();
  }

  /** What it answers; undefined when it does not. */
  async ask(...command) {
    return run('redis-cli', ['-h', '127.0.0.1', '-p', String(this.port), '--no-auth-warning', ...command],
      { timeout: 1000, env: { ...process.env, REDISCLI_AUTH: this.password } }).then(({ stdout }) => stdout.trim(), () => undefined);
  }
  async says(section, text) { return (await this.ask('INFO', section))?.includes(text) ?? false; }
}

export class WatchedRedis {
  static async start(dir) {
    const redis = new WatchedRedis();
    try {
      await redis.open(dir);
    } catch (error) {
      await redis.stop();
      throw error;
    }
    return redis;
  }

  async open(dir) {
    this.servers = [];
    this.sentinels = [];
    for (const each of ['one', 'two', 'three']) {
      const first = this.servers[0];
      this.servers.push(new Server(path.join(dir, `server-${each}`), await freePort(), ofServers, [`masterauth ${ofServers}`,
        'appendonly yes', 'appendfsync always', 'save ""', 'maxmemory-policy noeviction', 'repl-diskless-sync-delay 0',
        'min-replicas-to-write 1', 'min-replicas-max-lag 10', ...(first ? [`replicaof 127.0.0.1 ${first.port}`] : [])]));
    }
    const [first] = this.servers;
    // A sentinel looks for replicas every 10 s only: they must be there before.
    if (!await within(20000, () => first.says('replication', 'connected_slaves:2'))) throw new Error('the replicas do not come up');
    for (const each of ['one', 'two', 'three']) {
      this.sentinels.push(new Server(path.join(dir, `sentinel-${each}`), await freePort(), ofSentinels, [`sentinel sentinel-pass ${ofSentinels}`,
        `sentinel monitor ${name} 127.0.0.1 ${first.port} 2`, `sentinel auth-pass ${name} ${ofServers}`,
        `sentinel down-after-milliseconds ${name} 1000`, `sentinel failover-timeout ${name} 3000`, `sentinel parallel-syncs ${name} 2`], ['--sentinel']));
    }
    for (const sentinel of this.sentinels) {
      if (!await within(20000, () => sentinel.says('sentinel', 'slaves=2,sentinels=3'))) throw new Error('the sentinels do not find each other');
    }
  }

  /** As in lianqiao.yaml, with the secrets that it names. */
  get setting() {
    return `{sentinels: [${this.sentinels.map(({ port }) => `127.0.0.1:${port}`).join(', ')}], primary: ${name},`
      + ` sentinel_password: "\${file:secrets/sentinels}", password: "\${file:secrets/redis}", min_replicas: 1, replica_wait: 500ms, timeout: 3s}`;
  }
  get secrets() { return { 'secrets/sentinels': ofSentinels, 'secrets/redis': ofServers }; }

  /** The server that all sentinels name; undefined while they do not agree. */
  async primary() {
    const named = await Promise.all(this.sentinels.map((each) => each.ask('SENTINEL', 'get-master-addr-by-name', name)));
    const [port] = named.map((text) => Number(text?.split('\n')[1]));
    return named.every((text) => text && text === named[0]) ? this.servers.find((each) => each.port === port) : undefined;
  }

  /** The primary, once it has both replicas. */
  async whole(limit) {
    return within(limit, async () => {
      const primary = await this.primary();
      return await primary?.says('replication', 'role:master') && await primary.says('replication', 'connected_slaves:2') && primary;
    });
  }

  async stop() { await Promise.all([...this.servers, ...this.sentinels].map((each) => each.process.stop(0))); }
}
