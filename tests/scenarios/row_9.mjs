// Row 9, the mini-program 湖畔治理通: 吹哨—派单—处理—评价. A villager's whistle goes to the town, the town dispatches it, a unit handles it, the
// villager is not content, another unit does it again. Each step's status comes back to the mini-program, the evaluation goes to all.
import assert from 'node:assert/strict';
import { CasePlatform, at, until } from './county.mjs';

export const note = 'links in place of photos, webhook in place of the mini-program';

export async function play(county) {
  const app = new CasePlatform(county, 'hupan', { names: 'whistleNo', notes: ['status', 'unit', 'words', 'evaluation'] });
  const town = new CasePlatform(county, 'town-centre', {
    number: 'Z', known: 'key', names: 'of', notes: ['step', 'unit', 'words', 'stars'],
  });
  const water = new CasePlatform(county, 'water-bureau', { number: 'W', known: 'no', names: 'taskId', notes: ['step', 'words', 'stars'] });
  const farm = new CasePlatform(county, 'farm-bureau', { number: 'F', known: 'no', names: 'taskId', notes: ['step', 'words', 'stars'] });
  for (const [i, platform] of [app, town, water, farm].entries()) await county.open(platform, 18101 + i);
  const say = (text, ...platforms) => county.types(text, ...platforms);
  const key = 'hupan:HP1';
  /** The town names a unit; its system sends along what it was given. */
  const dispatch = async (step, name, clock, due) => {
    const { told, ...whistle } = town.held.get(town.numberOf(key));
    await town.send([{ ...whistle, unit: name, due: at(due) }, { of: key, step, unit: name, time: at(clock) }]);
  };
  const does = (platform, doing, clock, more) => platform.send({ taskId: platform.numberOf('HP1'), doing, time: at(clock), ...more });

  // 吹哨. Where the network is bad it is sent again.
  const photos = ['https://app.example/HP1-1.jpg', 'https://app.example/HP1-2.jpg'];
  const whistle = { whistleNo: 'HP1', words: say('灌溉渠堵塞，田里进不了水', town, water, farm),
    villager: say('杨大爷', town, water, farm), phone: '13800000008', place: say('湖畔村二组', town, water, farm), photos, time: at('07:30') };
  const [first] = await app.begins('HP1', whistle);
  const [again] = await app.begins('HP1', whistle);
  assert.deepEqual([again.duplicate, again.id], [true, first.id]);

  // 派单, 处理. The mini-program is away meanwhile, and the gateway dies with what it owes to it.
  await town.receives(key);
  await dispatch('派单', '水务局', '07:50', '12:00');
  await water.receives('HP1');
  app.away = true;
  await does(water, '签收', '08:00');
  await does(water, '处理', '08:40', { words: say('正在查勘', app, town) });
  await until(async () => town.held.get('Z1').told.length === 2, 'the town has heard of both');
  await county.gateway.crash();
  await county.gateway.run();
  app.away = false;
  await does(water, '反馈', '10:30', { words: say('干渠畅通，堵塞在田间支渠', app, town), photos: ['https://unit.example/W1.jpg'] });

  // 评价: the villager is not content. The town gives it to another unit, a new round of the same whistle.
  await app.hears('HP1', '已处理 水务局 干渠畅通，堵塞在田间支渠');
  await app.send({ whistleNo: 'HP1', stars: '1', unit: '水务局', words: say('水还是进不来', town, water), time: at('11:00') });
  await town.hears(key, 'visited 水务局 水还是进不来 1');
  await dispatch('重新派单', '农业农村局', '11:20', '17:30');
  await farm.receives('HP1');
  await does(farm, '签收', '11:30');
  await does(farm, '反馈', '16:00', { words: say('已清淤支渠八十米', app, town) });
  await app.hears('HP1', '已处理 农业农村局 已清淤支渠八十米');
  await app.send({ whistleNo: 'HP1', stars: '5', unit: '农业农村局', words: say('水来了', town, farm), time: at('17:00') });
  await town.hears(key, 'visited 农业农村局 水来了 5');
  await town.send({ of: key, step: '办结', unit: '农业农村局', words: say('评为良好', app, farm), stars: '5', time: at('17:30') });
  // An urgent whistle that the town has overlooked: it is reminded, and closes it on the spot.
  await app.begins('HP2', { whistleNo: 'HP2', words: say('堤坝渗水', town), villager: '李婶', urgent: '是',
    time: at('18:00') });
  await town.hears('hupan:HP2', '超时');
  await town.send({ of: 'hupan:HP2', step: '办结', unit: '镇综治中心', words: say('已当场封堵', app), time: at('18:30') });
  const totals = await county.settled();

  // What each side holds at the end.
  assert.deepEqual(app.held.get('HP1').told, ['已派单 水务局', '已签收 水务局', '处理中 水务局 正在查勘', '已处理 水务局 干渠畅通，堵塞在田间支渠',
    '重新派单 农业农村局', '已签收 农业农村局', '已处理 农业农村局 已清淤支渠八十米', '已办结 农业农村局 评为良好 5']);
  assert.deepEqual(town.held.get('Z1').told, ['signed 水务局', 'in_progress 水务局 正在查勘', 'replied 水务局 干渠畅通，堵塞在田间支渠', 'visited 水务局 水还是进不来 1',
    'signed 农业农村局', 'replied 农业农村局 已清淤支渠八十米', 'visited 农业农村局 水来了 5']);
  assert.deepEqual(app.held.get('HP2').told, ['已办结 镇综治中心 已当场封堵']);
  assert.deepEqual(town.held.get('Z2').told, ['超时']);
  assert.deepEqual([town.held.size, water.held.size, farm.held.size], [2, 1, 1]);
  assert.deepEqual([water.held.get('W1').told, farm.held.get('F1').told], [['visited 水还是进不来 1'], ['visited 水来了 5', 'closed 评为良好 5']]);
  for (const { pictures } of [town.held.get('Z1'), water.held.get('W1'), farm.held.get('F1')]) assert.deepEqual(pictures, photos);
  assert.deepEqual([water.held.get('W1').due, farm.held.get('F1').due], [at('12:00'), at('17:30')]);
  assert.equal(totals.duplicates, 1);
  // Each step is a record: the whistle, two dispatches with their steps, what was done, what was thought, the end.
  await until(async () => {
    const { out } = await county.lianqiao('find', '--id', key, '--format', 'json');
    return JSON.parse(out).records.length === 1 + 4 + 3 + 2 + 2 + 1;
  }, 'all thirteen are in the history', 15000);
}
