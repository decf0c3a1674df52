// "We miss 3 of 1,204": a platform that confirmed records and lost some of them gets those again, by a list of its own
// numbers, under the same idempotency keys; whatever dies meanwhile, and whoever else does the same.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Gateway, until } from './gateway.mjs';

const records = 1204;
const lost = [17, 602, 1203].map((i) => `M${i}`);
let gateway, platform, slow = 0;
const held = new Map();   // what the platform has: its number of the order → times
const calls = [];         // all that it was ever sent: { order, key }

const serve = (request, response) => {
  let body = '';
  request.on('data', (data) => { body += data; });
  request.on('end', () => {
    const order = /case\/(M\d+)"/.exec(body)?.[1];
    const first = !calls.some((call) => call.order === order);
    calls.push({ order, key: request.headers['idempotency-key'] });
    // It confirms them all, and keeps all but those that it loses at first.
    if (!(first && lost.includes(order))) held.set(order, (held.get(order) ?? 0) + 1);
    setTimeout(() => response.end(JSON.stringify({ code: '0', data: { id: `G-${order}` } })), slow);
  });
};

before(async () => {
  gateway = await Gateway.start((each) => {
    each.rewrite('routes.yaml', (text) => text.replace('to: [province, grid-platform]', 'to: [grid-platform]'));
    platform = http.createServer(serve).listen(each.ports[5], '127.0.0.1');
  });
});
after(async () => {
  await gateway?.stop();
  platform?.closeAllConnections?.();
  platform?.close();
});

const resend = (...words) =>
  gateway.command('resend', '--data', `${gateway.dir}/data`, '--format', 'json', ...words);
const why = ['--by', '李工', '--reason', '对方昨日少收 3 条'];
const listed = async (...words) => {
  const { code, out, err } = await resend(...words);
  assert.equal(err, '');
  return { code, ...JSON.parse(out) };
};
/** The history has all deliveries to the platform by now. */
const recorded = () => until(async () => {
  const { out } = await gateway.command('find', '--data', `${gateway.dir}/data`, '--format', 'json', '--id', `M${records - 1}`);
  const deliveries = JSON.parse(out).records[0]?.deliveries ?? [];
  return deliveries.some(({ state }) => state === 'delivered');
}, 'in the history');

test('what the platform lost comes again by its list, and nothing else does', async () => {
  for (let i = 0; i < records; i += 301) {
    const items = Array.from({ length: 301 }, (_, j) => ({ caseguid: `M${i + j}`, serialnum: `S${i + j}`, rqsttitle: '路灯不亮',
      rqstcontent: '坏了三天', accordtypecode: '0101', rqstsource: '来电', rqsttime: '2026-03-09 08:05:07' }));
    const taken = await fetch(gateway.url('/v1/peers/city-hotline/records'), {
      method: 'POST',
      headers: { 'Authorization': `Bearer ${gateway.secret('hotline_push_token')}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(items),
    });
    assert.equal(taken.status, 202);
  }
  await until(async () => (await gateway.counts('grid-platform')).out.delivered === records, 'all delivered', 60000);
  assert.equal(held.size, records - lost.length, 'the platform lists 1,201');
  await recorded();

  // Its engineer sends what it lacks: one of our receipts would do as well as its own number.
  const missing = Array.from({ length: records }, (_, i) => `M${i}`).filter((order) => !held.has(order));
  assert.deepEqual(missing, lost);
  const file = path.join(gateway.dir, 'missing.txt');
  writeFileSync(file, `\uFEFF# 缺少的三条\r\n${missing[0]}\r\nG-${missing[1]}\r\n\r\n${missing[2]}\r\n${missing[2]}\r\n`);
  const seen = calls.length;
  const preview = await listed('--list', file, ...why, '--preview');
  assert.deepEqual([preview.code, preview.deliveries, preview.done, preview.left], [0, 3, 3, 0]);
  assert.equal(calls.length, seen, 'a preview sends nothing');
  assert.ok(preview.items.every(({ peer, result, over }) => peer === 'grid-platform' && result === 'resent' && !over));

  const done = await listed('--go-on', preview.list);
  assert.deepEqual([done.code, done.done, done.refused, done.failed, done.left], [0, 3, 0, 0, 0]);
  await until(async () => held.size === records, 'mended');
  assert.ok([...held.values()].every((times) => times === 1), 'nothing is there twice');
  for (const order of lost) {
    const keys = calls.filter((call) => call.order === order).map(({ key }) => key);
    assert.equal(keys.length, 2);
    assert.equal(keys[0], keys[1], 'the peer knows it by the same key');
  }
  const { out } = await gateway.command('trail', '--data', `${gateway.dir}/data`, `G-${lost[0]}`);
  assert.match(out, /deliver\.resent by 李工: 对方昨日少收 3 条 \(delivered before at .*, receipt G-M17\)/);
});

test('who wants the same again is told who was first', async () => {
  const second = await listed(lost[0], '--peer', 'grid-platform', '--by', '王工', '--reason', '再发');
  assert.deepEqual([second.code, second.done, second.refused], [3, 0, 1]);
  assert.equal(second.items[0].code, 'resend.already');
  assert.match(second.items[0].message, /sent again by 李工: 对方昨日少收 3 条/);
  const again = await listed(lost[0], '--by', '王工', '--reason', '再发', '--again', '--as-new');
  assert.equal(again.done, 1);
  const keyed = await until(async () => {
    const keys = calls.filter(({ order }) => order === lost[0]).map(({ key }) => key);
    return keys.length === 3 && keys;
  }, 'sent once more');
  assert.equal(keyed[2], `${keyed[0]}.${again.list}`, 'as new: a key that the platform does not know');
});

test('a day that is cut short by a death is gone on with, and doubles nothing', async () => {
  const today = new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 10);
  const preview = await listed('--peer', 'grid-platform', '--day', today, '--type', 'work_order', ...why, '--again', '--preview');
  assert.equal(preview.deliveries, records, JSON.stringify(preview).slice(0, 300));
  const before = new Map();
  for (const { order } of calls) before.set(order, (before.get(order) ?? 0) + 1);
  slow = 5;
  const begun = resend('--go-on', preview.list, '--rate', '400');
  await until(async () => calls.length > 1300, 'some are sent');
  await gateway.crash();
  await begun;
  await gateway.run();
  const rest = await until(async () => {
    const answer = await resend('--go-on', preview.list);
    return answer.code === 0 && JSON.parse(answer.out);
  }, 'the rest');
  assert.deepEqual([rest.done, rest.refused, rest.failed, rest.left], [records, 0, 0, 0]);
  await until(async () => {
    const { owed, delivered } = (await gateway.counts('grid-platform')).out;
    return owed === delivered;
  }, 'all delivered', 60000);
  const after = new Map();
  for (const { order } of calls) after.set(order, (after.get(order) ?? 0) + 1);
  const sent = [...after].map(([order, times]) => times - before.get(order));
  assert.ok(sent.every((times) => times >= 1), 'each came again');
  // What was with the platform when the process died may come twice: the documented window, one for each of its calls.
  assert.ok(sent.filter((times) => times > 1).length <= 64, `${sent.filter((times) => times > 1).length} twice`);
});
