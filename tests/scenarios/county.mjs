// What the scenarios share: a gateway on a row's own configuration, the platforms around it, and the day that they play.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { Gateway, until } from '../interop/gateway.mjs';

export { until };
const folder = path.dirname(new URL(import.meta.url).pathname);

const beijing = (ms) => new Date(ms + 8 * 3600e3).toISOString();
/** The day that is played: yesterday in Beijing, so that all of it is over, whenever this runs. */
export const day = beijing(Date.now() - 24 * 3600e3).slice(0, 10);
export const month = day.slice(0, 7);
/** The evening before it, for what no report of that day is to count. */
export const eve = `${beijing(Date.now() - 48 * 3600e3).slice(0, 10)} 22:00:00`;
/** A time of that day as platforms write it. */
export const at = (clock) => `${day} ${clock}:00`;
/** So many minutes ago, for what is due by the clock on the wall. */
export const ago = (minutes) => beijing(Date.now() - minutes * 60e3).slice(0, 19).replace('T', ' ');
/** That day's week, as ISO 8601 names it. */
export const week = (() => {
  const thursday = new Date(`${day}T00:00:00Z`);
  thursday.setUTCDate(thursday.getUTCDate() + 3 - (thursday.getUTCDay() + 6) % 7);
  const days = (thursday - Date.UTC(thursday.getUTCFullYear(), 0, 1)) / 86400e3;
  return `${thursday.getUTCFullYear()}-W${String(Math.floor(days / 7) + 1).padStart(2, '0')}`;
})();

/** On a connection of its own: one that was kept may be that of a gateway that was killed. */
function post(url, token, body) {
  const headers = { 'Authorization': `Bearer ${token}`, 'Content-Type': 'application/json' };
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method: 'POST', headers, agent: false }, async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      resolve({ status: response.statusCode, told: JSON.parse(text) });
    });
    request.on('error', reject).end(JSON.stringify(body));
  });
}

/** A platform that is no Lianqiao: takes JSON over HTTP, knows what comes twice by its idempotency key, and sends on its own. */
export class Platform {
  calls = 0;
  away = false;  // answers 503

  /** `take(body, path)` keeps what came and gives the answer. */
  constructor(county, name, take) { Object.assign(this, { county, name, take, answers: new Map() }); }

  async listen(port, token) {
    this.server = http.createServer((request, response) => this.serve(request, response, token));
    await new Promise((resolve) => this.server.listen(port, '127.0.0.1', resolve));
    return this;
  }

  async serve(request, response, token) {
    let text = '';
    for await (const chunk of request) text += chunk;
    const answer = (status, body) => response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
    if (this.away) return answer(503, {});
    if (token && request.headers.authorization !== `Bearer ${token}`) return answer(401, {});
    const key = request.headers['idempotency-key'];
    try {
      if (!key || !this.answers.has(key)) {
        ++this.calls;
        const taken = this.take(JSON.parse(text), new URL(request.url, 'http://platform').pathname);
        if (!key) return answer(200, taken);
        this.answers.set(key, taken);
      }
      return answer(200, this.answers.get(key));
    } catch (error) {
      // What it does not understand is the scenario's failure, too.
      this.county.misunderstood.push(`${this.name}: ${error.message}: ${text.slice(0, 300)}`);
      return answer(422, {});
    }
  }

  /**
   * Sends in this peer's name; gives the items of the answer. A word of a thing that the peer was just given may be quicker than its own
   * confirmation of it: that waits, and goes on by itself.
   */
  async send(body) {
    const { gateway } = this.county;
    const { status, told } = await post(gateway.url(`/v1/peers/${this.name}/records`), gateway.secret(`${this.name}_push`), body);
    const waits = ({ errors = [] }) => errors.some(({ message }) => message.includes('it waits for that until'));
    const taken = status === 202 || told.items?.every((item) => item.id || waits(item));
    assert.ok(taken, `${this.name}: ${status} ${JSON.stringify(told)}`);
    return told.items;
  }
}

/** Holds things under numbers of its own, each with what it was told of it since. */
export class CasePlatform extends Platform {
  /**
   * `number`: prefix of its numbers. `known`: the member of a thing by which it knows that again. `names`: the member of a later word
   * that names the thing. `notes`: the members of such a word that it notes, as one text.
   */
  constructor(county, name, { number, known, names, notes }) {
    super(county, name, (body) => this.keep(body));
    Object.assign(this, { number, known, names, notes, held: new Map() });
  }

  keep(body) {
    const named = body[this.names];
    if (named !== undefined) {
      const { told } = this.held.get(this.numberOf(named)) ?? assert.fail(`it has no ${named}`);
      told.push(this.notes.map((member) => body[member]).filter(Boolean).join(' '));
      return { code: '0', data: { id: `${named}/${told.length}` } };
    }
    const mine = this.numberOf(body[this.known]) ?? `${this.number}${this.held.size + 1}`;
    this.held.set(mine, { ...body, told: this.held.get(mine)?.told ?? [] });
    return { code: '0', data: { id: mine } };
  }

  /** Sends a thing that began here, under a number of its own. */
  async begins(mine, thing) {
    this.held.set(mine, { ...thing, told: this.held.get(mine)?.told ?? [] });
    return this.send(thing);
  }

  /** Its own number of a thing, by that or by what it knows the thing again. */
  numberOf(known) { return this.held.has(known) ? known : [...this.held].find(([, thing]) => thing[this.known] === known)?.[0]; }
  /** Waits for a thing that somebody else has sent. */
  async receives(known) { return until(async () => this.numberOf(known), `${this.name} has ${known}`); }
  /** Waits until it was told `note` of a thing. */
  async hears(known, note) {
    const told = () => this.held.get(this.numberOf(known))?.told ?? [];
    await until(async () => told().includes(note), 'told', 20000)
      .catch(() => assert.fail(
        `${this.name} does not hear "${note}" of ${known}, but ${JSON.stringify(told())}; ${this.county.misunderstood.join('; ')}`));
  }
}

export class County {
  misunderstood = [];  // by platforms
  platforms = [];
  typed = new Map();  // what people typed → the platforms that must have it at the end

  constructor(row) { this.folder = path.join(folder, `row_${row}`); }

  /**
   * Starts on the row's configuration and the example county's calendar. It must be as IT staff may roll it out: no error, no warning.
   */
  async start() {
    const calendar = readFileSync(path.join(folder, '../../config/calendar.yaml'), 'utf8');
    this.gateway = await Gateway.start((each) => each.write('calendar.yaml', calendar), this.folder);
    const { code, out, err } = await this.gateway.command('check', '--config', this.gateway.config);
    assert.equal(code, 0, `lianqiao check: ${out}${err}`);
  }

  /** Opens a platform on its port of the configuration. */
  async open(platform, port) {
    this.platforms.push(platform);
    return platform.listen(this.gateway.portOf(port), this.gateway.secret(`${platform.name}_token`));
  }

  /** A text that somebody types, once in all the day, and the platforms that show it at its end. */
  types(text, ...platforms) {
    assert.ok(!this.typed.has(text), `typed twice: ${text}`);
    this.typed.set(text, platforms);
    return text;
  }

  proveNothingTypedTwice() {
    for (const [text, platforms] of this.typed) {
      for (const { name, held } of platforms)
        assert.ok(JSON.stringify([...held.values()]).includes(text), `${name} lacks what was typed: ${text}`);
    }
  }

  /** Nothing is owed, waits, or has failed. */
  async settled() {
    await until(async () => {
      assert.deepEqual(this.misunderstood, []);
      const { totals, peers } = await this.gateway.status();
      return totals.open === 0 && peers.every((peer) => !peer.in?.waiting);
    }, 'all is settled').catch((error) => { throw new Error([error.message, ...this.misunderstood].join('; ')); });
    const { totals } = await this.gateway.status();
    assert.deepEqual([totals.exceptions, this.misunderstood], [0, []], `exceptions: ${(await this.lianqiao('exceptions')).out}`);
    return totals;
  }

  lianqiao(command, ...args) { return this.gateway.command(command, '--data', `${this.gateway.dir}/data`, ...args); }

  /** A report's rows, groups before figures, must become these: the history is written behind the way. Its CSV says the same. */
  async report(name, period, expected) {
    let rows;
    await until(async () => {
      const { out, err } = await this.lianqiao('report', name, '--period', period, '--format', 'json');
      rows = err ? [[err]] : JSON.parse(out).rows.map(({ groups, figures }) => [...groups, ...figures]);
      return JSON.stringify(rows) === JSON.stringify(expected);
    }, name, 15000).catch(() => {});
    assert.deepEqual(rows, expected, `report ${name}`);
    const { out } = await this.lianqiao('report', name, '--period', period, '--format', 'csv');
    const lines = out.split('\n').slice(1, -2);  // between heads and total
    assert.deepEqual(lines, expected.map((row) => row.map((cell) => `"${cell}"`).join(',')), `report ${name} as CSV`);
  }

  log() { return this.gateway?.log ?? ''; }
  async stop() {
    await this.gateway?.stop();
    for (const { server } of this.platforms) { server?.closeAllConnections?.(); server?.close(); }
  }
}

