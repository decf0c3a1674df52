// The programs that are compared, each started fresh on empty data for one measurement. Every start answers
// {port, path(batch), headers, own: pids, redis: pid, ready: ms, stop}.
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { childOf, freePort, start } from './processes.mjs';

const here = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname);
const authorization = 'Authorization: Bearer bench-source-token';

/// Copies the configuration and changes what differs between rows.
function configure(folder, changes) {
  cpSync(path.join(here, 'config'), folder, { recursive: true });
  for (const name of ['lianqiao.yaml', 'peers/sink.yaml']) {
    const file = path.join(folder, name);
    let text = readFileSync(file, 'utf8');
    for (const [from, to] of changes) text = text.replace(from, to);
    writeFileSync(file, text);
  }
}

/// `deliver` false: records are stored and nobody fetches them. `peers`: how many more are configured, without work.
/// `socket`: of a Redis that is shared.
export async function gateway({ work, sink, batch, deliver, peers = 0, sync = 'always', socket = null, node = 'bench-1' }) {
  const [port, admin] = [await freePort(), await freePort()];
  configure(path.join(work, 'config'), [
    ['port: 8480', `port: ${port}`], ['port: 8481', `port: ${admin}`], [':8490/', `:${sink}/`],
    ['batch: 1', `batch: ${batch}`], ['pull: false', `pull: ${!deliver}`], ['node: bench-1', `node: ${node}`],
    ...(socket ? [['managed: true', 'managed: false'], ['sync: always', `url: unix://${socket}`]] : [['sync: always', `sync: ${sync}`]])]);
  for (let i = 0; i < peers; ++i) {
    for (const name of ['sink', 'source']) cpSync(path.join(work, 'config/peers', `${name}.yaml`), path.join(work, 'config/peers', `more-${name}-${i}.yaml`));
  }
  if (peers > 0) {
    const more = Array.from({ length: peers }, (_, i) => `  - {name: more-${i}, when: {peer: more-source-${i}}, to: [more-sink-${i}]}\n`);
    const file = path.join(work, 'config/routes.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('type: work_order', 'peer: source') + more.join(''));
  }
  const from = performance.now();
  const main = await start(process.env.GATEWAY, ['run', '--config', path.join(work, 'config')], /Ready\./);
  const ready = performance.now() - from;
  return { port, path: () => '/v1/peers/source/records', headers: [authorization], own: [main.pid],
           redis: socket ? null : childOf(main.pid, 'redis-server'), ready, stop: main.stop };
}

/// A redis-server as the gateway's own one is set: what is answered is on disk.
export async function redis(work) {
  const folder = path.join(work, 'redis');
  mkdirSync(folder);
  const settings = { port: 0, unixsocket: path.join(folder, 's'), dir: folder, save: '', appendonly: 'yes', appendfsync: 'always',
                     'no-appendfsync-on-rewrite': 'no', 'auto-aof-rewrite-percentage': 100, 'auto-aof-rewrite-min-size': '256mb',
                     'maxmemory-policy': 'noeviction' };
  const server = await start('redis-server', Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]),
                             /connections at/);
  return { ...server, socket: settings.unixsocket };
}

/// Starts what `begin(keep)` starts. What was given to `keep` ends with it, the last first, and at once where one of them
/// does not come up.
async function together(begin) {
  const parts = [];
  const stop = async () => { for (const part of parts.reverse()) await part.stop(); };
  try {
    return { ...(await begin((part) => { parts.push(part); return part; })), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const ceiling = (mode) => ({ work, sink, batch, deliver }) => together(async (keep) => {
  const server = keep(await redis(work));
  const port = await freePort();
  const words = [port, server.socket, sink, 'epoll', mode, deliver ? 4 : 0, batch, 1].map(String);
  // It says nothing when it is ready, but writes its figures to a file every 100 ms.
  const main = keep(await start(process.env.CEILING, words, () => existsSync(path.join(work, 'e2e.stat')), { cwd: work }));
  return { port, path: (n) => (n > 1 ? '/batch' : '/orders'), headers: [], own: [main.pid], redis: server.pid };
});

const bullmq = ({ work, sink, deliver }) => together(async (keep) => {
  const server = keep(await redis(work));
  const script = (name) => path.join(here, 'bullmq', `${name}.mjs`);
  const front = keep(await start('node', [script('gateway'), server.socket], /^\d+$/));
  const parts = [front];
  if (deliver) parts.push(keep(await start('node', [script('worker'), server.socket, String(sink)], /ready/)));
  return { port: Number(front.line), path: () => '/orders', headers: [authorization], own: parts.map((part) => part.pid),
           redis: server.pid };
});

/// Redpanda Connect with the streams of benthos/. Its schema checker knows drafts up to 7, of which the schema uses no more.
const benthos = (schema) => ({ work, sink, batch, deliver }) => together(async (keep) => {
  const server = keep(await redis(work));
  const port = await freePort();
  const file = (name) => path.join(work, name);
  const words = { PORT: port, SINK: sink, BATCH: batch, REDIS: `unix://${server.socket}`, SCHEMA: file('work_order.json') };
  const rules = readFileSync(path.join(here, '../../schemas/work_order.json'), 'utf8');
  writeFileSync(file('work_order.json'), rules.replace('https://json-schema.org/draft/2020-12/schema', 'http://json-schema.org/draft-07/schema#'));
  for (const name of ['engine.yaml', 'intake.yaml', 'delivery.yaml']) {
    const text = readFileSync(path.join(here, 'benthos', name), 'utf8');
    writeFileSync(file(name), schema ? text : text.replace(/^ *- json_schema:.*\n/m, ''));
  }
  const streams = [file('intake.yaml'), ...(deliver ? [file('delivery.yaml')] : [])];
  const main = keep(await start(process.env.BENTHOS, ['streams', '--no-api', '-o', file('engine.yaml'), ...streams],
                                /Receiving HTTP messages at/, { env: { ...process.env, ...words } }));
  return { port, path: () => '/orders', headers: [], own: [main.pid], redis: server.pid };
});

/// By the name that rows and ratios have, in the order of the rows. `ceiling dedup` knows duplicates, `ceiling plain` does not.
export const programs = {
  gateway, ...(process.env.CEILING ? { 'ceiling dedup': ceiling('lua'), 'ceiling plain': ceiling('multi') } : {}), bullmq,
  ...(process.env.BENTHOS ? { benthos: benthos(true), 'benthos no schema': benthos(false) } : {}) };
