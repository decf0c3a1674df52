// Callers without rights cost the others nothing, and no request costs more memory than its size warrants.
import assert from 'node:assert/strict';
import { createCipheriv, createHash, createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { cost, end, exchange, many, marks, open, order, send, shutOut, statusOf, unendingBodies } from './attacks.mjs';
import { Gateway } from './gateway.mjs';

const MiB = 1 << 20;
const connections = 256;

let gateway;
async function started() {
  const made = await Gateway.start((each) => {
    each.writeSecret('form', 'form-secret');
    each.rewrite('lianqiao.yaml', (text) => `${text}\nintake: {connections: ${connections}}\n`);
    each.rewrite('peers/grid-platform.yaml', (text) => text.replace(/^auth: .*/m,
      'auth: {kind: hmac, scheme: x-hmac-auth, id: county-1, secret: "${file:secrets/form}"}'));
  });
  assert.equal(await send(made), 202);
  return made;
}
before(async () => { gateway = await started(); });
after(() => gateway?.stop());

// The rule: what unproved callers hold is a pot of their own.
test('bodies that never end shut out nobody who proves himself', async () => {
  const sockets = await unendingBodies(gateway, 17);
  assert.ok(await shutOut(gateway, 20) < 5);
  end(sockets);
});

test('signed forms that never end shut out nobody who proves himself', async () => {
  const head = (path) => `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n` +
    `apiKey: county-1\r\nX-Hmac-Auth-Timestamp: ${new Date().toISOString()}\r\nX-Hmac-Auth-Nonce: n\r\n` +
    `X-Hmac-Auth-Version: 1.0\r\nX-Hmac-Auth-Signature: ${'A'.repeat(43)}=\r\nContent-Length: ${16 * MiB}\r\n\r\n`;
  const body = Buffer.alloc(16 * MiB - 1, 'a');
  const sockets = await many(17, async () => {
    const socket = await open(gateway.port);
    socket.write(head('/v1/peers/grid-platform/records'));
    await Promise.race([new Promise((resolve) => { socket.write(body, resolve); socket.once('close', resolve); }), wait(3000)]);
    return socket;
  });
  assert.ok(await shutOut(gateway, 20) < 5);
  end(sockets);
});

// The rule: an idle connection keeps nobody out, and one address does not have them all.
test('silent connections from many addresses shut out nobody', async () => {
  const sockets = await many(2 * connections, (i) => open(gateway.port, '127.0.0.1', `127.0.1.${1 + i % 16}`));
  assert.ok(await shutOut(gateway, 20) < 5);
  end(sockets);
});

// The rule: whatever phase of a request a caller without proof stays in, he keeps nobody out.
test('requests to the own addresses that never end shut out nobody', async () => {
  const sockets = await many(2 * connections, async (i) => {
    const socket = await open(gateway.port, '127.0.0.1', `127.0.3.${1 + i % 16}`);
    socket.write('GET /health HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
    return socket;
  });
  assert.ok(await shutOut(gateway, 20) < 5);
  end(sockets);
});

test('an address has its share of connections', async () => {
  const sockets = await many(connections, () => open(gateway.port, '127.0.0.1', '127.0.2.1'));
  sockets.forEach((socket) => socket.resume());
  await wait(300);
  const left = sockets.filter((socket) => !socket.closed).length;
  assert.ok(left <= connections / 4, `${left} of one address are open`);
  assert.equal(await send(gateway), 202);
  end(sockets);
});

// Newcomers behind a full address were refused until its silent connections had run out of time.
test('silent connections of an address shut out nobody behind the same address', async () => {
  const sockets = await many(2 * connections, () => open(gateway.port));
  assert.ok(await shutOut(gateway, 20) < 1);
  end(sockets);
});

test('the addresses of the gateway itself take GET and HEAD alone, and no body', async () => {
  const ask = async (line, body = '') => statusOf(await exchange(gateway.port,
    `${line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`));
  for (const path of ['/', '/health']) {
    assert.equal(await ask(`GET ${path}`), 200);
    assert.equal(await ask(`HEAD ${path}`), 200);
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) assert.equal(await ask(`${method} ${path}`, '{}'), 405);
    assert.equal(await ask(`GET ${path}`, order('lost')), 413);
  }
  for (const path of ['/healthz', '/v1', '/v1/peers', '/records', '/health/']) assert.equal(await ask(`POST ${path}`, '{}'), 404);
});

test('an unknown peer and a wrong proof are answered alike', async () => {
  const ask = (path, headers = '') => exchange(gateway.port,
    `POST ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\n${headers}Content-Length: 2\r\n\r\n{}`);
  const plain = (answer) => answer.replace(/^Date: .*$/m, '');
  const unknown = plain(await ask('/v1/peers/nobody/records'));
  assert.equal(statusOf(unknown), 401);
  for (const [path, headers] of [['/v1/peers/city-hotline/records', ''], ['/v1/peers/city-hotline/records', 'Authorization: Bearer no\r\n'],
    ['/v1/peers/city-hotline/outbox', ''], ['/v1/peers/grid-platform/records', ''], ['/v1/peers/province/x', ''], ['/v1/peers/town-ledger/x', ''], ['/v1/peers/haozhoudao/callback', ''],
    [`/v1/peers/haozhoudao/callback?${marks()}`, ''], ['/v1/peers/haozhoudao/callback?timestamp=1&nonce=1&signature=1', '']]) {
    assert.equal(plain(await ask(path, headers)), unknown, path);
  }
});

test('silent and dripping callers of the admin port keep the operator out no longer than a moment', async () => {
  const sockets = await many(200, () => open(gateway.ports[1]));
  sockets.slice(100).forEach((socket) => socket.write('GET /health HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n'));
  const drip = setInterval(() => sockets.forEach((socket, i) => { if (i % 2) socket.write('G'); }), 200);
  const begin = Date.now();
  const { code, err } = await gateway.command('status', '--data', `${gateway.dir}/data`);
  clearInterval(drip);
  assert.ok(Date.now() - begin < 5000, `${Date.now() - begin} ms, exit ${code}: ${err}`);
  assert.equal(err, '');
  end(sockets);
});

// The rule: a request adds at most three times its size and 16 MiB to what is resident. A process of its own for each: what
// one request was given, the next is given again.
async function costAlone(attack) {
  const alone = await started();
  try { return await cost(alone, () => attack(alone)); } finally { await alone.stop(); }
}
const fill = (size, head, piece, tail) => head + piece.repeat(Math.floor((size - head.length - tail.length) / piece.length)) + tail;
const item = (text) => JSON.stringify({ ...JSON.parse(order('memory')), rqstcontent: text });
const shapes = {
  'items that are ones': (size) => fill(size, '[1', ',1', ']'),
  'one item that is a list': (size) => fill(size, '{"a":[1', ',1', ']}'),
  'an envelope whose data is a list of ones': (size) => fill(size, '{"data":[1', ',1', ']}'),
  'an envelope of many small objects': (size) => fill(size, '{"data":[{}', ',{"a":1}', ']}'),
  'one item of nested lists': (size) => fill(size, '{"a":[1', `,${'['.repeat(60)}1${']'.repeat(60)}`, ']}'),
  'one item deeper than any': (size) => fill(size, '{"a":', '[', ''),
  'one item of many members': (size) => `{${Array.from({ length: size / 16 }, (_, i) => `"m${String(i).padStart(8, '0')}":1`).join(',')}}`,
  'one item of small objects': (size) => fill(size, '{"a":[{}', ',{"b":{}}', ']}'),
  'a text of escapes': (size) => fill(size, '{"a":"', '\\u4e2d', '"}'),
  'texts of escapes': (size) => fill(size, '{"a":[""', `,"${'\\n'.repeat(150000)}"`, ']}'),
  'one order with a long text': (size) => item('好'.repeat(size / 3 - 200)),
  'whole orders': (size) => `[${Array.from({ length: 9000 }, (_, i) => order(`w${size}-${i}`).replace('三天不亮', '三天不亮'.repeat(Math.max(1, Math.floor((size / 9000 - 420) / 12))))).join(',')}]`,
  'ten thousand broken items': () => fill(20000, '[1', ',1', ']'),
  'ten thousand lines': () => '1\n'.repeat(10000),
  'lines without end': (size) => '1\n'.repeat(size / 2),
};
for (const [name, make] of Object.entries(shapes)) {
  test(`memory stays in proportion: ${name}`, async () => {
    for (const size of [MiB, 16 * MiB - 4096]) {
      const body = make(size);
      const bytes = Buffer.byteLength(body);
      const { added, outcome } = await costAlone((alone) => send(alone, body, name.includes('lines') ? 'application/x-ndjson' : 'application/json'));
      assert.notEqual(outcome, 0, 'no answer');
      const most = 3 * bytes / MiB + 16;
      console.log(`${name}: ${(bytes / MiB).toFixed(1)} MiB, ${added.toFixed(1)} MiB of ${most.toFixed(1)}, HTTP ${outcome}`);
      assert.ok(added <= most, `${added.toFixed(1)} MiB for a body of ${(bytes / MiB).toFixed(1)} MiB`);
    }
  });
}

/** A push of that message as WeChat encrypts and signs it. */
function push(message) {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const key = Buffer.from(`${gateway.secret('wechat_aes_key')}=`, 'base64');
  const plain = Buffer.concat([Buffer.alloc(16, 'r'), Buffer.alloc(4), Buffer.from(message), Buffer.from('wx00lianqiaodemo00')]);
  plain.writeUInt32BE(Buffer.byteLength(message), 16);
  const padding = 32 - plain.length % 32;
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  const encrypted = Buffer.concat([cipher.update(plain), cipher.update(Buffer.alloc(padding, padding)), cipher.final()]).toString('base64');
  const signature = createHash('sha1').update([gateway.secret('wechat_token'), timestamp, 'n', encrypted].sort().join('')).digest('hex');
  const body = `<xml><Encrypt><![CDATA[${encrypted}]]></Encrypt></xml>`;
  return { size: body.length, bytes: `POST /v1/peers/haozhoudao/callback?timestamp=${timestamp}&nonce=n&msg_signature=${signature} HTTP/1.1\r\n` +
    `Host: a\r\nConnection: close\r\nContent-Type: text/xml\r\nContent-Length: ${body.length}\r\n\r\n${body}` };
}

test('memory stays in proportion: XML under a signature that fits', async () => {
  const texts = {
    attributes: `<xml${Array.from({ length: 15000 }, (_, i) => ` b${i}="1"`).join('')}/>`,
    quotes: `<xml><Content>${'"'.repeat(180000)}</Content></xml>`,
    elements: `<xml>${'<a/>'.repeat(45000)}</xml>`,
    huge: `<xml><Content>${'a'.repeat(8 * MiB)}</Content></xml>`,
  };
  for (const [name, message] of Object.entries(texts)) {
    const { size, bytes } = push(message);
    const { added, outcome } = await costAlone((alone) => exchange(alone.port, bytes));
    assert.equal(statusOf(outcome), name === 'huge' ? 413 : 200, outcome);
    assert.ok(added <= 3 * size / MiB + 16, `${name}: ${added.toFixed(1)} MiB`);
  }
});

/** A request of that body to the peer that signs, with a signature that fits where `signs`. */
function signedRequest({ body, media, signs = true, parameters = '', headers = '' }) {
  const bytes = Buffer.from(body);
  const timestamp = new Date().toISOString();
  const text = `POST\n${timestamp}\nn${signs}\n/v1/peers/grid-platform/records${parameters ? `\n${parameters}` : ''}`;
  const signature = signs ? createHmac('sha256', 'form-secret').update(text).digest('base64') : `${'A'.repeat(43)}=`;
  return Buffer.concat([Buffer.from('POST /v1/peers/grid-platform/records HTTP/1.1\r\nHost: a\r\nConnection: close\r\n' +
    `Content-Type: ${media}\r\napiKey: county-1\r\nX-Hmac-Auth-Timestamp: ${timestamp}\r\nX-Hmac-Auth-Nonce: n${signs}\r\n` +
    `X-Hmac-Auth-Version: 1.0\r\nX-Hmac-Auth-Signature: ${signature}\r\n${headers}Content-Length: ${bytes.length}\r\n\r\n`), bytes]);
}
const form = 'application/x-www-form-urlencoded';
const large = 16 * MiB - 4096;
const steps = (size) => `[${Array.from({ length: 9000 }, (_, i) => JSON.stringify({ eventKey: `grid-platform:m${i}`, action: 'signed',
  actionTime: 1772000000000, deptName: '城'.repeat(Math.floor((size / 9000 - 120) / 3)) })).join(',')}]`;
// Of callers who are proved by their body, or by their head: what is refused at its end was in memory, too.
const requests = {
  'a form of one long value': [401, () => ({ body: `a=${'x'.repeat(large - 2)}`, media: form })],
  'a form of many parameters': [401, () => ({ body: fill(large, 'a=1', '&a=1', ''), media: form })],
  'a form of escapes': [401, () => ({ body: fill(large, 'a=', '%41', ''), media: form })],
  'a small form whose signature fits': [415, () => {
    const value = 'x'.repeat(63 * 1024);
    return { body: `a=${value}`, media: form, parameters: `a=${value}` };
  }],
  'signed JSON of steps that nobody owes': [422, () => ({ body: steps(large), media: 'application/json' })],
  'JSON under a signature that does not fit': [401, () => ({ body: steps(large), media: 'application/json', signs: false })],
  'parts': [415, () => ({ body: fill(large, '--b', '\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b', '--\r\n'),
    media: 'multipart/form-data; boundary=b' })],
  'packed JSON': [400, () => ({ body: gzipSync(Buffer.alloc(512 * MiB, ' ')), media: 'application/json', headers: 'Content-Encoding: gzip\r\n' })],
};
for (const [name, [status, make]] of Object.entries(requests)) {
  test(`memory stays in proportion where callers sign: ${name}`, async () => {
    const request = signedRequest(make());
    const { added, outcome } = await costAlone((alone) => exchange(alone.port, request, 20000));
    const most = 3 * request.length / MiB + 16;
    console.log(`${name}: ${(request.length / MiB).toFixed(1)} MiB, ${added.toFixed(1)} MiB of ${most.toFixed(1)}, HTTP ${statusOf(outcome)}`);
    assert.equal(statusOf(outcome), status, outcome.slice(0, 500));
    assert.ok(added <= most, `${added.toFixed(1)} MiB`);
  });
}

test('memory stays in proportion: large bodies to a peer that its adapter proves', async () => {
  const bodies = { JSON: `{"Encrypt":"${'A'.repeat(large - 20)}"}`, XML: `<xml><Encrypt>${'A'.repeat(large - 40)}</Encrypt></xml>`,
    'small XML': `<xml><Encrypt>${'A'.repeat(255 * 1024)}</Encrypt></xml>`, 'small JSON': `{"a":[1${',1'.repeat(100000)}]}` };
  for (const [name, body] of Object.entries(bodies)) {
    const bytes = `POST /v1/peers/haozhoudao/callback?${marks()} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n` +
      `Content-Type: ${name.includes('JSON') ? 'application/json' : 'text/xml'}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const { added, outcome } = await costAlone((alone) => exchange(alone.port, bytes));
    const most = 3 * body.length / MiB + 16;
    console.log(`${name}: ${(body.length / MiB).toFixed(1)} MiB, ${added.toFixed(1)} MiB of ${most.toFixed(1)}, HTTP ${statusOf(outcome)}`);
    assert.equal(statusOf(outcome), name.includes('small') ? 401 : 413, outcome.slice(0, 300));
    assert.ok(added <= most, `${name}: ${added.toFixed(1)} MiB`);
  }
});
