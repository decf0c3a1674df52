// The example county with limits of seconds: what nobody signs in time is told to the duty's own platform, once, whatever
// is killed meanwhile.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { Gateway, until } from './gateway.mjs';

const limits = `deadlines:
  - name: sign
    source: a test
    type: work_order
    step: [signed, in_progress, replied]
    start: receipt
    limit: 6 s
    warn: 3 s
`;
const mapping = `mapping: duty_reminder
direction: outbound
type: [reminder]
fields:
  number: {from: data.number, required: true}
  stage: data.stage
  due: data.dueTime
  limit: data.limit.name
  group: data.group.id
  key: data.key
`;

let gateway, duty, grid;
const told = [];

before(async () => {
  duty = http.createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    told.push({ ...JSON.parse(text), call: request.headers['idempotency-key'] });
    response.writeHead(200).end('{}');
  });
  await new Promise((resolve) => duty.listen(0, '127.0.0.1', resolve));
  gateway = await Gateway.start((each) => {
    grid = http.createServer((request, response) => {
      request.resume();
      request.on('end', () => response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"code":"0","data":{"id":"1"}}'));
    }).listen(each.ports[5], '127.0.0.1');
    each.write('deadlines.yaml', limits);
    each.write('mappings/duty_reminder.yaml', mapping);
    each.write('peers/duty.yaml', `title: 值班室\nadapter: webhook\nsettings: {url: "http://127.0.0.1:${duty.address().port}/remind"}\n`
      + 'outbound: {mappings: [duty_reminder]}\n');
    each.rewrite('peers/province.yaml', (text) => text.replace(/^title:/m, 'enabled: false\ntitle:'));
    each.rewrite('routes.yaml', (text) => text.replace('to: [province, grid-platform]', 'to: [grid-platform]')
      .replace(/ {2}- name: steps-to-province\n[^]*?\n\n/, '')
      + '  - {name: late, when: {type: reminder}, to: [duty]}\n');
  });
});
after(async () => {
  await gateway?.stop();
  duty?.close();
  grid?.close();
});

const post = async (peer, secret, body) => (await fetch(gateway.url(`/v1/peers/${peer}/records`), {
  method: 'POST',
  headers: { 'Authorization': `Bearer ${gateway.secret(secret)}`, 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
})).status;
const order = (caseguid) => post('city-hotline', 'hotline_push_token', { caseguid, serialnum: `S-${caseguid}`, rqsttitle: '路灯不亮',
  rqstcontent: '坏了三天', accordtypecode: '0101', rqstsource: '来电', rqsttime: '2026-03-09 08:05:07' });
const stages = (number) => told.filter((one) => one.number === number).map((one) => one.stage);
/** How many different calls told that: one told again after a kill bears the same key. */
const calls = (number, stage) => new Set(told.filter((one) => one.number === number && one.stage === stage).map((one) => one.call)).size;

test('a limit of seconds warns, and is due, at the duty in seconds', async () => {
  const sent = Date.now();
  assert.equal(await order('D1'), 202);
  await until(async () => stages('S-D1').length === 2, 'warned and told', 20000);
  assert.deepEqual(stages('S-D1'), ['warn', 'due']);
  const due = Date.parse(told[1].due) - sent;
  assert.ok(due > 5900 && due < 9000, `due ${due} ms behind the order`);
  assert.ok(Date.now() - Date.parse(told[1].due) < 3000, 'told in seconds');
  const { deadlines } = await gateway.counts('city-hotline');
  assert.deepEqual(deadlines, { near: 0, past: 1 });
  const { out } = await gateway.command('trail', '--data', `${gateway.dir}/data`, 'D1');
  assert.match(out, /deadline .* sign: due, told/);
});

test('killed again and again while orders come due, each is told once', async () => {
  const numbers = Array.from({ length: 60 }, (_, i) => `K${i}`);
  for (const number of numbers) assert.equal(await order(number), 202);
  for (const pause of [2500, 900, 700, 500, 900]) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    await gateway.crash();
    await gateway.run();
  }
  await until(async () => numbers.every((number) => stages(`S-${number}`).includes('due')), 'all told', 60000);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  for (const number of numbers) {
    assert.equal(calls(`S-${number}`, 'due'), 1, `${number} is told twice`);
    assert.ok(calls(`S-${number}`, 'warn') <= 1, `${number} is warned of twice`);
  }
});
