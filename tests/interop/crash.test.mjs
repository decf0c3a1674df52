// The gateway and its Redis are killed in the middle of the work; the platforms' own counts are the judge.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Gateway, program, until } from './gateway.mjs';

const peers = ['city-hotline', 'haozhoudao', 'province', 'grid-platform'];
const kills = 4;

let gateway, mocks, said = '';
before(async () => {
  gateway = await Gateway.start();
  mocks = spawn(program, ['mock', '--config', gateway.config, '--gateway', gateway.url(), '--records', '1500',
    ...peers.flatMap((peer) => ['--peer', peer])]);
  mocks.stdout.on('data', (data) => { said += data; });
  mocks.stderr.on('data', (data) => { said += data; });
});
after(async () => {
  mocks?.kill('SIGKILL');
  await gateway?.stop();
});

const settled = async () => {
  const { totals } = await gateway.status();
  return totals.open === 0 ? totals : undefined;
};

test('killed in the middle, nothing that was answered is lost', async () => {
  let before = 0;
  for (let kill = 0; kill < kills; ++kill) {
    await until(async () => (await gateway.status()).totals.delivered > before + 200, 'work under way');
    before = (await gateway.status()).totals.delivered;
    if (kill % 2 === 1) {
      const pid = Number(readFileSync(`${gateway.dir}/data/redis/redis.pid`, 'utf8'));
      await gateway.crash();
      process.kill(pid, 'SIGKILL');
    } else {
      await gateway.crash();
    }
    await gateway.run();
  }
  await until(async () => (said.match(/has sent all/g) ?? []).length >= 2, 'all sent', 120000);
  let last;
  await until(async () => {
    const totals = await settled();
    const same = totals && last && totals.owed === last.owed;
    last = totals;
    if (totals && !same) await new Promise((resolve) => setTimeout(resolve, 2000));
    return same;
  }, 'settled', 120000);

  const closed = new Promise((resolve) => mocks.once('exit', resolve));
  mocks.kill('SIGTERM');
  await closed;
  const taken = said.split('\n').filter((line) => line.startsWith('{"peer"')).map((line) => JSON.parse(line));
  const distinct = taken.reduce((sum, each) => sum + each.distinct, 0);
  const doubled = taken.reduce((sum, each) => sum + each.doubled, 0);
  console.log(`accepted=${last.accepted} owed=${last.owed} delivered=${last.delivered} taken=${distinct} doubled=${doubled} kills=${kills}`);
  assert.equal(last.buried, 0);
  assert.equal(last.quarantined, 0);
  assert.equal(last.delivered, last.owed, 'every delivery owed was confirmed');
  assert.equal(distinct, last.owed, 'the platforms hold each one');
  // The one window: a platform took it, we died before writing that down. Bounded by what is in flight at a kill.
  assert.ok(doubled <= kills * 256, `${doubled} came twice`);
});
