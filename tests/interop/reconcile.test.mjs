// "We miss 3 of 1,204": a platform that lists what it holds, a peer that speaks our manifest, each from its question
// to the mended day. Nothing here is the gateway's own code: the digests are computed by node's crypto.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { Gateway, until } from './gateway.mjs';

const count = 1204;
const today = () => new Date(Date.now() + 8 * 3600 * 1000).toISOString().slice(0, 10);

/** Takes cases, confirms each, and lists what it holds. */
class Platform {
  held = new Map();  // receipt -> case
  orders = new Map();  // what it says that it has sent: number -> order
  lists = 0;

  handle(request, response) {
    const url = new URL(request.url, 'http://platform');
    const answer = (status, body) => response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
    if (request.method === 'GET' && url.pathname === '/held') {
      ++this.lists;
      const page = Number(url.searchParams.get('page')), size = 500;
      const all = url.searchParams.get('day') === today() ? [...this.held].map(([id, each]) => ({ id, ...each })) : [];
      return answer(200, { data: { total: all.length, list: all.slice((page - 1) * size, page * size) } });
    }
    if (request.method === 'GET' && url.pathname === '/sent') {
      return answer(200, { data: { total: this.orders.size, list: [...this.orders.values()] } });
    }
    if (request.method === 'GET' && url.pathname.startsWith('/sent/')) {
      const order = this.orders.get(decodeURIComponent(url.pathname.slice(6)));
      return order ? answer(200, { data: order }) : answer(404, {});
    }
    let body = '';
    request.on('data', (data) => { body += data; }).on('end', () => {
      const receipt = `R-${request.headers['idempotency-key']}`;
      this.held.set(receipt, JSON.parse(body));
      answer(200, { code: '0', data: { id: receipt } });
    });
  }
}

const order = (i) => ({ no: `N${i}`, title: `路灯不亮 ${i}`, time: '2026-03-09 08:05:07' });
const token = 'reconcile-token-1';

let gateway, platform, server;
before(async () => {
  platform = new Platform();
  server = http.createServer((request, response) => platform.handle(request, response));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${server.address().port}`;
  gateway = await Gateway.start((each) => {
    each.writeSecret('reconcile_token', token);
    each.write('peers/listing.yaml', `title: A platform that lists
adapter: webhook
settings:
  url: ${base}/cases
  code_field: code
  receipt_field: data.id
  list_url: "${base}/held?day={day}&page={page}&size={size}"
  list_items: data.list
  list_total: data.total
outbound: {mappings: [listed_out], concurrency: 4}
reconcile:
  out: {day: accepted, identity: receipt, fields: [no, title], settle: 0s}
`);
    each.write('peers/asking.yaml', `title: A peer that sends and asks
adapter: webhook
auth: {kind: token, tokens: ["\${file:secrets/reconcile_token}"]}
settings:
  list_url: "${base}/sent?day={day}"
  list_items: data.list
  list_total: data.total
  list_id: no
  fetch_url: "${base}/sent/{id}"
  fetch_item: data
inbound: {mappings: [asked_in]}
reconcile:
  in: {day: accepted, identity: sourceid, fields: [title], settle: 0s}
`);
    each.write('mappings/asked_in.yaml', `mapping: asked_in
direction: inbound
type: work_order
record: {key: no, sourceid: no}
fields:
  orderNo: no
  title: title
  content: title
  createdTime: {from: time, time: auto}
rest: sourceFields
`);
    each.write('mappings/listed_out.yaml', `mapping: listed_out
direction: outbound
type: work_order
fields:
  no: data.orderNo
  title: data.title
`);
    each.rewrite('routes.yaml', (text) => `${text}
  - name: to-the-listing-platform
    when: {peer: asking}
    to: [listing]
`);
  });
});
after(async () => {
  await gateway?.stop();
  server?.close();
});

async function push(from, to) {
  const items = [];
  for (let i = from; i < to; ++i) items.push(order(i));
  const taken = await fetch(gateway.url('/v1/peers/asking/records'), {
    method: 'POST',
    headers: { 'Authorization': `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(items),
  });
  assert.equal(taken.status, 202, await taken.text());
}

async function reconcile(...args) {
  const { code, out, err } = await gateway.command('reconcile', '--data', `${gateway.dir}/data`, '--day', today(), ...args);
  return { code, out, err };
}

/** Once the history has all: it is written behind the way. */
async function settled(peer) {
  return until(async () => {
    const { out } = await reconcile('--peer', peer, '--format', 'json');
    const report = JSON.parse(out);
    return report.counts.open === 0 && report;
  }, `the history has all of ${peer}`, 60000);
}

test('what the platform lost after it had confirmed it is found, named, and gone once it is there again', async () => {
  await push(0, count);
  await until(async () => platform.held.size === count, 'all delivered', 120000);
  await until(async () => (await settled('listing')).ours === count, 'all in the history', 60000);
  assert.equal((await reconcile('--peer', 'listing')).code, 0);

  const lost = [...platform.held.keys()].slice(100, 103);
  const kept = lost.map((id) => [id, platform.held.get(id)]);
  for (const id of lost) platform.held.delete(id);
  platform.held.set('R-changed', { no: 'X', title: 'nobody sent it' });
  const [edited] = platform.held.keys();
  platform.held.set(edited, { ...platform.held.get(edited), title: '改过' });

  platform.lists = 0;
  const { code, out } = await reconcile('--peer', 'listing', '--format', 'json');
  assert.equal(code, 3);
  const report = JSON.parse(out);
  assert.equal(report.ours, count);
  assert.deepEqual(report.only_ours.map(({ id }) => id).sort(), [...lost].sort());
  assert.deepEqual(report.only_theirs.map(({ id }) => id), ['R-changed']);
  assert.deepEqual(report.differing.map(({ id, fields }) => [id, fields]), [[edited, 'title']]);
  assert.equal(platform.lists, 3, '1,202 of 500 a page');
  assert.ok(report.only_ours.every(({ confirmed }) => confirmed), 'they had confirmed each');
  const text = (await reconcile('--peer', 'listing')).out;
  assert.match(text, /They lack: 3/);
  const csv = (await reconcile('--peer', 'listing', '--format', 'csv')).out;
  assert.ok(csv.startsWith('\uFEFF'));
  assert.equal(csv.trim().split('\n').length, 1 + 5);
  const line = (await gateway.counts('listing')).reconciled[0];
  assert.equal(line.only_ours, 3);
  assert.equal(line.equal, false);

  // One command sends what they lack, to them alone; whoever is asked first is told what it would be.
  const nobody = await reconcile('--peer', 'listing', '--send');
  assert.equal(nobody.code, 2);
  assert.match(nobody.err, /--by and --reason/);
  const who = ['--send', '--by', '值班员 甲', '--reason', 'they miss 3 of 1,204'];
  const preview = await reconcile('--peer', 'listing', ...who, '--preview');
  assert.match(preview.out, /They lack: 3/);
  for (const [id] of kept) assert.ok(!platform.held.has(id), 'a preview sends nothing');
  const sent = await reconcile('--peer', 'listing', ...who);
  assert.equal(sent.code, 0, sent.out + sent.err);
  await until(async () => kept.every(([id]) => platform.held.has(id)), 'they have the three', 60000);
  for (const [id, each] of kept) assert.deepEqual(platform.held.get(id), each);
  platform.held.delete('R-changed');
  platform.held.set(edited, { ...platform.held.get(edited), title: order(Number(platform.held.get(edited).no.slice(1))).title });
  assert.equal((await reconcile('--peer', 'listing')).code, 0);
});

test('what we miss of what a peer has sent is fetched, and the day is whole', async () => {
  for (let i = 0; i < count + 3; ++i) platform.orders.set(`N${i}`, order(i));
  const { code, out } = await reconcile('--peer', 'asking', '--format', 'json');
  assert.equal(code, 3);
  assert.deepEqual(JSON.parse(out).only_theirs.map(({ id }) => id).sort(), [`N${count}`, `N${count + 1}`, `N${count + 2}`]);
  const fetched = await reconcile('--peer', 'asking', '--fetch', '--format', 'json');
  assert.equal(JSON.parse(fetched.out).fetched, 3, fetched.err);
  await until(async () => (await reconcile('--peer', 'asking')).code === 0, 'equal', 60000);
});

test('a peer asks for our manifest, with its own credential, and finds its three within five questions', async () => {
  let questions = 0;
  const ask = async (more = '', bearer = token) => {
    ++questions;
    const answer = await fetch(gateway.url(`/v1/peers/asking/manifest?day=${today()}${more}`),
      { headers: { 'Authorization': `Bearer ${bearer}` } });
    return { status: answer.status, body: await answer.json() };
  };
  assert.equal((await ask('', 'another')).status, 401);
  assert.equal((await ask('&direction=out')).status, 400);

  const netstring = (text) => `${Buffer.byteLength(text)}:${text},`;
  const sha = (text) => createHash('sha256').update(text).digest();
  const content = (fields) => sha(fields.map(netstring).join('')).subarray(0, 8).toString('hex');
  const hash = (id, fields) => sha([id, '', content(fields)].map(netstring).join('')).readBigUInt64BE();
  const bucket = (id) => sha(id)[0];

  // The peer has lost one, has one more, and has another title for one.
  const mine = new Map([...platform.orders].map(([id, { title }]) => [id, [title]]));
  mine.delete('N7');
  mine.set('N-mine', ['mine']);
  mine.set('N9', ['改过']);
  const sums = Array.from({ length: 256 }, () => ({ count: 0, sum: 0n }));
  for (const [id, fields] of mine) {
    const one = sums[bucket(id)];
    ++one.count;
    one.sum = BigInt.asUintN(64, one.sum + hash(id, fields));
  }

  questions = 0;
  const { types } = (await ask()).body;
  assert.deepEqual(types.map(({ type }) => type), ['work_order']);
  assert.equal(types[0].count, count + 3);
  const { buckets } = (await ask('&type=work_order')).body;
  const differing = [...buckets.keys()].filter((i) =>
    buckets[i].count !== sums[i].count || BigInt(`0x${buckets[i].sum}`) !== sums[i].sum);
  assert.deepEqual(differing, [...new Set(['N7', 'N-mine', 'N9'].map(bucket))].sort((a, b) => a - b));
  const list = differing.map((i) => i.toString(16).padStart(2, '0')).join(',');
  const page = (await ask(`&type=work_order&bucket=${list}`)).body;
  assert.equal(page.next, '');
  const theirs = new Map(page.items.map(({ id, content: digest }) => [id, digest]));
  const inThese = [...mine].filter(([id]) => differing.includes(bucket(id)));
  assert.deepEqual([...theirs.keys()].filter((id) => !mine.has(id)), ['N7']);
  assert.deepEqual(inThese.filter(([id]) => !theirs.has(id)).map(([id]) => id), ['N-mine']);
  assert.deepEqual(inThese.filter(([id, fields]) => theirs.has(id) && theirs.get(id) !== content(fields)).map(([id]) => id), ['N9']);
  assert.equal(questions, 3);
});

test('the last result is in the status after a restart', async () => {
  await gateway.crash();
  await gateway.run();
  await until(async () => (await gateway.counts('asking')).reconciled[0].equal, 'the line is there');
});
