// One seed, many streams: each part of a run draws from a stream of its own name, so that what one part does
// never changes what another draws.

function hash(text) {
  let h = 2166136261;
  for (let i = 0; i < text.length; ++i) h = Math.imul(h ^ text.charCodeAt(i), 16777619);
  return h >>> 0;
}

export class Random {
  constructor(seed, name = '') { this.state = (hash(`${seed}/${name}`) ^ 0x9e3779b9) >>> 0; }
  /** In [0, 1). */
  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
  /** Whole number in [from, to]. */
  whole(from, to) { return from + Math.floor(this.next() * (to - from + 1)); }
  chance(share) { return this.next() < share; }
  pick(list) { return list[this.whole(0, list.length - 1)]; }
  shuffled(list) {
    const out = [...list];
    for (let i = out.length - 1; i > 0; --i) {
      const j = this.whole(0, i);
      [out[i], out[j]] = [out[j], out[i]];
    }
    return out;
  }
}

const words = ['路灯不亮', '井盖缺失', '夜间施工噪声', 'water "pipe" burst', '垃圾\\清运', '占道经营', '电梯💡停运', 'a,b;c\td',
  '丽景小区2号楼\n三单元', "it's", '𠮷野家门口', '<b>&amp;</b>', '{"x":[1]}', '100%', '=1+1', 'ﬁne'];

/** The text of a record, out of its number alone: sender and judge need not share a memory. */
export function contentOf(uid) {
  const random = new Random(uid, 'content');
  let text = `[${uid}]`;
  for (let i = random.whole(1, 60); i > 0; --i) text += random.pick(words);
  return `${text}.`;
}
