// Ledgers written by SheetJS; what became of each row stands beside the file.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Gateway, until } from './gateway.mjs';

const XLSX = createRequire(import.meta.url)('xlsx');

let gateway;
before(async () => {
  gateway = await Gateway.start((each) => {
    mkdirSync(each.drop, { recursive: true });
    each.rewrite('peers/town-ledger.yaml', (text) => text.replace(/^( *)settle_time: .*/m, '$1settle_time: 500ms\n$1give_up_time: 2s'));
  });
});
after(() => gateway?.stop());

const head = ['留言编号', '留言用户', '留言主题', '留言时间', '留言详情', '一级标签'];

function drop(name, data) {
  writeFileSync(path.join(gateway.dir, 'half'), data);
  renameSync(path.join(gateway.dir, 'half'), path.join(gateway.drop, name));
}

async function resultOf(name) {
  return until(async () => readFileSync(path.join(gateway.drop, `${name}.result.csv`), 'utf8'), `result of ${name}`);
}

test('a workbook of SheetJS with text and true dates', async () => {
  const sheet = XLSX.utils.aoa_to_sheet([head,
    [1, 'A1', '路灯不亮', '2026/3/2 8:05:09', '路灯\n坏了', '城乡建设'],
    [2, 'A2', '噪声', new Date(Date.UTC(2026, 2, 3, 10, 0, 0)), '夜间施工', '环境保护'],
    [3, 'A3', '时间不对', '2026/13/3 8:00:00', '月份不存在', '环境保护']], { UTC: true });
  const book = XLSX.utils.book_new();
  XLSX.utils.book_append_sheet(book, sheet, '台账');
  drop('台账 一.xlsx', XLSX.write(book, { type: 'buffer', bookType: 'xlsx' }));
  const result = await resultOf('台账 一.xlsx');
  const rows = result.trim().split(/\r?\n/);
  assert.equal(rows.length, 4, result);
  const { in: counts } = await gateway.counts('town-ledger');
  assert.equal(counts.accepted, 2);
  assert.equal(counts.quarantined, 1);
});

test('the same rows as CSV are known again', async () => {
  drop('again.csv', '\ufeff' + [head, [1, 'A1', '路灯不亮', '2026/3/2 8:05:09', '"路灯\n坏了"', '城乡建设']].map((row) => row.join(',')).join('\r\n') + '\r\n');
  await resultOf('again.csv');
  const { in: counts } = await gateway.counts('town-ledger');
  assert.equal(counts.duplicates, 1);
  assert.equal(counts.accepted, 2);
});

test('a broken lease (SIGIO) does not end the gateway', async () => {
  gateway.process.kill('SIGIO');
  drop('after SIGIO.csv', '\ufeff' + [head, [9, 'A9', '路灯不亮', '2026/3/9 8:05:09', '路灯坏了', '城乡建设']].map((row) => row.join(',')).join('\r\n') + '\r\n');
  await resultOf('after SIGIO.csv');
  assert.equal(gateway.process.signalCode, null);
});

test('what is no workbook is named, not dropped', async () => {
  drop('broken.xlsx', Buffer.from('PK\u0003\u0004 this is no workbook'));
  await until(async () => (await gateway.counts('town-ledger')).in.quarantined === 2, 'the exception');
});

test('what nobody reads is named in the status, and that ends when it has gone', async () => {
  const peer = () => gateway.counts('town-ledger');
  const { exceptions } = await peer();
  drop('minutes.docx', 'PK');
  drop('~$minutes.docx', 'lock');
  await until(async () => {
    const now = await peer();
    return now.in.unread === `${gateway.drop}: 1 is not read: minutes.docx fits no pattern` && now.exceptions === exceptions + 1;
  }, 'the file in the status, with its exception');
  unlinkSync(path.join(gateway.drop, 'minutes.docx'));
  await until(async () => {
    const now = await peer();
    return now.in.unread === undefined && now.exceptions === exceptions;
  }, 'the end of both');
});

// It was one of many exceptions: who looked at the status saw a peer in which all is well.
// Rule: what was not read of a file stands in the status until somebody has settled it.
test('a sheet or a table without the header is named in the status until its exception is closed', async () => {
  const book = XLSX.utils.book_new();
  const rows = [head, [21, 'B1', '路灯不亮', '2026/3/2 8:05:09', '路灯坏了', '城乡建设']];
  XLSX.utils.book_append_sheet(book, XLSX.utils.aoa_to_sheet([['填报说明'], ['周五前报送']]), '封面');
  XLSX.utils.book_append_sheet(book, XLSX.utils.aoa_to_sheet(rows), '台账');
  drop('三月.xlsx', XLSX.write(book, { type: 'buffer', bookType: 'xlsx' }));
  drop('无表头.csv', '\ufeff22,B2,噪声,2026/3/2\r\n');
  const files = async () => (await gateway.counts('town-ledger')).unread_files ?? [];
  const named = async (origin) => (await files()).find((file) => file.origin === origin);
  for (const origin of ['三月.xlsx, sheet 封面', '无表头.csv', 'broken.xlsx']) {
    const { exception } = await until(() => named(origin), `${origin} in the status`);
    const text = () => gateway.command('status', '--data', `${gateway.dir}/data`);
    assert.ok((await text()).out.includes(`${origin} (exception ${exception})`), (await text()).out);
    const closed = await gateway.command('close', '--data', `${gateway.dir}/data`, exception, '--reason', 'dropped again');
    assert.equal(closed.code, 0, closed.err);
    assert.ok(!(await text()).out.includes(origin));
  }
  assert.deepEqual(await files(), []);
});
