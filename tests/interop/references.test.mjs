// Each platform by its own ids: the hotline sends an order, the grid platform confirms it with a number of its own and
// reports steps that name this number alone, and the hotline hears of them under its caseguid.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { Gateway, until } from './gateway.mjs';

let gateway, grid, hotline;
const backfilled = [];
let answering = true;

/** Hands each request's JSON to `take`, and answers with what that makes of it. */
function platform(port, take) {
  const server = http.createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const answer = take(JSON.parse(text), request);
    response.writeHead(answer ? 200 : 503, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(answer ?? {}));
  });
  return server.listen(port, '127.0.0.1');
}

const post = async (peer, secret, body) => {
  const answer = await fetch(gateway.url(`/v1/peers/${peer}/records`), {
    method: 'POST',
    headers: { 'Authorization': `Bearer ${gateway.secret(secret)}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  const { items, error } = await answer.json();
  return { status: answer.status, items, error };
};
const order = (caseguid) => post('city-hotline', 'hotline_push_token', { caseguid, serialnum: `S-${caseguid}`, rqsttitle: '路灯不亮',
  rqstcontent: '坏了三天', accordtypecode: '0101', rqstsource: '来电', rqsttime: '2026-03-09 08:05:07' });
const step = (eventId, action, minute) => post('grid-platform', 'grid_push_token',
  { eventId, action, actionTime: `2026-03-09 09:${minute}:00`, deptName: '城管局', content: `${action} ${eventId}` });
const told = (caseguid) => backfilled.filter((one) => one.caseguid === caseguid).map((one) => one.step);

before(async () => {
  gateway = await Gateway.start((each) => {
    each.rewrite('routes.yaml', (text) => text.replace('to: [province, grid-platform]', 'to: [grid-platform]')
      .replace(/ {2}- name: steps-to-province\n[^]*?\n\n/, ''));
    each.rewrite('peers/province.yaml', (text) => text.replace(/^title:/m, 'enabled: false\ntitle:'));
    each.rewrite('mappings/hotline_backfill.yaml', (text) => text.replace('{from: data.orderKey, after: ":case/"}', '{ref: theirs}'));
    each.rewrite('lianqiao.yaml', (text) => `${text}\nreferences: {wait: 12s}\n`);
    grid = platform(each.ports[5], (event) => answering && { code: '0', data: { id: `G-${event.eventKey.split('/').pop()}` } });
    hotline = platform(each.ports[2], (said) => { backfilled.push(said); return { code: 200, status: 'ok' }; });
  });
});
after(async () => {
  await gateway?.stop();
  grid?.close();
  hotline?.close();
});

test('a step that names the order by the number of its own platform alone reaches the hotline under its caseguid', async () => {
  assert.equal((await order('R1')).status, 202);
  await until(async () => (await gateway.counts('grid-platform')).out.delivered === 1, 'confirmed');
  assert.equal((await step('G-R1', '答复', 10)).status, 202);
  await until(async () => told('R1').length === 1, 'told');
  assert.deepEqual(told('R1'), ['initialReply']);
});

test('steps that are there before the confirmation wait, and go on in order', async () => {
  answering = false;
  await order('R2');
  const early = await step('G-R2', '答复', 10);
  assert.equal(early.status, 422);
  assert.equal(early.items[0].errors[0].code, 'normalize.unknown_reference');
  assert.match(early.items[0].errors[0].message, /waits for that until/);
  await step('G-R2', '申请退回', 20);
  const { in: waiting, exceptions } = await gateway.counts('grid-platform');
  assert.equal(waiting.waiting, 2);
  assert.equal(exceptions, 0, 'what waits is no exception');
  answering = true;
  await until(async () => told('R2').length === 2, 'both told');
  assert.deepEqual(told('R2'), ['initialReply', 'sendBack']);
  assert.equal((await gateway.counts('grid-platform')).in.waiting, 0);
});

test('what nobody ever tells becomes an exception that names both platforms and the number', async () => {
  const lost = await step('G-nowhere', '答复', 10);
  const id = lost.items[0].exception;
  await until(async () => (await gateway.counts('grid-platform')).exceptions === 1, 'an exception');
  const { out } = await gateway.command('exceptions', '--data', `${gateway.dir}/data`, '--format', 'json');
  const found = JSON.parse(out).items.find((one) => one.id === id);
  assert.equal(found.code, 'normalize.unknown_reference');
  for (const word of ['peer grid-platform names', 'G-nowhere', 'of peer grid-platform']) assert.ok(found.detail.includes(word), found.detail);
});

test('kill -9 while a step waits: it waits still, and is told once', async () => {
  answering = false;
  await order('R3');
  await step('G-R3', '答复', 10);
  await gateway.crash();
  answering = true;
  await gateway.run();
  await until(async () => told('R3').length > 0, 'told');
  await new Promise((resolve) => setTimeout(resolve, 1000));
  assert.deepEqual(told('R3'), ['initialReply']);
});
