// Those who send: over HTTP through three adapters, and as files. Each line (key) sends its next revision only after the
// former one was answered; what got no answer is sent again, the same, until there is one.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { markOf, secrets } from './county.mjs';
import { wait } from './node.mjs';
import { contentOf } from './random.mjs';

const patience = 8000;  // of a client for one answer
const longestRest = 1000;

class Sender {
  constructor({ letter, lines, rate, random, book, port, poison }) {
    Object.assign(this, { letter, rate, random, book, port, poison, stopping: false, resent: 0 });
    this.next = Array.from({ length: lines }, () => 0);
    this.agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
  }

  uid(line) { return `${this.letter}.${line}.${this.next[line]}`; }
  title(uid) { return markOf(uid, this.poison) === 'broken' ? '' : markOf(uid, this.poison) ?? `title of ${uid}`; }

  call(target, headers, body) {
    return new Promise((resolve, reject) => {
      const request = http.request({ host: '127.0.0.1', port: this.port, method: 'POST', path: target, agent: this.agent, timeout: patience,
        headers: { 'Content-Length': Buffer.byteLength(body), ...headers } }, (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('error', reject);
        response.on('aborted', () => reject(new Error('cut off')));
        response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text: Buffer.concat(chunks).toString('utf8') }));
      });
      request.on('timeout', () => request.destroy(new Error('no answer')));
      request.on('error', reject);
      request.end(body);
    });
  }

  /** The first answer that settles the request. */
  async insist(make, settled) {
    for (let n = 0; ; ++n) {
      if (this.abandoned) throw new Error('given up');
      if (n > 0) ++this.resent;
      const { target, headers, body } = make();
      const answer = await this.call(target, headers, body).catch(() => undefined);
      if (answer && settled(answer)) return answer;
      const known = !answer || [408, 429, 500, 503].includes(answer.status);
      if (!known) this.book.strange.push(`${this.letter}: answered ${answer.status} ${answer.text.slice(0, 200)}`);
      await wait(Math.min(longestRest, answer?.headers['retry-after'] ? Number(answer.headers['retry-after']) * 1000 : 100 + 200 * this.random.next()));
    }
  }

  /** Workers, each with lines of its own. */
  async run(workers, perRequest) {
    const lines = Array.from({ length: workers }, (_, w) => this.next.map((_, line) => line).filter((line) => line % workers === w));
    await Promise.all(lines.map(async (mine) => {
      const gap = (1000 * workers * (1 + perRequest)) / 2 / this.rate;
      let due = Date.now() + gap * this.random.next();
      while (!this.stopping) {
        await wait(Math.max(0, due - Date.now()));
        due = Math.max(due + gap, Date.now() - 2000);  // catches up after a stall, within reason
        if (this.stopping) break;
        const chosen = this.random.shuffled(mine).slice(0, this.random.whole(1, perRequest));
        const uids = chosen.map((line) => this.uid(line));
        await this.send(uids);
        for (const line of chosen) ++this.next[line];
      }
    }));
  }

  stop() { this.stopping = true; }
  /** Stops, and what has no answer yet is not sent again. */
  abandon() { this.stopping = this.abandoned = true; }
}

/** Records in the standard form, in the ways that a sender may choose. */
export class PushSender extends Sender {
  item(uid) {
    const [, line, revision] = uid.split('.');
    const at = '2026-03-02T08:05:09+08:00';
    return this.letter === 'h'
      ? { caseguid: uid, orderKey: `k${line}`, rev: revision, rqsttitle: this.title(uid), rqstcontent: contentOf(uid), rqsttime: at, focus: line % 10 === 0 ? '特急' : '一般' }
      : { uid, thing: `k${line}`, rev: Number(revision), title: this.title(uid), content: contentOf(uid), at };
  }

  async send(uids) {
    const items = uids.map((uid) => this.item(uid));
    const lines = this.letter === 'w' && this.random.chance(0.3);
    const enveloped = this.letter === 'h' && this.random.chance(0.3);
    const body = lines ? items.map((item) => JSON.stringify(item)).join('\n')
      : JSON.stringify(enveloped ? { data: { list: items } } : items.length === 1 ? items[0] : items);
    const answer = await this.insist(() => ({ target: `/v1/peers/${this.letter === 'h' ? 'hotline' : 'hook'}/records`,
      headers: { Authorization: `Bearer ${secrets.push}`, 'Content-Type': lines ? 'application/x-ndjson' : 'application/json' }, body }),
    ({ status }) => status === 202 || status === 422);
    const told = JSON.parse(answer.text).items ?? [];
    if (told.length !== uids.length) this.book.strange.push(`${told.length} verdicts for ${uids.length} items`);
    told.forEach((verdict, i) => this.book.acknowledge(uids[i], verdict));
  }
}

/** WeChat's plain pushes: one message each, `success` or again. */
export class WechatSender extends Sender {
  async send(uids) {
    for (const uid of uids) {
      const [, line] = uid.split('.');
      const body = JSON.stringify({ ToUserName: 'gh_oracle', FromUserName: `user${line}`, CreateTime: 1772000000, MsgType: 'text', Content: contentOf(uid), MsgId: uid });
      await this.insist(() => {
        const [timestamp, nonce] = ['1772000000', String(this.random.whole(1, 1e9))];
        const signature = createHash('sha1').update([secrets.wechat, timestamp, nonce].sort().join('')).digest('hex');
        return { target: `/v1/peers/wechat/callback?signature=${signature}&timestamp=${timestamp}&nonce=${nonce}`, headers: { 'Content-Type': 'application/json' }, body };
      }, ({ status, text }) => status === 200 && text === 'success');
      this.book.acknowledge(uid, {});
    }
  }
}

const quoted = (text) => `"${String(text).replaceAll('"', '""')}"`;

/** Drops a ledger, waits for the result that appears beside it, drops the next. */
export class LedgerSender extends Sender {
  constructor(options) {
    super(options);
    this.folder = options.folder;
    this.files = 0;
    mkdirSync(this.folder, { recursive: true });
  }

  async send(uids) {
    const rows = uids.map((uid) => {
      const [, line, revision] = uid.split('.');
      return [uid, `k${line}`, revision, this.title(uid), '2026-03-02 08:05:09', contentOf(uid)].map(quoted).join(',');
    });
    const name = `ledger-${this.random.whole(1, 1e9)}-${++this.files}.csv`;
    const ready = path.join(this.folder, name);
    writeFileSync(`${ready}.part`, ['流水号,台账编号,版本,标题,时间,内容', ...rows].join('\r\n') + '\r\n');
    renameSync(`${ready}.part`, ready);
    const result = `${ready}.result.csv`;
    while (!existsSync(result)) {
      await wait(50);
      const failed = path.join(this.folder, 'failed');
      if (existsSync(failed) && readdirSync(failed).some((each) => each.startsWith(name.slice(0, -4)))) {
        this.book.strange.push(`${name} was quarantined as unreadable`);
        return;
      }
    }
    const lines = readFileSync(result, 'utf8').trim().split('\r\n').slice(1).map((line) => line.split(','));
    unlinkSync(result);
    if (lines.length !== uids.length) this.book.strange.push(`${name}: ${lines.length} results for ${uids.length} rows`);
    lines.forEach(([, , status, id, , exception], i) => this.book.acknowledge(uids[i], status.includes('exception') ? { exception } : { id }));
  }
}
