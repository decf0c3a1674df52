// Plays the rows that are asked for, two at a time, and tells at the end what became of each.
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { program } from '../interop/gateway.mjs';
import { County } from './county.mjs';

const folder = path.dirname(new URL(import.meta.url).pathname);
const limit = 60000;  // of one row, in ms
const all = readdirSync(folder).map((name) => /^row_(\d+)\.mjs$/.exec(name)?.[1]).filter(Boolean).map(Number).sort((a, b) => a - b);
const asked = process.argv.slice(2);
const unknown = asked.filter((word) => !all.includes(Number(word)));
if (unknown.length > 0) {
  console.error(`There is no scenario of row ${unknown.join(', ')}; there are those of ${all.join(', ')}.`);
  process.exit(2);
}
if (!existsSync(program)) {
  console.error(`${program} is not built: tests/run builds it, or set LIANQIAO_PROGRAM.`);
  process.exit(2);
}

async function play(row) {
  const { note, play: scenario } = await import(pathToFileURL(path.join(folder, `row_${row}.mjs`)));
  const begun = Date.now();
  const county = new County(row);
  let late;
  try {
    await county.start();
    const tooLate = new Promise((_, reject) => { late = setTimeout(() => reject(new Error(`not played within ${limit} ms`)), limit); });
    await Promise.race([scenario(county), tooLate]);
    county.proveNothingTypedTwice();
    console.log(`row ${row}: played in ${((Date.now() - begun) / 1000).toFixed(1)} s`);
    return { row, ok: true, line: `row ${row}: ok${note ? ` (${note})` : ''}` };
  } catch (error) {
    const ended = county.gateway?.ended ?? null;
    const why = ended === null ? error.message.split('\n')[0] : `the gateway ended with ${ended}`;
    console.error(`row ${row}: ${why}: ${error.stack}\n${county.log().slice(-4000)}`);
    return { row, ok: false, line: `row ${row}: failed: ${why}` };
  } finally {
    clearTimeout(late);
    await county.stop();
  }
}

const waiting = asked.length > 0 ? [...new Set(asked.map(Number))] : [...all];
const results = [];
const lane = async () => { for (let row = waiting.shift(); row !== undefined; row = waiting.shift()) results.push(await play(row)); };
await Promise.all([lane(), lane()]);
for (const { line } of results.sort((a, b) => a.row - b.row)) console.log(line);
process.exit(results.every(({ ok }) => ok) ? 0 : 1);
