// A counter that changes alone is held; what a person releases goes out, through the whole program.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { Gateway, until } from './gateway.mjs';

let gateway, platform;
const keys = [];  // idempotency keys, as they came

before(async () => {
  gateway = await Gateway.start((each) => {
    // Nothing is owed to the province here.
    each.rewrite('routes.yaml', (text) => text.replace('to: [province, grid-platform]', 'to: [grid-platform]'));
    platform = http.createServer((request, response) => {
      keys.push(request.headers['idempotency-key']);
      request.resume().on('end', () => response.end('{"code":"0"}'));
    }).listen(each.ports[5], '127.0.0.1');
  });
});
after(async () => {
  await gateway?.stop();
  platform?.closeAllConnections();
  platform?.close();
});

const command = (name, ...words) => gateway.command(name, '--data', `${gateway.dir}/data`, ...words);
const push = async (id, views) => {
  const answer = await fetch(gateway.url('/v1/peers/city-hotline/records'), {
    method: 'POST',
    headers: { 'Authorization': `Bearer ${gateway.secret('hotline_push_token')}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({
      caseguid: id, serialnum: id, rqsttitle: '路灯不亮', rqstcontent: '坏了', accordtypecode: '0101', rqstsource: '来电',
      rqstperson: '王小明', linkphone: '13800008000', rqsttime: '2026-03-09 08:05:07', views,
    }),
  });
  assert.equal(answer.status, 202);
  return (await answer.json()).items[0];
};
const delivered = (count) => until(async () => {
  const { totals } = await gateway.status();
  return totals.open === 0 && totals.delivered === count;
}, `${count} are delivered`);

test('what status names as held goes out with the command, as it is now', async () => {
  let count = 0;
  for (const id of ['C1', 'C2']) {
    for (const views of ['1', '2']) {
      assert.equal((await push(id, views)).duplicate, false);
      await delivered(++count);
    }
    for (const views of ['3', '4']) assert.equal((await push(id, views)).duplicate, true, `${id} ${views}`);
  }
  assert.match((await command('status')).out, /city-hotline: `views` changes alone again and again; 4 changes/);

  const asked = await command('release', 'city-hotline', 'views');
  assert.equal(asked.code, 0, asked.err);
  assert.match(asked.out, /^city-hotline: 2 things had changed in views since they were delivered/);
  await delivered(6);
  assert.doesNotMatch((await command('status')).out, /changes alone/);
  const { out } = await command('trail', '--raw', 'C1');
  assert.match(out, /\\?"views\\?":\\?"4/, 'the last of its records says what it is now');
  assert.equal(new Set(keys).size, 6, 'each delivery has a key of its own');
});

test('the same again is a duplicate, the next change is delivered', async () => {
  assert.equal((await push('C1', '4')).duplicate, true);
  assert.equal((await push('C1', '5')).duplicate, false);
  const again = JSON.parse((await command('release', '--format', 'json', 'city-hotline', 'views')).out);
  assert.deepEqual(again, { peer: 'city-hotline', path: 'views', delivered: 0 });
});

test('what is not held is refused by name', async () => {
  const { code, err } = await command('release', 'city-hotline', 'rqsttitle');
  assert.equal(code, 1);
  assert.match(err, /no leaf of that path is held/);
});
