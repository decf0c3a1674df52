// Row 8, the mini-program 百事应 and the grid workers' logs: both feed the list of risks, the street handles what is on it, each resident
// and each worker hears what came of it, and the list is looked through by week and by month.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CasePlatform, at, day, month, until, week } from './county.mjs';

export const note = 'links in place of photos, webhook in place of the mini-program';

export async function play(county) {
  const app = new CasePlatform(county, 'baishiying', { names: 'report', notes: ['status', 'words'] });
  const street = new CasePlatform(county, 'street', { number: 'J', known: 'no', names: 'caseNo', notes: ['satisfaction', 'words'] });
  const risks = new CasePlatform(county, 'risk-list', {
    number: 'X', known: 'no', names: 'item', notes: ['step', 'words', 'satisfaction'],
  });
  await county.open(app, 18101);
  await county.open(street, 18102);
  await county.open(risks, 18103);
  const say = (text, ...platforms) => county.types(text, ...platforms);
  const resident = { grid: 'SY-03', name: '刘女士', phone: '13800000007', address: '新城小区' };
  const report = (id, clock, more) => app.begins(id, { id, ...resident, urgent: '否', time: at(clock), ...more });
  const step = (no, status, clock, words) => street.send({ caseNo: street.numberOf(no), status, time: at(clock), words });

  // Morning: residents report, one of them twice about the same.
  await report('B1', '08:10', { class: '飞线充电', urgent: '是', pictures: ['https://app.example/B1.jpg'],
    text: say('三号楼从窗户拉线给电动车充电', street, risks) });
  await report('B2', '08:30', { class: '物业服务', text: say('电梯停运两天', street, risks) });
  await report('B3', '16:00', { class: '物业服务', text: say('电梯还是停运', street, risks) });
  await street.receives('B1');
  await step('B1', '已受理', '08:15');
  await step('B1', '已办结', '11:00', say('已拆除飞线，告知集中充电点', app, risks));

  // The street's computer puts the logs of the morning into a folder, and again when it is not sure that they went.
  const logs = ['日志编号,日期,网格员,网格,走访户数,消防隐患,矛盾纠纷,情况',
    `L1,${day},陈某,SY-03,12,1,0,${say('楼道堆放易燃物', street, risks)}`,
    `L2,${day},何某,SY-04,9,0,1,${say('两户因漏水争吵', street, risks)}`,
    `L3,${day},何某,SY-04,15,0,0,无异常`].join('\r\n');
  const drop = (name) => {
    const file = path.join(county.gateway.drop, name);
    mkdirSync(county.gateway.drop, { recursive: true });
    writeFileSync(`${file}.part`, `\uFEFF${logs}\r\n`);
    renameSync(`${file}.part`, file);
  };
  drop('morning.csv');
  for (const no of ['L1-fire', 'L2-dispute']) await street.receives(no);
  drop('morning-again.csv');
  // The list of risks is away, the gateway dies: it lacks nothing afterwards.
  risks.away = true;
  await step('L1-fire', '已受理', '13:00');
  await county.gateway.crash();
  await county.gateway.run();
  risks.away = false;
  await step('L1-fire', '已办结', '15:00', say('已清理并上门告知', risks));
  await step('L2-dispute', '疑难', '15:30', say('需房管部门到场', risks));
  await step('B2', '已答复', '16:30', say('维保单位今晚到场', app, risks));
  // Nobody looks at a smell of gas in time: street and list are told.
  await report('B4', '17:00', { class: '燃气异味', text: say('五号楼有燃气味', street, risks) });
  for (const platform of [street, risks]) await platform.hears('B4', '超时');
  await step('B4', '已办结', '17:15', say('已关阀通风，更换软管', app, risks));
  await app.hears('B1', '已办结 已拆除飞线，告知集中充电点');
  await app.send({ id: 'B1', satisfied: '是', words: say('处理得很快', street, risks), time: at('18:00') });
  await app.send({ id: 'B2', satisfied: '否', words: say('没有人来', street, risks), time: at('20:00') });
  await until(async () => readdirSync(county.gateway.drop).includes('morning-again.csv.result.csv'), 'the second file is read');
  const totals = await county.settled();

  // What each side holds at the end.
  const told = (platform) => Object.fromEntries([...platform.held].map(([mine, thing]) => [thing.no ?? mine, thing.told]));
  assert.deepEqual(told(app), { B1: ['已受理', '已办结 已拆除飞线，告知集中充电点'], B2: ['已答复 维保单位今晚到场'], B3: [], B4: ['已办结 已关阀通风，更换软管'] });
  assert.deepEqual(told(street), {
    B1: ['satisfied 处理得很快'], B2: ['dissatisfied 没有人来'], B3: [], B4: ['超时'], 'L1-fire': [], 'L2-dispute': [] });
  assert.deepEqual(told(risks), {
    B1: ['signed', 'closed 已拆除飞线，告知集中充电点', 'visited 处理得很快 satisfied'], B2: ['replied 维保单位今晚到场', 'visited 没有人来 dissatisfied'], B3: [],
    B4: ['超时', 'closed 已关阀通风，更换软管'], L1: [], L2: [], L3: [], 'L1-fire': ['signed', 'closed 已清理并上门告知'], 'L2-dispute': ['difficult 需房管部门到场'],
  });
  assert.ok(![...risks.held.values()].some((thing) => JSON.stringify(thing).includes('13800000007')), 'the list does not say who reported');
  const results = readFileSync(path.join(county.gateway.drop, 'morning.csv.result.csv'), 'utf8');
  assert.equal(results.match(/accepted/g)?.length, 3, results);
  const back = path.join(county.gateway.dir, 'back');
  const outcome = readdirSync(back).map((name) => readFileSync(path.join(back, name), 'utf8')).join('');
  for (const word of ['fire/L1', '已清理并上门告知', 'dispute/L2', '疑难'])
    assert.ok(outcome.includes(word), `${word} is not in the list for the workers: ${outcome}`);
  assert.equal(totals.duplicates, 3, 'the file that came twice');

  await county.report('weekly_review', week,
    [['SY-03', 'housing.property', 2, 0, 1], ['SY-03', 'safety.fire', 2, 1, 0], ['SY-03', 'safety.gas', 1, 0, 0],
      ['SY-04', 'society.dispute', 1, 0, 0]]);
  await county.report('monthly_analysis', month,
    [['housing.property', 2, 0, 0, 0], ['safety.fire', 2, 2, 0, 1], ['safety.gas', 1, 1, 0, 0], ['society.dispute', 1, 0, 1, 0]]);
}
