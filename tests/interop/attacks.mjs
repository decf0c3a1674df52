// What callers without rights can try. Each resolves to what it cost the others. `node attacks.mjs` prints all figures.
import { readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

export const order = (serial) => JSON.stringify({
  caseguid: `attack-${serial}`, serialnum: `A${serial}`, rqsttitle: '路灯不亮', rqstcontent: '人民路路灯三天不亮，请维修。',
  accordtypecode: '0101', rqstperson: '王小明', linkphone: '13800012345', rqsttime: '2026-03-09 08:05:07',
});

export async function open(port, address = '127.0.0.1', from = undefined) {
  const socket = net.connect({ port, host: address, localAddress: from });
  socket.on('error', () => {});
  await new Promise((resolve) => { socket.once('connect', resolve); socket.once('close', resolve); });
  return socket;
}
export const many = (count, make) => Promise.all(Array.from({ length: count }, (_, i) => make(i)));
/** All that comes until the other side ends, or for `patience` ms. */
export async function answerOf(socket, patience = 10000) {
  let text = '';
  socket.setEncoding('latin1').on('data', (data) => { text += data; });
  await Promise.race([new Promise((resolve) => socket.once('close', resolve)), wait(patience)]);
  socket.destroy();
  return text;
}
export async function exchange(port, bytes, patience) {
  const socket = await open(port);
  socket.write(bytes);
  return answerOf(socket, patience);
}
export const statusOf = (answer) => Number(answer.slice(9, 12));

/** Sends one record of a peer that proves itself; its status, 0 where nothing came. */
export async function send(gateway, body = order(`${Date.now()}-${Math.random()}`), media = 'application/json') {
  try {
    const answer = await fetch(gateway.url('/v1/peers/city-hotline/records'), {
      method: 'POST', body, signal: AbortSignal.timeout(20000),
      headers: { 'Content-Type': media, Authorization: `Bearer ${gateway.secret('hotline_push_token')}` },
    });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return 0;
  }
}
/** How long a peer that proves itself finds no way in by a new connection, in seconds. */
export async function shutOut(gateway, most) {
  const begin = Date.now();
  const body = order(`shut-out-${begin}`);
  const request = 'POST /v1/peers/city-hotline/records HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\n' +
    `Authorization: Bearer ${gateway.secret('hotline_push_token')}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  while (statusOf(await exchange(gateway.port, request, 5000)) !== 202 && Date.now() - begin < most * 1000) await wait(200);
  return (Date.now() - begin) / 1000;
}

export const marks = () => `timestamp=${Math.floor(Date.now() / 1000)}&nonce=1&signature=${'0'.repeat(40)}`;
/** Bodies of 16 MiB that lack their last byte, to a peer whose callers are proved by their body. */
export async function unendingBodies(gateway, count) {
  const body = Buffer.alloc((16 << 20) - 1, '1');
  return many(count, async () => {
    const socket = await open(gateway.port);
    socket.write(`POST /v1/peers/haozhoudao/callback?${marks()} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${16 << 20}\r\n\r\n`);
    await Promise.race([new Promise((resolve) => { socket.write(body, resolve); socket.once('close', resolve); }), wait(5000)]);
    return socket;
  });
}
export const end = (sockets) => sockets.forEach((socket) => socket.destroy());

/** What one request, or several at once, add to what is resident at most, in MiB. */
export async function cost(gateway, attack) {
  writeFileSync(`/proc/${gateway.process.pid}/clear_refs`, '5');
  const before = resident(gateway);
  const outcome = await attack();
  return { added: peak(gateway) - before, outcome };
}
const kilobytes = (gateway, name) =>
  Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(readFileSync(`/proc/${gateway.process.pid}/status`, 'utf8'))[1]);
export const resident = (gateway) => kilobytes(gateway, 'VmRSS') / 1024;
/** Most that was resident since the start, in MiB. */
export const peak = (gateway) => kilobytes(gateway, 'VmHWM') / 1024;

if (process.argv[1] === import.meta.filename) {
  const { Gateway } = await import('./gateway.mjs');
  const tell = (what, value) => console.log(`${what}: ${value}`);
  const fresh = async (attack) => {
    const gateway = await Gateway.start();
    try { await attack(gateway); } finally { await gateway.stop(); }
  };
  await fresh(async (gateway) => {
    const sockets = await unendingBodies(gateway, 17);
    tell('17 bodies without end: others shut out, s', (await shutOut(gateway, 90)).toFixed(1));
    end(sockets);
  });
  await fresh(async (gateway) => {
    const silent = (i) => open(gateway.port, '127.0.0.1', `127.0.1.${1 + i % 16}`);
    const sockets = await many(4300, silent);
    await wait(5000);  // what was open before them has gone
    sockets.push(...await many(200, silent));
    tell('4,300 silent connections: others shut out, s', (await shutOut(gateway, 120)).toFixed(1));
    end(sockets);
  });
  await fresh(async (gateway) => {
    const sockets = await many(2048, () => open(gateway.port));
    tell('2,048 silent connections of one address: others behind it shut out, s', (await shutOut(gateway, 120)).toFixed(1));
    end(sockets);
  });
  for (const count of [1, 4]) {
    await fresh(async (gateway) => {
      await send(gateway);
      const body = '[' + '1,'.repeat((16 << 19) - 2) + '1]';
      const begin = Date.now();
      const { added, outcome } = await cost(gateway, () => many(count, () => send(gateway, body)));
      tell(`${count} × 16 MiB of 1,1,1…: resident at most, MiB more`,
        `${added.toFixed(0)} (${outcome}, ${((Date.now() - begin) / 1000).toFixed(1)} s)`);
    });
  }
  await fresh(async (gateway) => {
    const sockets = await many(8, () => open(gateway.ports[1]));
    await wait(300);
    const begin = Date.now();
    const status = await gateway.command('status', '--data', `${gateway.dir}/data`);
    tell('8 silent callers of the admin port: `lianqiao status`',
      `exit ${status.code} after ${((Date.now() - begin) / 1000).toFixed(1)} s; ${status.err.trim()}`);
    end(sockets);
  });
  await fresh(async (gateway) => {
    const answer = await exchange(gateway.port, 'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}', 3000);
    tell('POST /', statusOf(answer));
  });
}
