// How late reminders are when very many things come due at once: GATEWAY=…/lianqiao node deadlines.mjs [THINGS [RUNS]]
// So many alerts that happened at one moment come in; their limit of a minute is over for all of them at once, and each is
// told to a platform over HTTP, in requests of 100. Of each run: how long behind that moment the last reminder was there.
import { spawn } from 'node:child_process';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort, sleep } from './processes.mjs';

const program = process.env.GATEWAY;
const things = Number(process.argv[2] ?? 10_000), runs = Number(process.argv[3] ?? 5);
const limit = 60_000, batch = 100, connections = 8;
if (!program) throw new Error('GATEWAY names no program');

const seen = new Set();
let reminders = 0;
const duty = http.createServer(async (request, response) => {
  let text = '';
  for await (const chunk of request) text += chunk;
  for (const one of [JSON.parse(text)].flat()) {
    ++reminders;
    seen.add(one.key);
  }
  response.writeHead(200).end('{}');
});
await new Promise((resolve) => duty.listen(0, '127.0.0.1', resolve));

const work = mkdtempSync(path.join(tmpdir(), 'lianqiao-deadlines-'));
const config = path.join(work, 'config');
const write = (name, text) => {
  mkdirSync(path.dirname(path.join(config, name)), { recursive: true });
  writeFileSync(path.join(config, name), text, { mode: 0o600 });
};
const port = await freePort();
write('lianqiao.yaml', `data: ../data\nadapters: [webhook]\nlisten: {peers: {address: 127.0.0.1, port: ${port}}, admin: {address: 127.0.0.1, port: 0}}\n`);
write('secrets/token', 'a-token-for-the-bench');
write('peers/cameras.yaml', 'adapter: webhook\nauth: {kind: token, tokens: ["${file:secrets/token}"]}\ninbound: {mappings: [alert_in], rate: 100000/s}\n');
write('peers/archive.yaml', 'adapter: webhook\nauth: {kind: none}\noutbound: {pull: true}\n');
write('peers/duty.yaml', `adapter: webhook\nsettings: {url: "http://127.0.0.1:${duty.address().port}/"}\n`
  + `outbound: {mappings: [reminder_out], batch: ${batch}, concurrency: 8}\n`);
write('mappings/alert_in.yaml', 'mapping: alert_in\ndirection: inbound\ntype: alert\nrecord: {key: no, sourceid: no, time: at}\nfields:\n'
  + '  alertId: {from: no, required: true}\n  alertType.code: {const: fire}\n  occurredTime: {from: at, time: auto, required: true}\n'
  + '  status.code: {const: raised}\nrest: sourceFields\n');
write('mappings/reminder_out.yaml', 'mapping: reminder_out\ndirection: outbound\ntype: [reminder]\nfields: {key: data.key, stage: data.stage}\n');
write('routes.yaml', 'routes:\n  - {name: alerts, when: {type: alert}, to: [archive]}\n  - {name: late, when: {type: reminder}, to: [duty]}\n');
write('calendar.yaml', 'zone: "+08:00"\nhours: ["08:30-12:00"]\nyears: {2026: {source: bench, holidays: [2026-01-01]}}\n');
write('deadlines.yaml', `deadlines:\n  - {name: look, source: bench, type: alert, step: accepted, start: receipt, limit: ${limit / 1000} s}\n`);

const gateway = spawn(program, ['run', '--config', config], { stdio: ['ignore', 'inherit', 'pipe'] });
let log = '';
gateway.stderr.on('data', (data) => { log += data; });
const ready = async () => (await fetch(`http://127.0.0.1:${port}/health`).catch(() => ({}))).ok;
for (let waited = 0; !(await ready()); waited += 50) {
  if (waited > 20_000 || gateway.exitCode !== null) throw new Error(`the gateway does not start:\n${log}`);
  await sleep(50);
}

async function send(run, at) {
  const bodies = [];
  for (let first = 0; first < things; first += batch) {
    const lines = Array.from({ length: Math.min(batch, things - first) },
      (_, i) => JSON.stringify({ no: `R${run}-${first + i}`, at: new Date(at).toISOString() }));
    bodies.push(lines.join('\n'));
  }
  await Promise.all(Array.from({ length: connections }, async () => {
    for (let body = bodies.pop(); body; body = bodies.pop()) {
      const answer = await fetch(`http://127.0.0.1:${port}/v1/peers/cameras/records`, {
        method: 'POST', body, headers: { 'Authorization': 'Bearer a-token-for-the-bench', 'Content-Type': 'application/x-ndjson' },
      });
      if (answer.status !== 202) throw new Error(`refused: ${answer.status} ${await answer.text()}`);
    }
  }));
}

const late = [];
for (let run = 0; run < runs; ++run) {
  // So that all are in well before they are due.
  const due = Date.now() + 5_000 + things;
  await send(run, due - limit);
  const accepted = Date.now();
  if (accepted > due) throw new Error('this machine is too slow for so many');
  while (seen.size < things * (run + 1)) {
    if (Date.now() > due + 120_000) throw new Error(`${seen.size - things * run} of ${things} are told`);
    await sleep(5);
  }
  late.push((Date.now() - due) / 1000);
}
late.sort((one, other) => one - other);
console.log(`${things} deadlines at one moment, ${runs} runs: the last was told ${late[runs >> 1].toFixed(2)} s behind it `
  + `(${late[0].toFixed(2)}..${late.at(-1).toFixed(2)}); ${reminders - seen.size} came twice`);
gateway.kill('SIGTERM');
await new Promise((resolve) => gateway.once('exit', resolve));
duty.close();
rmSync(work, { recursive: true, force: true });
