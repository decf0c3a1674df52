// What comes in and ends the process, each time: a request, a line that a source finds. After three deaths the request is an
// exception, the source rests, and everything else goes on; a mended adapter or a person's word brings both back.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { county, secrets } from './county.mjs';
import { Node, build, freePort, program, wait, within } from './node.mjs';
import { pluginsWithStumbles } from './phase.mjs';

const skip = !existsSync(path.join(build, 'oracle/stumbles.so')) && 'stumbles.so is not built';
const options = { skip, timeout: 180000 };
const arrived = new Set();
let node, data, dir, port, plugins, sink;

const recordOf = (uid, title = `title of ${uid}`) =>
  JSON.stringify({ uid, thing: uid, rev: 0, title, content: 'of no matter', at: '2026-03-02T08:05:09+08:00' });

/** {status, body}; throws where the process died under it. */
async function post(peer, body) {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/peers/${peer}/records`, { method: 'POST', body,
    headers: { Authorization: `Bearer ${secrets.push}`, 'Content-Type': 'application/json' }, signal: AbortSignal.timeout(8000) });
  return { status: answer.status, body: await answer.json() };
}

/** As a platform does: again until there is an answer other than "come later". */
async function postUntilAnswered(peer, body) {
  for (const end = Date.now() + 90000; Date.now() < end; await wait(100)) {
    const answer = await post(peer, body).catch(() => undefined);
    if (answer && ![429, 500, 503].includes(answer.status)) return answer;
  }
  throw new Error(`no answer to ${body}`);
}

/** Others that send all the while: `done()` ends them and tells what they sent. */
function others(name) {
  const sent = [];
  let going = true;
  const work = ['stumbling', 'calm'].map(async (peer) => {
    for (let i = 0; going; ++i) {
      const uid = `${name}.${peer}.${i}`;
      const { status } = await postUntilAnswered(peer, recordOf(uid));
      assert.equal(status, 202, uid);
      sent.push(uid);
      await wait(20);
    }
  });
  return async () => {
    going = false;
    await Promise.all(work);
    return sent;
  };
}

const itemsOf = (peer) => path.join(data, 'peers', peer, 'items');
const inOf = async (peer) => (await node.status()).peers.find(({ name }) => name === peer).in;
const command = (...args) => spawnSync(program, [...args, '--data', data], { encoding: 'utf8', timeout: 20000 });
const allArrived = (uids) => within(30000, () => uids.every((uid) => arrived.has(uid)));
const log = () => readFileSync(node.process.log, 'utf8');

before(async () => {
  if (skip) return;
  dir = mkdtempSync(path.join(tmpdir(), 'lianqiao-poison-'));
  data = path.join(dir, 'data');
  sink = http.createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk)).on('end', () => {
      if (request.method === 'POST') for (const { uid } of [JSON.parse(Buffer.concat(chunks))].flat()) arrived.add(uid);
      response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"code":"0"}');
    });
  });
  await new Promise((resolve) => sink.listen(0, '127.0.0.1', resolve));
  port = await freePort();
  plugins = pluginsWithStumbles(dir, console.log);
  const all = county({ data, port, adminPort: await freePort(), ports: {}, drop: dir, out: dir, redis: '{managed: true}', plugins, poison: true });
  const files = Object.fromEntries(['lianqiao.yaml', 'secrets/push', 'mappings/hook_in.yaml', 'mappings/thing_out.yaml'].map((name) => [name, all[name]]));
  const sender = (adapter, more = '') => `adapter: ${adapter}
auth: {kind: token, tokens: ["\${file:secrets/push}"]}
inbound: {mappings: [hook_in]${more}}
`;
  files['peers/stumbling.yaml'] = sender('stumbles', ', poll_every: 1h');
  files['peers/calm.yaml'] = sender('webhook');
  for (const tray of ['tray', 'other-tray']) {
    files[`peers/${tray}.yaml`] = sender('stumbles', ', poll_every: 200ms');
    mkdirSync(path.dirname(itemsOf(tray)), { recursive: true });
    writeFileSync(itemsOf(tray), recordOf(`${tray}.0`) + '\n');
  }
  files['peers/office.yaml'] = `adapter: webhook
settings: {url: "http://127.0.0.1:${sink.address().port}/things", code_field: code}
outbound: {mappings: [thing_out], deadline: 3s}
`;
  files['routes.yaml'] = 'routes:\n  - {name: all, to: [office]}\n';
  node = new Node({ dir, data, files });
  node.check();
  node.process.start();
  assert.ok(await within(30000, () => node.status()), `the gateway does not come up; see ${node.process.log}`);
});

after(async () => {
  if (skip) return;
  await node.process.stop();
  node.sweep();
  sink.closeAllConnections();
  sink.close();
  rmSync(dir, { recursive: true, force: true });
});

for (const place of ['receiving', 'answering']) {
  test(`a request that ends the process at ${place} is an exception after three deaths, all others come through`, options, async () => {
    const starts = node.process.starts, exceptions = (await node.exceptions()).length;
    const poison = recordOf(`poison.${place}`, `die at ${place}`);
    const done = others(place);
    const { status, body } = await postUntilAnswered('stumbling', poison);
    assert.equal(node.process.starts - starts, 3, 'deaths');
    assert.equal(status, 422);
    assert.equal(body.items[0].errors[0].code, 'plugin.crashed');
    assert.match(body.items[0].errors[0].message, /kept for its administrator/);
    const again = await postUntilAnswered('stumbling', poison);
    assert.equal(again.body.items[0].exception, body.items[0].exception, 'the same again is the same exception');
    const sent = await done();
    assert.ok(await allArrived(sent), 'all others');
    assert.ok(await allArrived(['tray.0', 'other-tray.0']));
    const now = await node.exceptions();
    assert.equal(now.length, exceptions + 1);
    const found = now.find(({ id }) => id === body.items[0].exception);
    assert.equal(found.code, 'plugin.crashed');
    assert.equal(found.peer, 'stumbling');
    assert.equal(found.origin, 'POST /v1/peers/stumbling/records');
    assert.match(command('trail', found.id).stdout, /plugin\.crashed/);
    assert.match(log(), /"code":"plugin\.crashed"[^\n]*stumbling had a request \(strike 3 of 3\)/);
    assert.equal(node.process.starts - starts, 3, 'and no death more');
  });
}

test('a source whose poll ends the process rests after three deaths and says so, the others go on', options, async () => {
  const starts = node.process.starts;
  const done = others('polls');
  appendFileSync(itemsOf('tray'), recordOf('tray.1', 'die at polling') + '\n' + recordOf('tray.2') + '\n');
  const state = await within(60000, async () => {
    const now = await inOf('tray');
    return now.state === 'resting' && now;
  });
  assert.ok(state, 'it rests');
  assert.equal(node.process.starts - starts, 3, 'deaths');
  assert.equal(state.cause, 'plugin.crashed');
  assert.equal(state.fault, 'us');
  assert.ok(state.since);
  const view = command('status').stdout;
  assert.match(view, /^ {2}tray: resting since \d{4}-.*plugin\.crashed: .*lianqiao resume tray/m);
  assert.ok(await within(10000, () => /"code":"plugin\.crashed"[^\n]*lianqiao resume tray/.test(log())), 'the log says so');
  appendFileSync(itemsOf('other-tray'), recordOf('other-tray.1') + '\n');
  assert.ok(await allArrived([...await done(), 'other-tray.1']), 'all others');
  assert.ok(!arrived.has('tray.2'));
});

test('it goes on when the item is taken away and a person says so', options, async () => {
  const starts = node.process.starts;
  writeFileSync(itemsOf('tray'), ['tray.0', 'tray.1', 'tray.2'].map((uid) => recordOf(uid) + '\n').join(''));
  const { status, stdout, stderr } = command('resume', 'tray');
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^tray: 1 of its requests and polls get one more try\.$/m);
  assert.ok(await allArrived(['tray.1', 'tray.2']));
  assert.equal((await inOf('tray')).state, 'ok');
  assert.equal(node.process.starts, starts);
  assert.match(command('resume', 'tray').stdout, /nothing rests/);
  assert.notEqual(command('resume', 'nobody').status, 0);
});

test('what an adapter has done is not held against another build of it', options, async () => {
  const poison = recordOf('poison.receiving', 'die at receiving');
  const restart = async () => {
    await node.process.stop();
    node.process.stopping = false;
    node.process.start();
    assert.ok(await within(30000, () => node.status()));
  };
  node.process.env.STUMBLES_MENDED = '1';
  await restart();
  assert.equal((await postUntilAnswered('stumbling', poison)).status, 422, 'the same build: known after a clean stop, too');
  appendFileSync(path.join(plugins, 'stumbles.so'), 'another build');
  await restart();
  assert.equal((await postUntilAnswered('stumbling', poison)).status, 202);
  assert.ok(await allArrived(['poison.receiving']));
});
