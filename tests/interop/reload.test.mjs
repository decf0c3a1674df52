// The changed configuration of the running program: by command and by signal, with exit codes and log.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gateway, until } from './gateway.mjs';

let gateway;
before(async () => { gateway = await Gateway.start(); });
after(() => gateway?.stop());

const reload = (...more) => gateway.command('reload', '--data', `${gateway.dir}/data`, ...more);
const push = async (token) => (await fetch(gateway.url('/v1/peers/grid-platform/records'), {
  method: 'POST',
  headers: { 'Authorization': `Bearer ${token}`, 'Content-Type': 'application/json' },
  body: '{}',
})).status;

test('nothing changed: exit 0 and says so', async () => {
  const { code, out } = await reload();
  assert.equal(code, 0, out);
  assert.match(out, /6 peers unchanged/);
});

test('a changed secret is in force after the command', async () => {
  gateway.writeSecret('grid_new', 'another-token');
  gateway.rewrite('peers/grid-platform.yaml', (text) => text.replace('secrets/grid_push_token.example', 'secrets/grid_new'));
  const { code, out } = await reload();
  assert.equal(code, 0, out);
  assert.match(out, /^grid-platform: applied$/m);
  assert.equal(await push('another-token'), 422, 'let in, and its item quarantined');
  assert.equal(await push(gateway.secret('grid_push_token')), 401);
});

test('a broken peer: exit 1, with its place, the others applied', async () => {
  gateway.rewrite('peers/haozhoudao.yaml', (text) => text + 'colour: red\n');
  gateway.rewrite('peers/grid-platform.yaml', (text) => text.replace('title: ', 'title: 新'));
  const { code, out } = await reload();
  assert.equal(code, 1, out);
  assert.match(out, /^haozhoudao: refused/m);
  assert.match(out, /^ {2}peers\/haozhoudao\.yaml:\d+:\d+: /m);
  assert.match(out, /^grid-platform: applied$/m);
  const json = JSON.parse((await reload('--format', 'json')).out);
  assert.equal(json.complete, false);
  assert.equal(json.peers.find(({ name }) => name === 'haozhoudao').errors[0].file, 'peers/haozhoudao.yaml');
});

test('SIGHUP does the same and tells the log', async () => {
  gateway.rewrite('peers/haozhoudao.yaml', (text) => text.replace('colour: red\n', '').replace('title: ', 'title: 又'));
  gateway.log = '';
  gateway.process.kill('SIGHUP');
  await until(async () => gateway.log.includes('The new configuration is in force.'), 'reloaded by signal');
  assert.match(gateway.log, /"peer":"haozhoudao"[^\n]*applied/);
  gateway.rewrite('routes.yaml', (text) => text + '  - {name: broken}\n');
  gateway.process.kill('SIGHUP');
  await until(async () => gateway.log.includes('Nothing of the new configuration is applied.'), 'refused by signal');
  assert.match(gateway.log, /routes\.yaml:\d+:\d+/);
  assert.equal((await fetch(gateway.url('/health'))).status, 200);
});

test('wrong words and no gateway: exit 2', async () => {
  assert.equal((await reload('--frmat', 'json')).code, 2);
  assert.equal((await gateway.command('reload', '--data', `${gateway.dir}/nothing`)).code, 2);
});
