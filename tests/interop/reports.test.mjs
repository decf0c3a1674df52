// A report at its set time: counted once over the history, handed to the office that takes it, and kept as a file that
// a spreadsheet opens. Each figure opens the list behind it.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Gateway, until } from './gateway.mjs';

const token = 'reports-token-1';
// Yesterday in Beijing, and the day before.
const dayBefore = (days) => new Date(Date.now() + 8 * 3600e3 - days * 24 * 3600e3).toISOString().slice(0, 10);
const yesterday = dayBefore(1);
const taken = [];  // what the office was handed
let gateway, office;

before(async () => {
  office = http.createServer((request, response) => {
    let body = '';
    request.on('data', (data) => { body += data; });
    request.on('end', () => {
      taken.push({ key: request.headers['idempotency-key'], data: JSON.parse(body) });
      response.end(JSON.stringify({ code: '0' }));
    });
  });
  await new Promise((resolve) => office.listen(0, '127.0.0.1', resolve));
  gateway = await Gateway.start((each) => {
    each.writeSecret('reports_token', token);
    each.write('peers/street.yaml', `title: A street that reports
adapter: webhook
auth: {kind: token, tokens: ["\${file:secrets/reports_token}"]}
inbound: {mappings: [street_in]}
`);
    each.write('peers/office.yaml', `title: The office that judges
adapter: webhook
settings: {url: "http://127.0.0.1:${office.address().port}/reports", code_field: code}
outbound: {mappings: [report_out]}
`);
    each.write('mappings/street_in.yaml', `mapping: street_in
direction: inbound
type: work_order
record: {key: no, sourceid: no}
fields:
  orderNo: no
  title: title
  content: title
  category.code: {const: road}
  createdTime: {from: time, time: auto}
rest: sourceFields
`);
    each.write('mappings/report_out.yaml', `mapping: report_out
direction: outbound
type: report
fields:
  name: data.report
  period: data.period
  received: {from: data.total, join: ","}
`);
    each.rewrite('routes.yaml', (text) => `${text}
  - name: reports-to-the-office
    when: {type: report}
    to: [office]
  - name: from-the-street
    when: {peer: street}
    to: [grid-platform]
`);
  });
});
after(async () => {
  await gateway?.stop();
  office?.close();
});

const run = (...words) => gateway.command(...words.slice(0, 1), '--data', `${gateway.dir}/data`, ...words.slice(1));

test('a report is counted at its set time, once, and goes where routes say', async () => {
  const items = [['A1', yesterday], ['A2', yesterday], ['A3', dayBefore(2)]].map(([no, day]) =>
    ({ no, title: '路面塌陷', time: `${day} 12:00:00` }));
  const answer = await fetch(gateway.url('/v1/peers/street/records'), {
    method: 'POST',
    headers: { 'Authorization': `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(items),
  });
  assert.equal(answer.status, 202, await answer.text());
  await until(async () => JSON.parse((await run('find', '--id', 'A3', '--format', 'json')).out).records.length === 1, 'in the history');

  gateway.write('reports.yaml', `reports:
  - name: daily
    title: 日报
    type: work_order
    when: {peer: street}
    period: day
    time: data.createdTime
    at: "00:00"
    by: [data.category]
    figures: [{name: received, title: 受理}]
`);
  const reloaded = await run('reload');
  assert.equal(reloaded.code, 0, reloaded.out + reloaded.err);
  await until(async () => taken.length > 0, 'the office has it');
  const file = path.join(gateway.dir, 'data', 'reports', `daily-${yesterday}.csv`);
  await until(async () => existsSync(file), 'its file');
  assert.equal(taken.length, 1);
  assert.deepEqual(taken[0].data, { name: 'daily', period: yesterday, received: '2' });
  assert.equal(readFileSync(file, 'utf8'), '\uFEFF"data.category","受理"\n"road","2"\n"total / 合计","2"\n');
});

test('each figure opens its list, of all and of one row', async () => {
  const list = await run('report', 'daily', '--period', yesterday, '--list', 'received');
  const ids = list.out.trim().split('\n');
  assert.equal(ids.length, 2);
  assert.equal((await run('report', 'daily', '--period', yesterday, '--list', 'received', '--row', '1')).out, list.out);
  const none = await run('report', 'daily', '--period', yesterday, '--list', 'received', '--row', '2');
  assert.equal(none.code, 1);
  assert.match(none.err, /rows 1 to 1/);
  for (const id of ids) assert.match((await run('show', id)).out, /street/);
  const csv = await run('report', 'daily', '--period', yesterday, '--format', 'csv');
  assert.equal(csv.out, readFileSync(path.join(gateway.dir, 'data', 'reports', `daily-${yesterday}.csv`), 'utf8'));
});

test('after a kill and a start it is not made again', async () => {
  await gateway.crash();
  await gateway.run();
  await new Promise((resolve) => setTimeout(resolve, 6000));
  assert.equal(taken.length, 1);
});
