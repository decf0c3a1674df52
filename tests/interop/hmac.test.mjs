// A county system that signs with the openssl command and sends with curl.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { Gateway, until } from './gateway.mjs';

const secret = 'interop-secret-of-the-county';

let gateway;
before(async () => {
  gateway = await Gateway.start((each) => {
    each.writeSecret('county', secret);
    each.rewrite('peers/grid-platform.yaml', (text) => text.replace(/^auth: .*/m,
      'auth: {kind: hmac, scheme: client-id, id: county-1, secret: "${file:secrets/county}", skew: 5m}'));
  });
});
after(() => gateway?.stop());

const step = (time) => JSON.stringify({ eventKey: 'grid-platform:interop', action: 'signed', actionTime: time, deptName: '城管局' });

function send({ timestamp = String(Date.now()), nonce, key = secret, body }) {
  const signature = execFileSync('sh', ['-c', `printf %s "$1" | openssl dgst -sha256 -hmac "$2" -binary | base64`, 'sh',
    `county-1${timestamp}${nonce}`, key], { encoding: 'utf8' }).trim();
  const out = execFileSync('curl', ['-s', '-w', '\n%{http_code}', '-H', 'Content-Type: application/json', '-H', 'X-Client-Id: county-1',
    '-H', `X-Timestamp: ${timestamp}`, '-H', `X-Nonce: ${nonce}`, '-H', `X-Signature: ${signature}`, '--data-binary', body,
    gateway.url('/v1/peers/grid-platform/records')], { encoding: 'utf8' });
  const at = out.lastIndexOf('\n');
  return { status: Number(out.slice(at + 1)), body: JSON.parse(out.slice(0, at)) };
}

test('a signature of openssl is accepted; its nonce serves no other request', () => {
  const call = { timestamp: String(Date.now()), nonce: 'abc1', body: step(1772000000000) };
  const first = send(call);
  assert.equal(first.status, 202, JSON.stringify(first.body));
  assert.equal(first.body.items[0].duplicate, false);
  const again = send(call);
  assert.equal(again.status, 202);
  assert.equal(again.body.items[0].duplicate, true);
  const replayed = send({ ...call, body: step(1772000000009) });
  assert.equal(replayed.status, 401);
  assert.equal(replayed.body.error.code, 'intake.replayed_nonce');
});

test('another key and a wrong clock are refused alike, and the log says why', async () => {
  const other = send({ nonce: 'abc2', key: 'wrong', body: step(1) });
  assert.equal(other.body.error.code, 'intake.unauthenticated');
  assert.deepEqual(send({ nonce: 'abc3', timestamp: String(Date.now() - 3600_000), body: step(1) }).body, other.body);
  await until(async () => /grid-platform.*the signature in header X-Signature differs/.test(gateway.log), 'the reason in the log');
});

test('the same step under a new nonce is answered with the first id', () => {
  const one = send({ nonce: 'abc4', body: step(1772000000001) });
  const two = send({ nonce: 'abc5', body: step(1772000000001) });
  assert.equal(two.body.items[0].id, one.body.items[0].id);
  assert.equal(two.body.items[0].duplicate, true);
});
