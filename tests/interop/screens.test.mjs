// What others control reaches no terminal as a control, and tells nobody who a person is: every command, the log,
// the metrics and the admin API, while senders, platforms and files put controls and numbers of persons
// wherever they can.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Gateway, until } from './gateway.mjs';

const phone = '13800008000';
const card = '411702199001010016';
// Written in the ways that people write them, each for one place.
const ways = [phone, '+86 138-0000-8000', '138 0000 8000', '１３８００００８０００', '138\u20140000\u20148000', card, '411702 1990-01-01 0016'];
const controls = '\u001b[2J\u001b]0;t\u0007\u009b31m\u007f\u0085\u202e\u2066\u200f\u061c\u2028';
const hostile = (what, way = 0) => `${what}${controls}${ways[way]}\nFORGED LINE\r\n`;

let gateway, platform;
const answers = { grid: () => ({ code: '0' }), province: () => ({ code: '0' }) };

before(async () => {
  gateway = await Gateway.start((each) => {
    mkdirSync(each.drop, { recursive: true });
    each.rewrite('peers/town-ledger.yaml', (text) => text.replace(/^( *)settle_time: .*/m, '$1settle_time: 500ms\n$1give_up_time: 2s'));
    each.rewrite('peers/province.yaml', (text) => text.replace(/^ *key_refresh: .*\n/m, '').replace('appkey: ', 'secret: '));
    const serve = (name) => (request, response) => {
      request.resume().on('end', () => response.end(JSON.stringify(answers[name]())));
    };
    // Ports of province and grid-platform in the example county.
    platform = [http.createServer(serve('province')).listen(each.ports[4], '127.0.0.1'),
      http.createServer(serve('grid')).listen(each.ports[5], '127.0.0.1')];
  });
});
after(async () => {
  await gateway?.stop();
  for (const server of platform ?? []) { server.closeAllConnections(); server.close(); }
});

// Controls that a terminal obeys or that reorder what it shows; our own line ends aside.
// eslint-disable-next-line no-control-regex
const driving = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffd]/u;

function checkControls(where, text) {
  const at = text.search(driving);
  assert.equal(at, -1, `${where} lets U+${text.codePointAt(at)?.toString(16)} through: ${JSON.stringify(text.slice(Math.max(0, at - 80), at + 40))}`);
}

function checkPersons(where, text) {
  const digits = text.normalize('NFKC').replace(/\\u20(14|0b)|\\n|[\s\-\u2010-\u2015.·()]/g, '');
  for (const number of [phone, card]) {
    const at = digits.indexOf(number);
    assert.equal(at, -1, `${where} tells a number of a person: …${digits.slice(Math.max(0, at - 60), at + 30)}`);
  }
}

async function look(...args) {
  const { code, out, err } = await gateway.command(...args);
  for (const [name, text] of [['stdout', out], ['stderr', err]]) {
    const where = `lianqiao ${args[0]} (${name})`;
    checkControls(where, text);
    if (args[0] !== 'map') checkPersons(where, text);  // a sample file is shown to whom it belongs to
    if (!args.includes('json')) assert.doesNotMatch(text, /^\s*FORGED LINE/m, `${where} lets a value make a line`);
  }
  return { code, out };
}

const push = async (order) => {
  const answer = await fetch(gateway.url('/v1/peers/city-hotline/records'), {
    method: 'POST',
    headers: { 'Authorization': `Bearer ${gateway.secret('hotline_push_token')}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(order),
  });
  return { status: answer.status, body: await answer.json() };
};

const order = (id, more = {}) => ({
  caseguid: id, serialnum: `S-${ways[1]}`, rqsttitle: hostile('路灯不亮', 2), rqstcontent: hostile('坏了', 3), accordtypecode: '0101',
  rqstsource: '来电', rqstperson: hostile('王小明', 4), linkphone: phone, rqsttime: '2026-03-09 08:05:07',
  [`联系 ${ways[2]}`]: hostile('x', 5), [hostile('member', 0)]: hostile('y', 6), ...more,
});

test('controls and persons are planted wherever others can put them', async () => {
  answers.grid = () => ({ code: '0', data: { id: hostile('G-', 1) } });
  answers.province = () => ({ code: 'catalog-007', message: hostile('路灯不亮 不合法', 4) });
  const good = await push(order('A1'));
  assert.ok([202, 422].includes(good.status), JSON.stringify(good.body));
  await push(order(`A2-${phone}`, { accordtypecode: hostile('no code', 2) }));
  await push(order(`A3|${ways[1]}|王小明`));
  await push(order(`A4-${card}`, { rqsttime: hostile('when', 0) }));
  await push({ ...order(hostile('A5', 6)), rqsttime: 'never' });
  await push({ [hostile('nothing', 1)]: hostile('of ours', 2) });
  answers.grid = () => ({ code: hostile('拒绝', 2), data: hostile('王小明', 3) });
  await push(order('A6'));
  writeFileSync(path.join(gateway.drop, `王 ${ways[2]}\u001b[2J\u202e.csv`), `留言编号,留言用户,留言主题,留言时间,留言详情\n1,${phone},${controls},never,${card}\n`);
  writeFileSync(path.join(gateway.drop, `${ways[1]}.xlsx`), 'no workbook');
  await until(async () => {
    const { totals } = await gateway.status();
    return totals.exceptions >= 4 && totals.delivered >= 1 && totals.open === 0;
  }, 'everything has come to its end', 60000);
});

test('no command shows them', async () => {
  const data = ['--data', `${gateway.dir}/data`];
  for (const format of ['text', 'json']) {
    const { out } = await look('exceptions', ...data, '--format', format, '--limit', '1000');
    assert.match(out, /deliver\.rejected/, 'the platform has refused some');
    assert.match(out, /catalog-007/, 'the code stands there');
    await look('status', ...data, '--format', format);
    await look('replay', ...data, '--preview', '--all', '--format', format);
    await look('reload', ...data, '--format', format);
    await look('resume', ...data, '--format', format, 'province');
    await look('doctor', '--config', gateway.config, '--format', format);
    await look('check', '--config', gateway.config, '--format', format);
    await look('describe', '--format', format);
  }
  const { items } = JSON.parse((await look('exceptions', ...data, '--format', 'json')).out);
  const ids = ['A1', `A2-${phone}`, phone, 'city-hotline:case/A1', ...items.flatMap(({ id, record }) => [id, record])].filter(Boolean);
  let shown = 0;
  for (const id of ids) {
    const { out } = await look('trail', ...data, id);
    const json = await look('trail', ...data, '--format', 'json', id);
    shown += json.code === 0 ? 1 : 0;
    assert.equal(typeof out, 'string');
  }
  assert.ok(shown > 3, 'trails were shown');
  const sample = path.join(gateway.dir, `sample${controls.replaceAll('\n', '')}.json`);
  writeFileSync(sample, JSON.stringify([order('A9'), { x: hostile('x') }]));
  for (const format of ['text', 'json'])
    await look('map', '--config', gateway.config, '--peer', 'city-hotline', '--format', format, sample);
  await look('map', '--config', gateway.config, '--peer', 'city-hotline', `${sample}.none`);
  await look('trail', ...data, hostile('unknown'));
  // What an operator types is shown to whom typed it; it drives no terminal either.
  await look('exceptions', ...data, '--peer', `nobody${controls}`);
  await look('close', ...data, '--reason', hostile('done', 3), items[0].id);
  await look('close', ...data, '--reason', 'done', `unknown${controls}`);
  await look('replay', ...data, '--all');
  await look(`no such command${controls}`);
});

test('neither do the log, the metrics and the admin API', async () => {
  const { admin, token } = adminOf();
  for (const target of ['/v1/status', '/metrics', '/v1/exceptions?limit=1000', '/v1/trail/A1', `/v1/trail/A2-${phone}`]) {
    const answer = await fetch(admin + target, { headers: { 'Authorization': `Bearer ${token}` } });
    assert.ok(answer.status === 200 || target.startsWith('/v1/trail/'), target);  // closed above, perhaps
    checkPersons(target, await answer.text());
  }
  checkControls('the log', gateway.log);
  checkPersons('the log', gateway.log);
});

/** Where the running node tells its operators to ask. */
function adminOf() {
  const file = JSON.parse(readFileSync(path.join(gateway.dir, 'data', 'run', 'node.json'), 'utf8'));
  return { admin: `http://${file.address}:${file.port}`, token: file.token };
}
