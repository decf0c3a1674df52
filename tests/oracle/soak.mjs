// tests/soak: numbered records through a gateway to which everything happens; says what was lost, doubled or out of order.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Phase } from './phase.mjs';

const usage = `usage: tests/soak --minutes N [--seed S] [--rate R] [--profile own|managed|both] [--only RE] [--stumble] [--keep]
  --minutes   how long faults happen, shared between the profiles
  --seed      the same seed gives the same plan of faults (default: out of the clock)
  --rate      records a second from all senders together (default 60)
  --profile   own: a Redis behind a proxy that cuts and delays; managed: the gateway's own, full disk, clock jumps
  --only      only kinds of faults that match
  --stumble   some records make an adapter crash the process or hang
  --keep      keep the directory in any case`;

function optionsOf(words) {
  const options = { minutes: undefined, seed: Math.floor(Date.now() / 1000), rate: 60, profile: 'both', only: undefined, stumble: false, keep: false };
  for (let i = 0; i < words.length; ++i) {
    const name = words[i].replace(/^--/, '');
    if (name === 'keep' || name === 'stumble') options[name] = true;
    else if (name in options && words[i].startsWith('--') && words[i + 1] !== undefined) options[name] = words[++i];
    else return undefined;
  }
  for (const name of ['minutes', 'seed', 'rate']) {
    options[name] = Number(options[name]);
    if (!(options[name] > 0)) return undefined;
  }
  if (!['own', 'managed', 'both'].includes(options.profile)) return undefined;
  if (options.only) options.only = new RegExp(options.only);
  return options;
}

const options = optionsOf(process.argv.slice(2));
if (!options) {
  console.error(usage);
  process.exit(2);
}

const dir = mkdtempSync(path.join(tmpdir(), 'lianqiao-soak-'));
const names = options.profile === 'both' ? ['own', 'managed'] : [options.profile];
const sum = { acked: 0, delivered: 0, exceptions: 0, lost: 0, out_of_order: 0, duplicates: 0, faults: 0 };
const terminal = process.stdout.isTTY;
let failed = false, spoke = 0, phase;

function say(line) { console.log(`${terminal ? '\r\x1b[K' : ''}${line}`); }
function fail(line) {
  failed = true;
  say(`FAILED: ${line}`);
}

function progress({ name, book, hands, last, healed, senders }) {
  if (Date.now() - spoke < (terminal ? 500 : 5000)) return;
  spoke = Date.now();
  const resent = senders.reduce((all, { resent }) => all + resent, 0);
  const line = `${name}: ${healed ? 'calm' : last ?? '-'} acked=${book.acknowledged.size} deliveries=${book.deliveries} duplicates=${book.duplicateCount} resent=${resent} faults=${hands.count}`;
  if (terminal) process.stdout.write(`\r\x1b[K${line}`);
  else console.log(line);
}

const list = (counts) => [...counts].sort().map(([what, n]) => `${what}=${n}`).join(' ') || 'none';

function report(phase, verdict) {
  const { book, hands, node } = phase;
  say(`${phase.name}: drained ${(phase.drained / 1000).toFixed(1)} s after the faults; gateway started ${phase.gateway.starts} times; ` +
    `faults: ${list(hands.byKind)}`);
  say(`${phase.name}: up to ${phase.spooled} requests waited in the spool while Redis was away`);
  say(`${phase.name}: ${phase.remembered} records stand in the history`);
  say(`${phase.name}: duplicates after: ${list(book.duplicates)}; exceptions: ${list(verdict.causes)}`);
  if (phase.late) fail(phase.late);
  const show = (what, found, line) => {
    if (found.length === 0) return;
    fail(`${found.length} ${what}`);
    for (const each of found.slice(0, 5)) say(`  ${line(each)}`);
  };
  const story = (id) => (id ? `\n${node.trail(id)}` : '');
  show('lost', verdict.lost, ({ uid, id, missing }) => `${uid} (${id ?? 'no id told'}) is missing at ${missing.join(', ')}${story(id ?? uid)}`);
  show('out of order', verdict.outOfOrder, ({ peer, uid, behind }) => `${uid} came to ${peer} after revision ${behind}${story(book.acknowledged.get(uid)?.id ?? uid)}`);
  show('doubled: one thing as several records', verdict.doubled, ({ peer, uid, keys }) => `${uid} at ${peer} as ${keys.join(' and ')}`);
  show('damaged', verdict.damaged, ({ peer, uid, what }) => `${uid} at ${peer}: ${what}`);
  show('illegal steps', verdict.steps, (each) => each);
  show('wrong in the history', verdict.history, (each) => each);
  show('strange answers', book.strange, (each) => each);
  const away = phase.name === 'own' && phase.plan.some(({ kind }) => ['redis:kill', 'wire:refuse'].includes(kind));
  if (away && phase.spooled === 0) fail('nothing was seen in the spool: intake without Redis was not walked');
  if (book.duplicateCount === 0) fail('no duplicate was seen: the documented window was not walked');
}

async function runPhase(name) {
  const folder = path.join(dir, name);
  mkdirSync(folder);
  phase = new Phase({ name, dir: folder, seed: options.seed, rate: options.rate, duration: (options.minutes * 60000) / names.length,
    only: options.only, poison: options.stumble, say, progress });
  try {
    await phase.open();
    writeFileSync(path.join(folder, 'plan.json'), phase.plan.map((fault) => JSON.stringify(fault)).join('\n'));
    await phase.run();
    await phase.drain();
    const verdict = await phase.judge();
    report(phase, verdict);
    sum.acked += verdict.acked;
    sum.delivered += verdict.delivered;
    sum.exceptions += verdict.exceptions;
    sum.lost += verdict.lost.length;
    sum.out_of_order += verdict.outOfOrder.length;
  } catch (error) {
    fail(error.stack);
  }
  sum.duplicates += phase.book?.duplicateCount ?? 0;
  sum.faults += phase.hands?.count ?? 0;
  if (await phase.close() !== 0) fail(`${name}: the gateway did not end by itself after SIGTERM`);
  if (!failed && !options.keep) phase.remove();
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    await phase?.close();
    phase?.remove();
    process.exit(130);
  });
}

for (const name of names) await runPhase(name);
if (failed || options.keep) say(`kept: ${dir}`);
console.log(Object.entries(sum).map(([name, n]) => `${name}=${n}`).join(' ') + ` seed=${options.seed}`);
process.exit(failed ? 1 : 0);
