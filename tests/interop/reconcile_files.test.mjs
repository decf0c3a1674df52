// A day reconciled with an office that has nothing but folders: it fetches files, and puts a list of what it holds.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Gateway, program, until } from './gateway.mjs';

const count = 120;
const token = 'reconcile-files-token-1';
const today = () => new Date(Date.now() + 8 * 3600 * 1000).toISOString().slice(0, 10);

let gateway, outgoing, lists;
before(async () => {
  gateway = await Gateway.start((each) => {
    outgoing = path.join(each.dir, 'outgoing');
    lists = path.join(each.dir, 'lists');
    mkdirSync(lists);
    each.writeSecret('files_token', token);
    each.write('peers/asking.yaml', `title: A peer that sends
adapter: webhook
auth: {kind: token, tokens: ["\${file:secrets/files_token}"]}
inbound: {mappings: [asked_in]}
`);
    each.write('peers/office.yaml', `title: An office with folders
adapter: file_drop
settings:
  output_folder: ${outgoing}
  list_file: ${lists}/{yyyymmdd}.csv
  list_id: [no]
  settle_time: 0s
  quiet_time: 0s
outbound: {mappings: [listed_out]}
reconcile:
  out: {day: accepted, identity: sent.no, fields: [title], settle: 0s}
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
  - name: to-the-office
    when: {peer: asking}
    to: [office]
`);
  });
});
after(() => gateway?.stop());

const held = () => readdirSync(outgoing).filter((name) => name.endsWith('.jsonl'))
  .flatMap((name) => readFileSync(path.join(outgoing, name), 'utf8').trim().split('\n').map((line) => JSON.parse(line)));

function list(rows) {
  const half = path.join(lists, '.half');
  writeFileSync(half, '\ufeffno,title\r\n' + rows.map(({ no, title }) => `${no},${title}\r\n`).join(''));
  renameSync(half, path.join(lists, `${today().replaceAll('-', '')}.csv`));
}

async function reconcile() {
  const { code, out, err } = await gateway.command('reconcile', '--data', `${gateway.dir}/data`, '--peer', 'office',
    '--day', today(), '--format', 'json');
  return { code, err, report: code === 0 || code === 3 ? JSON.parse(out) : undefined };
}

test('a list that is not there yet is no empty day', async () => {
  const items = Array.from({ length: count }, (_, i) => ({ no: `N${i}`, title: `路灯不亮 ${i}`, time: '2026-03-09 08:05:07' }));
  const taken = await fetch(gateway.url('/v1/peers/asking/records'), {
    method: 'POST',
    headers: { 'Authorization': `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(items),
  });
  assert.equal(taken.status, 202, await taken.text());
  await until(async () => held().length === count, 'all written');
  const { code, err } = await reconcile();
  assert.notEqual(code, 0);
  assert.match(err, /reconcile\.not_yet/);
});

test('what the office lacks, has besides and has otherwise is named, and gone once the list is right', async () => {
  const all = held();
  list(all);
  await until(async () => (await reconcile()).report.ours === count, 'all in the history', 60000);
  assert.equal((await reconcile()).code, 0);

  list([...all.slice(2), { no: 'X1', title: 'nobody sent it' }].map((row) => (row.no === 'N50' ? { ...row, title: '改过' } : row)));
  const { code, report } = await reconcile();
  assert.equal(code, 3);
  assert.deepEqual(report.only_ours.map(({ id }) => id).sort(), all.slice(0, 2).map(({ no }) => no).sort());
  assert.deepEqual(report.only_theirs.map(({ id }) => id), ['X1']);
  assert.deepEqual(report.differing.map(({ id, fields }) => [id, fields]), [['N50', 'title']]);

  list([...all, all[7]]);
  const doubled = (await reconcile()).report;
  assert.deepEqual(doubled.findings.map(({ code: each }) => each), ['reconcile.duplicate']);
  list(all);
  assert.equal((await reconcile()).code, 0);
});

test('the mock keeps the list of what it finds', async () => {
  rmSync(path.join(lists, `${today().replaceAll('-', '')}.csv`));
  const mock = spawn(program, ['mock', '--config', gateway.config, '--peer', 'office'], { stdio: 'ignore' });
  try {
    await until(async () => (await reconcile()).code === 0, 'equal', 20000);
  } finally {
    const ended = new Promise((resolve) => mock.once('exit', resolve));
    mock.kill('SIGTERM');
    await ended;
  }
});
