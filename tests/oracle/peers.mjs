// Platforms that take records, independent of the product. Each notes what it took before it answers, and misbehaves on demand.
import { mkdirSync, readdirSync, readFileSync, statSync, unlinkSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { contentOf } from './random.mjs';

/** What a platform may do instead of answering as it should. `takes`: it keeps the record all the same. */
export const misbehaviours = ['error500', 'throttle', 'hang', 'errorBody', 'halfAnswer', 'drop'];
const takes = new Set(['halfAnswer', 'drop']);

export class HttpPeer {
  static async start(name, book, random, { ok, error, rejection }) {
    const peer = new HttpPeer();
    Object.assign(peer, { name, book, random, ok, error, rejection, mode: 'well', modeUntil: 0, share: 1, answers: 0, calls: 0 });
    peer.server = http.createServer((request, response) => peer.handle(request, response));
    peer.server.keepAliveTimeout = 30000;
    await new Promise((resolve) => peer.server.listen(0, '127.0.0.1', resolve));
    peer.port = peer.server.address().port;
    return peer;
  }

  misbehave(mode, ms, share) {
    this.mode = mode;
    this.modeUntil = Date.now() + ms;
    this.share = share;
  }

  handle(request, response) {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('error', () => {});
    request.on('end', () => {
      if (request.method === 'OPTIONS') return response.writeHead(204).end();
      let records;
      try {
        records = [JSON.parse(Buffer.concat(chunks).toString('utf8'))].flat();
      } catch {
        this.book.strange.push(`${this.name} was sent a body that is no JSON`);
        return response.writeHead(400).end();
      }
      this.answer(request, response, records);
    });
  }

  answer(request, response, records) {
    ++this.calls;
    const fault = Date.now() < this.modeUntil && this.random.chance(this.share) ? this.mode : 'none';
    const keys = String(request.headers['idempotency-key'] ?? '').split(',');
    const rejected = records.some(({ title }) => title === 'reject');
    if (keys.length !== records.length) this.book.strange.push(`${this.name}: ${keys.length} idempotency keys for ${records.length} records`);
    if (!rejected && (fault === 'none' || takes.has(fault))) {
      records.forEach((record, i) => this.book.take(this.name, record.uid, keys[i], record.content === contentOf(record.uid), fault));
    }
    const json = (status, body, headers = {}) => {
      const text = JSON.stringify(body);
      response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text), ...headers }).end(text);
    };
    const right = () => (rejected ? this.rejection : { ...this.ok, data: { id: `${this.name}-${++this.answers}` } });
    switch (fault) {
      case 'error500': return json(500, { message: 'database is away' });
      case 'throttle': return json(429, { message: 'slower' }, { 'Retry-After': '1' });
      case 'hang': return setTimeout(() => response.destroy(), 8000).unref();
      case 'errorBody': return json(200, this.error);
      case 'drop': return request.socket.destroy();
      case 'halfAnswer': {
        const text = JSON.stringify(right());
        request.socket.write(`HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text.slice(0, text.length / 2)}`);
        return setTimeout(() => request.socket.destroy(), 20);
      }
      default: return json(200, right());
    }
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** An office that fetches the files written for it and takes them away. */
export class OfficePeer {
  constructor(name, book, folder) {
    Object.assign(this, { name, book, folder });
    mkdirSync(folder, { recursive: true });
    this.timer = setInterval(() => this.fetch(), 100);
  }

  fetch() {
    const files = readdirSync(this.folder).filter((name) => name.endsWith('.jsonl'))
      .map((name) => ({ file: path.join(this.folder, name), at: statSync(path.join(this.folder, name), { bigint: true }).ctimeNs }))
      .sort((a, b) => (a.at < b.at ? -1 : 1));
    for (const { file } of files) {
      for (const line of readFileSync(file, 'utf8').trim().split('\n')) {
        try {
          const record = JSON.parse(line);
          this.book.take(this.name, record.uid, record.record, record.content === contentOf(record.uid));
        } catch {
          this.book.damaged.push({ peer: this.name, uid: path.basename(file), what: 'a line of the file is no JSON' });
        }
      }
      unlinkSync(file);
    }
  }

  stop() { clearInterval(this.timer); }
}
