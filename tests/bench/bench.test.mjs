// How the programs that are measured are started and ended.
import assert from 'node:assert';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const work = mkdtempSync(path.join(tmpdir(), 'lianqiao-bench-test-'));
after(() => rmSync(work, { recursive: true, force: true }));

/// Command lines of running processes that name the folder.
function running(folder) {
  return readdirSync('/proc').filter((entry) => /^\d+$/.test(entry)).flatMap((pid) => {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return line.includes(folder) ? [line.replaceAll('\0', ' ')] : [];
    } catch { return []; }
  });
}

test('what was started before a program that does not come up ends with it', async () => {
  process.env.CEILING = '/bin/false';
  const { programs } = await import('./programs.mjs');
  await assert.rejects(programs['ceiling plain']({ work, sink: 1, batch: 1, deliver: true }), /did not get ready/);
  assert.deepEqual(running(work), []);
});

test('a relative folder of work is found by programs that change theirs', () => {
  // One gateway of three on a Redis of the run's own, which changes into its folder; the gateway is what fails.
  const tools = path.join(work, 'tools');
  mkdirSync(tools);
  writeFileSync(path.join(tools, 'sink'), '#!/bin/sh\necho 1\nexec sleep 60\n', { mode: 0o755 });
  const words = ['--scale', '--only', 'nodes', '--rounds', '1', '--gateway', '/bin/false', '--tools', 'tools', '--work', '.'];
  const { status, stderr } = spawnSync(path.join(here, 'run'), words, { cwd: work, encoding: 'utf8' });
  assert.equal(status, 1, stderr);
  assert.match(stderr, /\/false did not get ready/);
  assert.deepEqual(readdirSync(work).filter((name) => name.startsWith('lianqiao-')), []);
  assert.deepEqual(running(work), []);
});
