// A platform that answers each request and 20 ms later once more: no record's receipt is the answer of another.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { Gateway, until } from './gateway.mjs';

const records = 60;
let gateway, platform;

const answer = (id) => {
  const body = JSON.stringify({ code: '0', data: { id } });
  return `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
};

/** Answers with the id of the order that was asked about, then with a stale one. */
function serve(socket) {
  let received = '';
  socket.on('error', () => {});
  socket.on('data', (data) => {
    received += data;
    const end = received.indexOf('\r\n\r\n');
    const length = Number(/content-length: (\d+)/i.exec(received)?.[1] ?? 0);
    if (end < 0 || Buffer.byteLength(received) < Buffer.byteLength(received.slice(0, end + 4)) + length) return;
    socket.write(answer(`own-${/case\/(\w+)"/.exec(received)?.[1]}`));
    received = '';
    setTimeout(() => socket.writable && socket.write(answer('stale')), 20);
  });
}

before(async () => {
  gateway = await Gateway.start((each) => {
    // Nothing is owed to the province here.
    each.rewrite('routes.yaml', (text) => text.replace('to: [province, grid-platform]', 'to: [grid-platform]'));
    platform = net.createServer(serve).listen(each.ports[5], '127.0.0.1');
  });
});
after(async () => {
  await gateway?.stop();
  platform?.close();
});

test('each record has the receipt that the platform gave for it', async () => {
  const ids = [];
  for (let i = 0; i < records; ++i) {
    const taken = await fetch(gateway.url('/v1/peers/city-hotline/records'), {
      method: 'POST',
      headers: { 'Authorization': `Bearer ${gateway.secret('hotline_push_token')}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ caseguid: `B${i}`, serialnum: `S${i}`, rqsttitle: '路灯不亮', rqstcontent: '坏了三天', accordtypecode: '0101',
        rqstsource: '来电', rqsttime: '2026-03-09 08:05:07' }),
    });
    ids.push((await taken.json()).items[0].id);
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
  await until(async () => (await gateway.counts('grid-platform')).out.delivered === records, 'all delivered');
  let wrong = 0;
  for (const [i, id] of ids.entries()) {
    const { out } = await gateway.command('trail', '--data', `${gateway.dir}/data`, '--format', 'json', id);
    const { receipt } = JSON.parse(out).records[0].deliveries.find(({ peer }) => peer === 'grid-platform');
    wrong += receipt === `own-B${i}` ? 0 : 1;
  }
  assert.equal(wrong, 0, `${wrong} of ${records} records have the receipt of another answer`);
});
