// Row 2, the city's own app 好周到: a resident's report goes by itself to the grid or the department, the centre sees it beside the
// hotline's orders in one form, each step comes back to the resident, and what he thinks of it goes to whoever did it.
import assert from 'node:assert/strict';
import { CasePlatform, at } from './county.mjs';

export const note = 'links in place of photos, webhook in place of the mini-program';

export async function play(county) {
  const app = new CasePlatform(county, 'haozhoudao', { names: 'reportId', notes: ['progress', 'unit', 'words', 'photos'] });
  const hotline = new CasePlatform(county, 'hotline', { names: 'caseguid', notes: ['firstOpinion'] });
  const centre = new CasePlatform(county, 'centre', {
    number: 'ZX', known: 'caseNo', names: 'caseId', notes: ['step', 'unit', 'words', 'satisfaction'] });
  const grid = new CasePlatform(county, 'grid-platform', {
    number: 'E', known: 'caseNo', names: 'eventId', notes: ['satisfaction', 'words'],
  });
  const city = new CasePlatform(county, 'city-management', {
    number: 'T', known: 'caseNo', names: 'taskId', notes: ['satisfaction', 'words'],
  });
  for (const [i, platform] of [app, hotline, centre, grid, city].entries()) await county.open(platform, 18101 + i);
  const say = (text, ...platforms) => county.types(text, ...platforms);
  const link = (name) => `https://app.example/photos/${name}.jpg`;
  const did = (caseNo, action, clock, more) => grid.send({ eventId: grid.numberOf(caseNo), action, time: at(clock), ...more });
  const done = (caseNo, action, clock, more) => city.send({ taskId: city.numberOf(caseNo), action, time: at(clock), ...more });

  // Two residents take photos, one of them where the network is bad; two others call.
  const manhole = { reportId: 'R1', kind: '随手拍-市政', words: say('井盖缺失，有行人绊倒', city, centre), nick: say('李女士', centre), mobile: '13800000002',
    where: say('文昌路与人民路口', city, centre), lng: 114.61, lat: 33.61, photos: [link('R1-1'), link('R1-2')], time: at('08:30') };
  const [first] = await app.begins('R1', manhole);
  const [again] = await app.begins('R1', manhole);
  assert.deepEqual([again.duplicate, again.id], [true, first.id]);
  await app.begins('R2', { reportId: 'R2', kind: '随手拍-小区', words: say('垃圾桶满溢', grid, centre),
    nick: say('赵先生', centre), mobile: '13800000003', where: say('文昌小区3号楼', grid, centre), lng: 114.63, lat: 33.605,
    photos: [link('R2-1')], time: at('08:40') });
  await hotline.begins('H1', { caseguid: 'H1', serialnum: 'S-H1', accordtypecode: '0601',
    rqsttitle: say('楼道堆放杂物', grid, centre), rqstcontent: say('二单元楼道堆放杂物', grid, centre),
    rqstperson: say('孙先生', centre), linkphone: '13800000004', rqstaddress: say('文昌小区5号楼', grid, centre), rqsttime: at('08:50') });
  await hotline.begins('H2', { caseguid: 'H2', serialnum: 'S-H2', accordtypecode: '0101',
    rqsttitle: say('公园座椅损坏', city, centre), rqstcontent: say('中心公园两张座椅损坏', city, centre),
    rqstperson: say('周女士', centre), linkphone: '13800000005', rqstaddress: say('中心公园', city, centre), rqsttime: at('09:00') });

  // Each goes by itself to the grid or the department.
  for (const caseNo of ['R1', 'S-H2']) await city.receives(caseNo);
  for (const caseNo of ['R2', 'S-H1']) await grid.receives(caseNo);
  await done('R1', '签收', '08:35');
  await did('R2', '签收', '08:45');
  await did('R2', '办结', '09:20', { words: say('已清运并增设一只垃圾桶', app, centre), photos: [link('E1-after')] });
  // The app is away for a while: what it is owed waits, and comes in order.
  app.away = true;
  await done('R1', '处理', '09:30', { words: say('已设围挡', app, centre) });
  await done('R1', '办结', '11:00', { words: say('已更换井盖', app, centre), photos: [link('T1-after')] });
  await did('S-H1', '办结', '11:30', { words: say('已劝导并清理', hotline, centre) });
  await done('S-H2', '办结', '15:00', { words: say('已更换座椅', hotline, centre) });
  app.away = false;
  await app.hears('R1', `已办结 城市管理局 已更换井盖 ${link('T1-after')}`);
  await app.send({ reportId: 'R1', stars: '5', unit: '城市管理局', words: say('很快，谢谢', city, centre), time: at('18:00') });
  await app.hears('R2', `已办结 网格 已清运并增设一只垃圾桶 ${link('E1-after')}`);
  await app.send({ reportId: 'R2', stars: '1', unit: '网格', words: say('第二天又满了', grid, centre), time: at('18:10') });
  // A danger that nobody signs for: department and centre are told when its time is over.
  await app.begins('R3', { reportId: 'R3', kind: '随手拍-险情', words: say('电线垂落路面', city, centre), nick: '钱先生', mobile: '13800000009',
    where: '人民路', lng: 114.605, lat: 33.605, time: at('19:00') });
  for (const platform of [city, centre]) await platform.hears('R3', '超时');
  await done('R3', '办结', '19:20', { words: say('已断电并固定', app, centre) });
  const totals = await county.settled();

  // What each side holds at the end.
  assert.deepEqual(app.held.get('R1').told,
    ['已派单 城市管理局', '处理中 城市管理局 已设围挡', `已办结 城市管理局 已更换井盖 ${link('T1-after')}`]);
  assert.deepEqual(app.held.get('R2').told, ['已派单 网格', `已办结 网格 已清运并增设一只垃圾桶 ${link('E1-after')}`]);
  assert.deepEqual([hotline.held.get('H1').told, hotline.held.get('H2').told], [['已劝导并清理'], ['已更换座椅']]);
  const shown = [...centre.held.values()].map(({ caseNo, from }) => `${caseNo} ${from}`);
  assert.deepEqual(shown.sort(), ['R1 app', 'R2 app', 'R3 app', 'S-H1 phone', 'S-H2 phone']);
  const centreHeld = (caseNo) => centre.held.get(centre.numberOf(caseNo));
  assert.deepEqual(centreHeld('R1').photos, manhole.photos);
  assert.deepEqual(centreHeld('R1').told.map((told) => told.split(' ')[0]), ['signed', 'in_progress', 'replied', 'visited']);
  assert.equal(centreHeld('R2').told.at(-1), 'visited 网格 第二天又满了 dissatisfied');
  assert.deepEqual(centreHeld('R3').told, ['超时', 'replied 城市管理局 已断电并固定']);
  const [r1, r2] = [city.held.get(city.numberOf('R1')), grid.held.get(grid.numberOf('R2'))];
  assert.deepEqual([r1.grid, r2.grid], ['G-01', 'G-02'], 'the grid in which the place lies');
  assert.deepEqual([r1.lng, r1.lat, r1.photos], [114.61, 33.61, manhole.photos], 'the place as the resident\'s map tells it');
  assert.deepEqual([r1.told, r2.told], [['5 很快，谢谢'], ['1 第二天又满了']]);
  assert.deepEqual([city.held.size, grid.held.size, centre.held.size], [3, 2, 5]);
  assert.equal(totals.duplicates, 1);
}
