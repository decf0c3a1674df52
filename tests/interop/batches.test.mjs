// "The closed orders of yesterday at their time, one signed batch with count and digest", over HTTP and as a file.
// Digests and signatures are computed by node's crypto.
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import http from 'node:http';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Gateway, until } from './gateway.mjs';

const token = 'batches-token-1', key = 'batches-key-1';
const closed = 300, others = 40;

/** The next full minute that is at least 20 s away, and its time of day in Beijing. */
function nextMinute() {
  const at = new Date(Math.ceil((Date.now() + 20_000) / 60_000) * 60_000);
  return { at, text: new Date(at.getTime() + 8 * 3600_000).toISOString().slice(11, 16) };
}

let gateway, server, set, folder;
const batches = [];
before(async () => {
  server = http.createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk)).on('end', () => {
      batches.push({ headers: request.headers, body: Buffer.concat(chunks), at: Date.now() });
      response.writeHead(200).end();
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  gateway = await Gateway.start((each) => {
    set = nextMinute();
    folder = path.join(each.dir, 'assessment');
    each.writeSecret('batches_token', token);
    each.writeSecret('batches_key', key);
    each.write('peers/reporting.yaml', `title: A peer that reports steps
adapter: webhook
auth: {kind: token, tokens: ["\${file:secrets/batches_token}"]}
inbound: {mappings: [reported_step]}
`);
    const schedule = `schedule: {at: ["${set.text}"], within: 1h}`;
    each.write('peers/assessment.yaml', `title: Takes one signed batch a day
adapter: webhook
settings:
  url: http://127.0.0.1:${server.address().port}/closed
  batch: 5000
  batch_form: ndjson
  idempotency_header: ""
  count_header: X-Batch-Count
  part_header: X-Batch-Part
  digest_header: X-Batch-Digest
  signature_header: X-Batch-Signature
  signature_key: \${file:secrets/batches_key}
outbound: {mappings: [closed_order], ${schedule}}
`);
    each.write('peers/assessment-files.yaml', `title: Takes one signed file a day
adapter: file_drop
settings:
  output_folder: ${folder}
  output_batch: 5000
  output_manifest: .sum
  output_key: \${file:secrets/batches_key}
outbound: {mappings: [closed_order], ${schedule}}
`);
    each.write('mappings/reported_step.yaml', `mapping: reported_step
direction: inbound
type: work_order_step
record: {key: no, sourceid: {template: "{no}/{step}"}}
fields:
  orderKey: {record: key}
  step: step
  time: {from: time, time: auto}
rest: sourceFields
`);
    each.write('mappings/closed_order.yaml', `mapping: closed_order
direction: outbound
type: work_order_step
fields:
  no: data.orderKey
  time: data.time
`);
    each.rewrite('routes.yaml', (text) => `${text}
  - name: closed-orders
    when: {type: work_order_step, peer: reporting, data.step: closed}
    to: [assessment, assessment-files]
`);
  });
});
after(async () => {
  await gateway?.stop();
  server?.close();
});

test('nothing goes before the set time, and then all that the route names in one batch', async () => {
  const step = (i, name) => ({ no: `N${i}`, step: name, time: '2026-03-09 08:05:07' });
  const items = [...Array.from({ length: closed }, (_, i) => step(i, 'closed')),
    ...Array.from({ length: others }, (_, i) => step(closed + i, 'signed'))];
  const taken = await fetch(gateway.url('/v1/peers/reporting/records'), {
    method: 'POST',
    headers: { 'Authorization': `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(items),
  });
  assert.equal(taken.status, 202, await taken.text());
  assert.ok(Date.now() < set.at.getTime(), 'all are in before the set time');
  const waits = await gateway.counts('assessment');
  assert.equal(waits.out.state, 'scheduled');
  assert.equal(waits.out.waiting, closed);

  await until(async () => (await gateway.counts('assessment')).out.waiting === 0, 'the set time has come', 120_000);
  await until(async () => readdirSync(folder).some((name) => name.endsWith('.sum')), 'the file is there', 20_000);
  assert.equal(batches.length, 1);
  assert.ok(batches[0].at >= set.at.getTime(), 'not before');
});

test('the batch bears its count, digest and signature', () => {
  const [{ headers, body }] = batches;
  assert.equal(headers['content-type'], 'application/x-ndjson');
  assert.equal(headers['x-batch-count'], String(closed));
  assert.equal(headers['x-batch-part'], '1/1');
  assert.equal(headers['x-batch-digest'], createHash('sha256').update(body).digest('hex'));
  assert.equal(headers['x-batch-signature'], createHmac('sha256', key).update(body).digest('hex'));
  const rows = body.toString().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(rows.map(({ no }) => no).sort(), Array.from({ length: closed }, (_, i) => `reporting:N${i}`).sort());
});

test('the file has beside it what says the same', () => {
  const names = readdirSync(folder).filter((name) => !name.startsWith('.')).sort();
  assert.equal(names.length, 2, names.join(' '));
  const [file, manifest] = names;
  assert.equal(manifest, `${file}.sum`);
  const bytes = readFileSync(path.join(folder, file));
  const said = JSON.parse(readFileSync(path.join(folder, manifest), 'utf8'));
  assert.deepEqual(said, {
    file, rows: closed, bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    hmac: createHmac('sha256', key).update(bytes).digest('hex'),
  });
});
