// Row 3, 网格吹哨、部门报到: what a grid cannot solve becomes a whistle, the departments in charge report in and act together, the grid
// values it, and all of it is assessed. Each step is a record that everybody concerned has. The gateway is killed on the way.
import assert from 'node:assert/strict';
import { CasePlatform, ago, at, day, eve } from './county.mjs';

export async function play(county) {
  const shows = { known: 'key', names: 'whistle', notes: ['action', 'unit', 'words', 'evaluation'] };
  const grid = new CasePlatform(county, 'grid-platform', { number: 'G', ...shows });
  const town = new CasePlatform(county, 'township', { number: 'Z', ...shows });
  const urban = new CasePlatform(county, 'urban-bureau', { number: 'U', ...shows });
  const fire = new CasePlatform(county, 'fire-brigade', { number: 'F', ...shows });
  const centre = new CasePlatform(county, 'centre', { number: 'C', ...shows });
  const everybody = [grid, town, urban, fire, centre];
  for (const [i, platform] of everybody.entries()) await county.open(platform, 18101 + i);
  const say = (text, ...platforms) => county.types(text, ...platforms);
  const worker = { worker: '网格员甲', mobile: '13800000006', grid: 'G-07' };
  const found = (eventId, clock, more) =>
    grid.send({ eventId, solved: '否', ...worker, time: at(clock), limitTime: at('17:30'), ...more });
  const step = (platform, whistle, action, unit, clock, more) => platform.send({ whistle, action, unit, time: at(clock), ...more });
  const lane = 'grid-platform:whistle/fire.lane/E2', drain = 'grid-platform:whistle/urban.drainage/E4';
  const flood = (eventId) => `grid-platform:whistle/urban.flooding/${eventId}`;

  // The grid solves one thing itself, and blows the whistle for another, which a second worker sees as well.
  await found('E1', '08:00', { solved: '是', kind: '环境卫生', place: '幸福路',
    title: say('清理小广告', town, centre), words: say('已当场清理', town, centre) });
  await found('E2', '08:10', { kind: '消防通道', title: say('消防通道被堵', ...everybody),
    words: say('幸福小区南门消防通道停有三辆车', ...everybody), place: say('幸福小区南门', ...everybody), photos: ['https://grid.example/E2.jpg'] });
  for (const platform of [grid, town, urban, fire]) await platform.receives(lane);
  await found('E3', '08:16', { worker: '网格员乙', kind: '消防通道', title: '消防通道仍被堵', place: '幸福小区南门',
    words: say('又停了一辆货车', ...everybody), photos: ['https://grid.example/E3.jpg'] });

  // The township dispatches, the department in charge reports in and acts.
  await step(town, lane, '派单', '镇综治中心', '08:20', { words: say('消防主办，城管协办', grid, urban, fire, centre) });
  await step(fire, lane, '报到', '消防救援大队', '08:28');
  urban.away = true;
  await step(fire, lane, '处置', '消防救援大队', '08:45', { words: say('联系车主挪车', grid, town, urban, centre) });
  await grid.hears(lane, '处置 消防救援大队 联系车主挪车');
  await county.gateway.crash();
  await county.gateway.run();
  urban.away = false;
  await step(fire, lane, '反馈', '消防救援大队', '09:40', { words: say('通道已畅通', grid, town, urban, centre) });
  // The second department comes when the first has answered.
  await step(urban, lane, '报到', '城市管理局', '09:45');
  await step(urban, lane, '处置', '城市管理局', '09:50', { words: say('拖移无主货车', grid, town, fire, centre) });
  await step(town, lane, '审核', '镇综治中心', '10:00');

  // Nobody reports in for the other whistle until late.
  await found('E4', '09:10', { kind: '排水', place: '胜利路',
    title: say('积水', grid, town, urban, centre), words: say('胜利路积水半米', grid, town, urban, centre) });
  await town.receives(drain);
  await step(town, drain, '派单', '镇综治中心', '09:20');
  await urban.receives(drain);
  await step(urban, drain, '报到', '城市管理局', '15:00');
  await step(urban, drain, '反馈', '城市管理局', '18:10', { words: say('已疏通', grid, town, centre) });

  // Two floods of this night. The limit is ten minutes: eight ago the one was dispatched, twenty-five ago the other.
  for (const [eventId, minutes] of [['E5', 8], ['E6', 25]]) {
    await found(eventId, '08:00', { kind: '内涝', place: '下穿隧道', grid: `G-${eventId}`, title: '隧道积水', words: `${eventId}隧道积水`, time: eve });
    await town.receives(flood(eventId));
    await step(town, flood(eventId), '派单', '镇综治中心', '08:00', { time: ago(minutes) });
  }
  await town.hears(flood('E5'), '预警 城市管理局');
  for (const platform of [town, centre]) await platform.hears(flood('E6'), '升级 城市管理局 county-centre');
  for (const eventId of ['E5', 'E6']) await step(urban, flood(eventId), '报到', '城市管理局', '08:00', { time: ago(0) });

  // The grid values what was done, the township closes.
  await step(grid, lane, '评价', '幸福社区', '10:30', { evaluation: '满意' });
  await step(town, lane, '办结', '镇综治中心', '10:40');
  await step(grid, drain, '评价', '幸福社区', '18:30', { evaluation: '不满意' });
  const totals = await county.settled();

  // What each side holds at the end: of the whistle all that others did, in order, and the evidence of the second worker.
  const all = [
    [grid, '补充 又停了一辆货车'], [town, '派单 镇综治中心 消防主办，城管协办'], [fire, '报到 消防救援大队'],
    [fire, '处置 消防救援大队 联系车主挪车'], [fire, '反馈 消防救援大队 通道已畅通'],
    [urban, '报到 城市管理局'], [urban, '处置 城市管理局 拖移无主货车'],
    [town, '审核 镇综治中心'], [grid, '评价 幸福社区 满意'], [town, '办结 镇综治中心'],
  ];
  const toldOf = (platform, key) => platform.held.get(platform.numberOf(key))?.told;
  // Its own steps come back to nobody; what was made of the second report goes to the grid as well, for the gateway made it.
  for (const platform of everybody) {
    const others = all.filter(([who, text]) => who !== platform || text.startsWith('补充')).map(([, text]) => text);
    assert.deepEqual(toldOf(platform, lane), others, `what ${platform.name} was told of the lane`);
  }
  const rest = [[town, '派单 镇综治中心'], [urban, '报到 城市管理局'], [urban, '反馈 城市管理局 已疏通'], [grid, '评价 幸福社区 不满意']];
  for (const platform of [grid, town, urban, centre]) {
    const others = rest.filter(([who]) => who !== platform).map(([, text]) => text);
    assert.deepEqual(toldOf(platform, drain), others, `what ${platform.name} was told of the drain`);
  }
  assert.equal(fire.held.size, 1, 'it is not concerned with drains');
  assert.equal(town.held.size, 5, 'four whistles, and what the grid solved itself');
  assert.deepEqual(toldOf(town, flood('E5')), ['预警 城市管理局', '报到 城市管理局']);
  assert.deepEqual(toldOf(town, flood('E6')), ['升级 城市管理局 county-centre', '报到 城市管理局'], 'one reminder, at its highest stage');
  assert.deepEqual(toldOf(centre, flood('E5')), ['派单 镇综治中心', '报到 城市管理局']);
  const first = town.held.get(town.numberOf(lane));
  assert.deepEqual([first.eventId, first.mainUnit, first.photos], ['E2', '消防救援大队', ['https://grid.example/E2.jpg']]);
  assert.equal(totals.owed, totals.delivered);

  await county.report('assessment', day, [['城市管理局', 1, 1, 0, 1, 0], ['消防救援大队', 1, 1, 1, 0, 1]]);
  const { out } = await county.lianqiao('report', 'assessment', '--period', day, '--list', 'overdue');
  assert.match((await county.lianqiao('show', out.trim())).out, /CS-E4/);
}
