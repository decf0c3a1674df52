// The days of 2026 by a package that we did not write. The gateway's own calendar is compared with the same table in
// tests/gateway/lifecycle.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import chineseDays from 'chinese-days';

const table = new URL('../gateway/lifecycle/days_2026.txt', import.meta.url);

test('the table of 2026 is what chinese-days says', () => {
  const lines = [];
  for (let day = Date.UTC(2026, 0, 1); day < Date.UTC(2027, 0, 1); day += 86_400_000) {
    const date = new Date(day).toISOString().slice(0, 10);
    lines.push(`${date} ${chineseDays.isWorkday(date) ? 'working' : 'off'}`);
  }
  assert.equal(lines.length, 365);
  assert.deepEqual(readFileSync(table, 'utf8').trimEnd().split('\n').filter((line) => !line.startsWith('#')), lines);
});
