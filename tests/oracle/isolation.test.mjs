// One peer dead, one slow, one flooding, one whose adapter hangs at once: the others feel little of it. What is urgent
// passes a long backlog.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { county, secrets } from './county.mjs';
import { Node, busy, freePort, wait, within } from './node.mjs';
import { pluginsWithStumbles } from './phase.mjs';

const seconds = Number(process.env.LIANQIAO_ISOLATION_SECONDS ?? 6);  // of each run
const backlog = Number(process.env.LIANQIAO_BACKLOG ?? 100000);
const fast = ['fast-1', 'fast-2', 'fast-3'];

let node, gateway, dir, port, calm, flooder, hangs;
const sinks = {};
const arrived = new Map();  // uid → when

/** Takes records after `delay` ms each. */
async function sink(delay) {
  const server = http.createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk)).on('end', () => {
      const now = performance.now();
      if (request.method === 'POST') for (const { uid } of [JSON.parse(Buffer.concat(chunks))].flat()) arrived.set(uid, now);
      const answer = () => response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"code":"0"}');
      if (delay > 0) setTimeout(answer, delay).unref();
      else answer();
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function recordOf(uid, { high = false, key = uid } = {}) {
  return { caseguid: uid, orderKey: key, rev: '0', rqsttitle: `title of ${uid}`, rqstcontent: 'of no matter', rqsttime: '2026-03-02T08:05:09+08:00', focus: high ? '特急' : '一般' };
}
const agent = new http.Agent({ keepAlive: true });
function post(peer, records, place = 'records') {
  const body = records.map((record) => JSON.stringify(record)).join('\n');
  return new Promise((resolve, reject) => {
    const request = http.request({ port, agent, method: 'POST', path: `/v1/peers/${peer}/${place}`,
      headers: { Authorization: `Bearer ${secrets.push}`, 'Content-Type': 'application/x-ndjson', 'Content-Length': Buffer.byteLength(body) } }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** A program beside us that is told something by a line and answers by one: not to be measured with us. */
async function beside(script, ...words) {
  const child = spawn(process.execPath, [new URL(script, import.meta.url).pathname, ...words.map(String)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    first: JSON.parse((await lines.next()).value),
    tell: (line) => child.stdin.write(`${line}\n`),
    answer: async () => JSON.parse((await lines.next()).value),
    end: () => child.stdin.end(),
  };
}

before(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'lianqiao-isolation-'));
  const data = path.join(dir, 'data');
  mkdirSync(data);
  sinks.slow = await sink(30000);
  sinks.trickle = await sink(20);
  port = await freePort();
  calm = await beside('calm.mjs', port, ...fast.map((_, i) => `calm-${i + 1}`));
  flooder = await beside('flood.mjs', port, 'flooder');
  const plugins = pluginsWithStumbles(dir, console.log);
  hangs = plugins !== undefined;
  const all = county({ data, port, adminPort: await freePort(), ports: {}, drop: dir, out: dir, redis: '{managed: true}', plugins, poison: hangs });
  const files = Object.fromEntries(['lianqiao.yaml', 'secrets/push', 'mappings/hotline_in.yaml', 'mappings/thing_out.yaml'].map((name) => [name, all[name]]));
  const out = (name, at, more = '') => {
    files[`peers/${name}.yaml`] = `adapter: webhook
settings: {url: "http://127.0.0.1:${at}/things", code_field: code}
outbound: {mappings: [thing_out], deadline: 40s${more}}
`;
  };
  const routes = [];
  const into = (name, to, adapter = 'webhook') => {
    files[`peers/${name}.yaml`] = `adapter: ${adapter}
auth: {kind: token, tokens: ["\${file:secrets/push}"]}
inbound: {mappings: [hotline_in]}
`;
    routes.push(`  - {name: of-${name}, when: {peer: ${name}}, to: [${to.join(', ')}]}`);
  };
  fast.forEach((name, i) => out(name, calm.first[i]));
  for (const name of ['slow', 'trickle']) out(name, sinks[name].address().port);
  out('dead', await freePort());
  out('flooded', flooder.first);
  fast.forEach((name, i) => into(`calm-${i + 1}`, [name]));
  into('victim', ['dead', 'slow']);
  into('flooder', ['flooded']);
  into('bulk', ['trickle']);
  if (hangs) into('hanging', ['fast-1'], 'stumbles');
  files['routes.yaml'] = `routes:\n${routes.join('\n')}\n`;
  node = new Node({ dir, data, files });
  node.check();
  gateway = node.process.start();
  assert.ok(await within(30000, () => node.status()), `the gateway does not come up; see ${gateway.log}`);
});

after(async () => {
  calm?.end();
  flooder?.end();
  for (const server of Object.values(sinks)) {
    server.closeAllConnections();
    server.close();
  }
  await gateway?.stop(60000);
  node?.sweep();
  rmSync(dir, { recursive: true, force: true });
});

const quantile = (all, q) => [...all].sort((a, b) => a - b)[Math.min(all.length - 1, Math.floor(all.length * q))];
const told = (all) => [0.5, 0.9, 0.99].map((q) => quantile(all, q).toFixed(1)).join(' / ');

/** What each of them does to the gateway until it is ended. */
let sent = 0;
const troubles = {
  'dead + slow': () => {  // both are owed 20 records a second
    const victim = setInterval(() => post('victim', [recordOf(`v.${++sent}.0`)]).catch(() => {}), 50);
    return () => clearInterval(victim);
  },
  flooding: () => {
    flooder.tell(300);
    return () => flooder.tell(0);
  },
  hanging: () => {  // requests that never end
    for (let i = 0; i < 50; ++i) post('hanging', [recordOf(`h.${i}.0`)], 'hang').catch(() => {});
    return () => {};
  },
};

test('a dead, a slow and a flooding peer leave the others alone', { timeout: 300000 }, async () => {
  const measure = async () => {
    calm.tell(`${seconds} 60`);
    const took = await calm.answer();
    assert.ok(!took.includes(null), 'records of the other peers did not arrive');
    return took;
  };
  await measure();  // warms up
  const all = hangs ? ['dead + slow', 'flooding', 'hanging'] : ['dead + slow', 'flooding'];
  // By turns: what else the machine does meets all alike. What hangs does so to the end of the test.
  const rows = new Map([['none', []], ...(process.env.LIANQIAO_ISOLATION_EACH ? all.map((one) => [one, []]) : []), ['all', []]]);
  for (let round = 0; round < 2; ++round) {
    for (const [name, took] of rows) {
      const ends = (name === 'all' ? all : all.filter((one) => one === name)).map((one) => troubles[one]());
      if (ends.length > 0) await wait(1000);
      took.push(...await measure());
      for (const end of ends) end();
      await wait(1000);
    }
  }
  calm.end();
  flooder.end();
  const flood = await flooder.answer();
  const before = quantile(rows.get('none'), 0.99), then = quantile(rows.get('all'), 0.99);
  for (const [name, took] of rows)
    console.log(`${name}: p50/p90/p99 ${told(took)} ms, p99 ratio ${(quantile(took, 0.99) / before).toFixed(2)}, ${took.length} records`);
  console.log(`flood: ${JSON.stringify(flood)}`);
  assert.ok(flood.taken > 200 * seconds, 'there was no flood');
  assert.ok(then < (busy() ? 4 * before + 100 : 2 * before + 50), `p99 was ${before.toFixed(1)} ms and became ${then.toFixed(1)} ms`);
  const status = await node.status();
  const waiting = (name) => status.peers.find((peer) => peer.name === name).out.waiting;
  assert.ok(waiting('dead') + waiting('slow') > 0, JSON.stringify(status));
});

test(`what is urgent reaches its peer within 2 s behind a backlog of ${backlog}`, { timeout: 300000 }, async () => {
  const begun = performance.now();
  for (let n = 0; n < backlog; n += 5000) {
    const status = await post('bulk', Array.from({ length: Math.min(5000, backlog - n) }, (_, i) => recordOf(`b.${n + i}.0`)));
    assert.equal(status, 202);
  }
  const filled = (performance.now() - begun) / 1000;
  const took = [];
  for (let i = 0; i < 20; ++i) {
    const uid = `u.${i}.0`, at = performance.now();
    assert.equal(await post('bulk', [recordOf(uid, { high: true })]), 202);
    assert.ok(await within(30000, () => arrived.has(uid), 5), `${uid} did not arrive`);
    took.push(arrived.get(uid) - at);
    await wait(97 * (i % 5));
  }
  const left = (await node.status()).peers.find((peer) => peer.name === 'trickle').out;
  console.log(`urgent, p50/p90/max ${quantile(took, 0.5).toFixed(0)} / ${quantile(took, 0.9).toFixed(0)} / ${Math.max(...took).toFixed(0)} ms behind ${JSON.stringify(left)}; filled in ${filled.toFixed(1)} s`);
  assert.ok((busy() ? quantile(took, 0.8) : Math.max(...took)) < 2000, `${took.map(Math.round)}`);
});
