// A proxy before Redis that counts commands and cuts the connection at the n-th: before it is passed on, or after, with
// its answer lost. It can also be as if Redis were away.
import net from 'node:net';

/** Bytes of the first whole command in `data`, with its first word; undefined when there is none yet. */
function commandIn(data) {
  const lineEnd = (at) => data.indexOf('\r\n', at);
  let end = lineEnd(0);
  if (end < 0 || data[0] !== 0x2a) return undefined;
  let at = end + 2, name = '';
  for (let left = Number(data.subarray(1, end)); left > 0; --left) {
    end = lineEnd(at);
    if (end < 0) return undefined;
    const length = Number(data.subarray(at + 1, end));
    if (data.length < end + 2 + length + 2) return undefined;
    if (name === '') name = data.subarray(end + 2, end + 2 + length).toString('latin1').toUpperCase();
    at = end + 2 + length + 2;
  }
  return { name, bytes: at };
}

// What a queue at rest asks again and again.
const restless = new Set(['SMEMBERS', 'EXISTS', 'ZCOUNT', 'HGETALL', 'HGET', 'HMGET', 'ZRANGE', 'ZCARD', 'PING', 'INFO', 'TIME', 'LLEN']);

export class RespProxy {
  static async start(target) {
    const proxy = new RespProxy();
    proxy.target = target;
    proxy.left = 0;
    proxy.sockets = new Set();
    proxy.server = net.createServer({ noDelay: true }, (caller) => proxy.join(caller));
    await new Promise((resolve) => proxy.server.listen(0, '127.0.0.1', resolve));
    proxy.port = proxy.server.address().port;
    return proxy;
  }

  /** The n-th command from now on. `when`: 'before' it is passed on, or 'after'. */
  arm(n, when) {
    this.left = n;
    this.when = when;
    this.cutAt = undefined;
    this.seen = 0;
  }
  disarm() { this.left = 0; }

  set away(away) {
    this.isAway = away;
    if (away) for (const socket of this.sockets) socket.destroy();
  }

  join(caller) {
    if (this.isAway) return caller.resetAndDestroy();
    this.sockets.add(caller);
    const server = net.connect(this.target);
    server.setNoDelay(true);
    const end = () => {
      caller.destroy();
      server.destroy();
    };
    for (const socket of [caller, server]) {
      socket.on('error', end);
      socket.on('close', end);
    }
    caller.on('close', () => this.sockets.delete(caller));
    let held = Buffer.alloc(0), dumb = false;
    caller.on('data', (data) => {
      if (dumb) return;
      held = Buffer.concat([held, data]);
      const out = [];
      for (let command; (command = commandIn(held)) !== undefined;) {
        const bytes = held.subarray(0, command.bytes);
        held = held.subarray(command.bytes);
        const steps = this.left > 0 && !restless.has(command.name);
        if (steps) ++this.seen;
        const counted = steps && --this.left === 0;
        if (counted) this.cutAt = command.name;
        if (counted && this.when === 'before') {
          if (out.length > 0) server.write(Buffer.concat(out));
          caller.resetAndDestroy();
          return;
        }
        out.push(bytes);
        if (counted) {
          dumb = true;
          break;
        }
      }
      if (out.length > 0) server.write(Buffer.concat(out));
    });
    server.on('data', (data) => {
      if (dumb) caller.resetAndDestroy();
      else caller.write(data);
    });
  }

  stop() { this.server.close(); }
}
