// A fail-over drill: records flow evenly through a gateway over three redis-servers and three sentinels, while the primary is
// killed, frozen, and killed together with the gateway. The spool is on, as users have it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Book } from './book.mjs';
import { destinationsOf } from './county.mjs';
import { busy, wait, within } from './node.mjs';
import { Random } from './random.mjs';
import { Rig } from './rig.mjs';
import { PushSender } from './senders.mjs';
import { WatchedRedis } from './watched_redis.mjs';

const rate = 100;           // records a second
const patience = 30000;     // for what comes again after a fault
const takers = ['alpha', 'gamma'];
const away = 'beta';        // takes nothing for a while before each fault: what is lost with a primary must be seen
const missing = ['redis-server', 'redis-cli'].find((each) => spawnSync(each, ['--version']).status !== 0);

/** A book that remembers the times, too. */
class Diary extends Book {
  sent = new Map();  // uid → when first
  answers = [];      // {uid, at}
  arrivals = [];     // {peer, uid, at}, each thing once at each peer

  acknowledge(uid, verdict) {
    this.answers.push({ uid, at: performance.now() });
    super.acknowledge(uid, verdict);
  }
  take(peer, uid, ...how) {
    if (!this.taken.get(peer)?.has(uid)) this.arrivals.push({ peer, uid, at: performance.now() });
    super.take(peer, uid, ...how);
  }

  firstSentAfter(moment, list) { return list.find(({ uid }) => this.sent.get(uid) > moment)?.at; }
  longestGap(from) {
    const times = [from, ...this.answers.map(({ at }) => at).filter((at) => at > from), performance.now()];
    return Math.max(...times.slice(1).map((at, i) => at - times[i]));
  }
}

class EvenSender extends PushSender {
  async send(uids) {
    for (const uid of uids) this.book.sent.set(uid, performance.now());
    await super.send(uids);
  }
}

const book = new Diary(destinationsOf);
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
let rig, redis, senders = [], work, spooled = 0, watch;

before(async () => {
  if (missing) return;
  rig = await Rig.start({ book, redis: async (dir) => (redis = await WatchedRedis.start(dir)), edit: (files) => ({ ...files, ...redis.secrets }) });
  senders = [['h', 0.6], ['w', 0.4]].map(([letter, share]) => new EvenSender({ letter, lines: 60, rate: rate * share, random: new Random(1, letter), book, port: rig.port }));
  work = Promise.all(senders.map((each) => each.run(20, 1)));
  work.catch(() => {});  // they are abandoned where the test fails
  watch = setInterval(async () => { spooled = Math.max(spooled, (await rig.node.status().catch(() => undefined))?.spool?.requests ?? 0); }, 100);
});

after(async () => {
  clearInterval(watch);
  for (const sender of senders) sender.abandon();
  await rig?.stop();
  await work?.catch(() => {});
});

const resent = () => senders.reduce((sum, each) => sum + each.resent, 0);

/** Strikes the primary, tells what callers and peers saw of it, and gives the server that it was and how often callers had to
 *  send again. */
async function drill(what, strike) {
  const old = await redis.whole(patience);
  assert.ok(old, 'a primary with two replicas');
  rig.mocks[away].misbehave('error500', 1500, 1);
  await wait(1200);
  assert.ok(book.openCount() > 10, 'something acknowledged is not delivered yet');
  const [duplicates, again] = [book.duplicateCount, resent()];
  spooled = 0;
  const struck = performance.now();
  strike(old);
  const firsts = () => takers.map((peer) => book.firstSentAfter(struck, book.arrivals.filter((each) => each.peer === peer)));
  assert.ok(await within(patience, () => firsts().every(Boolean)), `nothing that was sent after "${what}" arrives`);
  assert.ok(await within(patience, async () => (await rig.node.status()).spool.requests === 0), 'the spool does not drain');
  const empty = performance.now() - struck;
  const arrived = firsts().map((at) => at - struck), times = resent() - again;
  console.log(`${what}: first answer after ${seconds(book.firstSentAfter(struck, book.answers) - struck)}, longest gap between answers `
    + `${seconds(book.longestGap(struck))}, first delivery of what was sent after ${seconds(Math.min(...arrived))}, at the last peer `
    + `${seconds(Math.max(...arrived))}, spool empty after ${seconds(empty)} (most requests in it: ${spooled}), `
    + `${book.duplicateCount - duplicates} delivered twice, ${times} requests sent again`);
  assert.ok(await within(patience, async () => { const now = await redis.primary(); return now && now !== old; }), 'the sentinels name another primary');
  return { old, times };
}

test('primaries are lost one after the other, and nothing that was acknowledged', { skip: missing && `${missing} is not installed`, timeout: 240000 }, async () => {
  const killed = await drill('killed primary', (primary) => primary.process.signal('SIGKILL'));
  assert.ok(spooled > 0, 'requests waited in the spool while Redis was away');
  killed.old.process.start();  // as the primary that it was, until a sentinel tells it otherwise
  const frozen = await drill('frozen primary', (primary) => primary.process.signal('SIGSTOP'));
  frozen.old.process.signal('SIGCONT');
  assert.equal(killed.times + frozen.times, 0, 'callers see nothing of a fail-over but a longer wait');
  assert.equal(rig.gateway.starts, 1, 'the gateway has lived through both');
  await drill('killed primary and gateway', (primary) => {
    primary.process.signal('SIGKILL');
    rig.gateway.signal('SIGKILL');
  });

  for (const sender of senders) sender.stop();
  const stopped = performance.now();
  await work;
  const calm = await rig.calm(busy() ? 180000 : 60000);
  const drained = performance.now() - stopped;
  const { acked, delivered, exceptions, lost, doubled, outOfOrder, damaged } = await rig.judge();
  console.log(`acked=${acked} delivered=${delivered} exceptions=${exceptions} lost=${lost.length} out_of_order=${outOfOrder.length} `
    + `duplicates=${book.duplicateCount} drained in ${seconds(drained)}`);
  for (const { id } of lost.slice(0, 3)) console.log(rig.node.trail(id));
  const log = () => `the gateway said:\n${readFileSync(rig.gateway.log, 'utf8').split('\n').slice(-100).join('\n')}`;
  assert.ok(calm, `not drained; ${log()}`);
  assert.deepEqual({ lost, doubled, outOfOrder, damaged, strange: book.strange }, { lost: [], doubled: [], outOfOrder: [], damaged: [], strange: [] });
  assert.equal(rig.gateway.failed, undefined);
  assert.ok(acked > rate * 10, 'records were flowing');
});
