// What a load generator sends to a gateway, and what arrives at its sink.
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { getJson, output, sleep, start } from './processes.mjs';

const here = path.dirname(new URL(import.meta.url).pathname);
const { WORK, TOOLS } = process.env;

/// Fails where one was refused.
export async function send(target, count, first, { batch = 1, connections = 32 } = {}) {
  const words = [target.port, target.path(batch), path.join(here, 'order.json'), count, connections, batch, first, ...target.headers];
  const report = JSON.parse(await output(path.join(TOOLS, 'load'), words.map(String)));
  if (report.refused > 0 || report.records < count) throw new Error(`${report.refused} requests were refused, the first with status ${report.refusal}.`);
  return report;
}

/// What the sink has seen once that is `wanted` different records.
export async function arrived(sink, wanted) {
  for (let seen = -1, still = 0; ; still += 10) {
    const now = await getJson(sink, '/stats');
    if (now.distinct >= wanted) return now;
    if (now.distinct > seen) still = 0;
    if (still > 60_000) throw new Error(`Of ${wanted} records only ${now.distinct} reached the sink.`);
    seen = now.distinct;
    await sleep(10);
  }
}

let folders = 0;
/// Runs `body(folder, keep)`; what was given to `keep` ends with it, the last first.
export async function inFolder(body) {
  const work = path.join(WORK, `${folders++}`);
  mkdirSync(work);
  const running = [];
  try {
    return await body(work, (program) => { running.push(program); return program; });
  } finally {
    for (const program of running.reverse()) await program.stop();
    rmSync(work, { recursive: true, force: true });
  }
}
export const startSink = (port = 0) => start(path.join(TOOLS, 'sink'), [String(port)], /^\d+$/);

