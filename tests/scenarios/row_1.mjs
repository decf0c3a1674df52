// Row 1, the 12345 hotline: orders come by push and by list, departments answer, return, ask for time and are evaluated.
// The hotline sends one order twice, a department's system is away at noon, and the gateway is killed while it is.
import assert from 'node:assert/strict';
import { CasePlatform, Platform, ago, at, day, eve, until } from './county.mjs';

/** Knows orders by caseguid, lists some, and takes steps at an address of their own each. */
class Hotline extends Platform {
  held = new Map();    // caseguid → what it was told
  listed = [];

  constructor(county) { super(county, 'hotline', (body, path) => this.serveStep(body, path)); }

  serveStep(body, path) {
    if (path === '/admin/api/order/list') return { status: 200, data: { totalPage: 1, list: body.pageNo === 1 ? this.listed : [] } };
    const step = path.replace('/backfill/', '');
    const told = this.held.get(body.caseguid);
    assert.ok(told, `it has no case ${body.caseguid}`);
    told.push([step, body.firstOpinion ?? body.reason ?? body.processResult ?? body.memberUnit]);
    return { code: 200, backfillId: `B${body.caseguid}-${told.length}` };
  }

  order(caseguid, ouname, clock, due, more) {
    this.held.set(caseguid, this.held.get(caseguid) ?? []);
    return { caseguid, serialnum: `S${caseguid}`, ouname, rqsttime: at(clock), assigndate: at(clock), expiredate: at(due), ...more };
  }
  list(caseguid, orderUnitName, clock, content) {
    this.held.set(caseguid, []);
    const order = { orderId: `L${caseguid}`, caseguid, startTime: at(clock), handleName: '已派单', orderUnitName, content };
    this.listed.push({ ...order, districtName: '花园街道' });
  }
  step(caseguid, ouname, optype, clock, more) { return this.send({ caseguid, ouname, optype, optime: at(clock), ...more }); }
}

export async function play(county) {
  const hotline = new Hotline(county);
  const urban = new CasePlatform(county, 'urban-bureau', {
    number: 'U', known: 'orderNo', names: 'taskNo', notes: ['action', 'words', 'result', 'until'],
  });
  const water = new CasePlatform(county, 'water-bureau', {
    number: 'W', known: 'orderNo', names: 'sheetId', notes: ['doing', 'note', 'result', 'until'],
  });
  const say = (text, ...platforms) => county.types(text, ...platforms);
  const did = (orderNo, action, clock, more) => urban.send({ taskNo: urban.numberOf(orderNo), action, time: at(clock), ...more });
  const done = (orderNo, doing, clock, more) => water.send({ sheetId: water.numberOf(orderNo), doing, time: at(clock), ...more });
  const hears = (caseguid, ...steps) => {
    const told = hotline.held.get(caseguid);
    return until(async () => told.length === steps.length, `told of ${caseguid}`).finally(() => assert.deepEqual(told, steps));
  };

  // Morning. C lies in the list before anybody asks.
  hotline.list('C', '城市管理局', '08:02', say('花园路井盖松动', urban));
  await county.open(hotline, 18101);
  await county.open(urban, 18102);
  await county.open(water, 18103);
  const lamp = { accordtype: '路灯照明', accordtypecode: '0101' }, supply = { accordtype: '供水', accordtypecode: '0102' };
  const caller = { rqstperson: say('王小明', urban), linkphone: '13800000001', rqstaddress: say('和平路东侧', urban) };
  const a = hotline.order('A', '城市管理局', '08:05', '17:30', {
    rqsttitle: say('路灯不亮', urban), rqstcontent: say('和平路东侧三盏路灯不亮', urban), ...lamp, ...caller });
  const [first] = await hotline.send(a);
  const [again] = await hotline.send(a);   // its connection broke before the answer
  assert.deepEqual([again.duplicate, again.id], [true, first.id]);
  const b = hotline.order('B', '城市管理局', '08:10', '12:00', {
    rqsttitle: say('水压不足', urban, water), rqstcontent: say('幸福小区三楼以上没有水', urban, water), ...supply });
  await hotline.send(b);
  for (const orderNo of ['SA', 'SB', 'LC']) await urban.receives(orderNo);

  await did('SA', '签收', '08:20');
  await did('SB', '申请退回', '08:40', { reason: say('属水利局职责', hotline) });
  await hotline.step('A', '城市管理局', '补单', '08:45', { opcontent: say('又有一盏不亮', urban) });
  await hears('B', ['sendBack', '属水利局职责']);
  await hotline.step('B', '城市管理局', '同意退回', '09:00');
  // It goes to another department: a new round of the same order.
  await hotline.send({ ...b, ouname: '水利局', assigndate: at('09:05') });
  await hotline.step('B', '水利局', '再交办', '09:05');
  await did('SA', '答复', '09:30', { words: say('已更换四盏灯具', hotline) });
  await water.receives('SB');
  await done('SB', '签收', '09:40');
  await done('SB', '申请延期', '11:00', { reason: say('水泵待到货', hotline), days: 1 });
  await did('LC', '答复', '11:10', { words: say('井盖已固定', hotline) });
  await hears('B', ['sendBack', '属水利局职责'], ['assignSubordinate', '水利局'], ['applyExtension', '水泵待到货']);

  // Noon: the water bureau's system is away, and the gateway dies with what it owes.
  water.away = true;
  await hotline.step('B', '水利局', '延时申请通过', '11:30', { expiredate: at('18:00') });
  await hotline.send({ ...b, ouname: '水利局', assigndate: at('09:05'), expiredate: at('18:00') });
  await hears('C', ['initialReply', '井盖已固定']);
  await county.gateway.crash();
  await county.gateway.run();
  water.away = false;

  // Afternoon. D is A's complaint again, and nobody answers it.
  await hotline.send(hotline.order('D', '城市管理局', '14:00', '17:30', {
    rqsttitle: say('路灯又不亮', urban), rqstcontent: say('昨天修过的路灯又不亮', urban), ...lamp, linkphone: '138 0000 0001' }));
  await urban.receives('SD');
  await did('SA', '回访', '14:30', { result: '满意' });
  await water.hears('SB', `delay_agreed ${at('18:00')}`);
  await done('SB', '答复', '16:40', { note: say('已更换水泵并恢复供水', hotline) });
  await hotline.step('D', '城市管理局', '催单', '17:00', { opcontent: say('请尽快办理', urban) });

  // E was dispatched twelve minutes ago and F twenty, and the limit is fifteen: the bureau is warned of one, and late with the other.
  for (const [caseguid, minutes] of [['E', 12], ['F', 20]]) {
    const words = { rqsttitle: '路灯倾斜', rqstcontent: `${caseguid}号灯杆倾斜` };
    await hotline.send({ ...hotline.order(caseguid, '城市管理局', '08:00', '17:30', { ...words, ...lamp }), rqsttime: eve });
    await hotline.step(caseguid, '城市管理局', '交办', '08:00', { optime: ago(minutes) });
  }
  await urban.hears('SE', 'dispatched');
  await urban.hears('SE', '预警 accept');
  await urban.hears('SF', '超时 accept');
  for (const orderNo of ['SE', 'SF']) await did(orderNo, '签收', '08:00', { time: ago(0) });

  // Evening: the hotline calls back, and closes.
  await hotline.step('A', '城市管理局', '办结', '17:40');
  await hotline.step('B', '水利局', '回访', '17:45', { satisfaction: '不满意' });
  await hotline.step('C', '城市管理局', '回访', '17:50', { satisfaction: '满意' });
  await hotline.step('C', '城市管理局', '办结', '17:55');
  const totals = await county.settled();

  // What each side holds at the end.
  await hears('A', ['assignSubordinate', '城市管理局'], ['initialReply', '已更换四盏灯具'], ['consultationProcessFeedback', '满意']);
  await hears('B', ['sendBack', '属水利局职责'], ['assignSubordinate', '水利局'], ['applyExtension', '水泵待到货'], ['initialReply', '已更换水泵并恢复供水']);
  await hears('C', ['initialReply', '井盖已固定']);
  await hears('D');
  for (const caseguid of ['E', 'F']) await hears(caseguid, ['assignSubordinate', '城市管理局']);
  const told = (bureau) => Object.fromEntries([...bureau.held.values()].map((thing) => [thing.orderNo, thing.told]));
  assert.deepEqual(told(urban), {
    SA: ['supplemented 又有一盏不亮', 'closed'], SB: ['return_agreed'], LC: ['visited 满意', 'closed'], SD: ['urged 请尽快办理'],
    SE: ['dispatched', '预警 accept'], SF: ['dispatched', '超时 accept'],
  });
  assert.deepEqual(told(water), { SB: ['redispatched', `delay_agreed ${at('18:00')}`, 'visited 不满意'] });
  assert.equal(water.held.get('W1').due, at('18:00'), 'the last revision stands');
  assert.ok(totals.duplicates >= 1, 'the order that came twice, and each row that was listed again');
  assert.equal(totals.owed, totals.delivered);

  await county.report('assessment', day, [['城市管理局', 3, 1, 1, 0, 2, 1], ['水利局', 1, 1, 0, 1, 0, 0]]);
  const { out } = await county.lianqiao('report', 'assessment', '--period', day, '--list', 'overdue');
  const shown = await county.lianqiao('show', out.trim());
  assert.match(shown.out, /SD/, 'a figure opens its list, and the list its order');
}
