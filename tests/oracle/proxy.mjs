// A TCP proxy that can be told to misbehave: cut, refuse, delay, swallow answers. Destroying a connection resets it.
import net from 'node:net';

export class Proxy {
  /** `target`: what net.connect takes. */
  static async start(target) {
    const proxy = new Proxy();
    proxy.target = target;
    proxy.pairs = new Set();
    proxy.refuseUntil = 0;
    proxy.swallowUntil = 0;
    proxy.delay = 0;
    proxy.delayUntil = 0;
    proxy.server = net.createServer({ noDelay: true }, (caller) => proxy.join(caller));
    await new Promise((resolve) => proxy.server.listen(0, '127.0.0.1', resolve));
    proxy.port = proxy.server.address().port;
    return proxy;
  }

  join(caller) {
    if (Date.now() < this.refuseUntil) {
      caller.on('error', () => {});
      caller.resetAndDestroy();
      return;
    }
    const server = net.connect(this.target);
    server.setNoDelay(true);
    const pair = { caller, server };
    this.pairs.add(pair);
    const end = () => {
      this.pairs.delete(pair);
      caller.destroy();
      server.destroy();
    };
    for (const socket of [caller, server]) {
      socket.on('error', end);
      socket.on('close', end);
    }
    this.carry(caller, server, false);
    this.carry(server, caller, true);
  }

  /** Keeps the order of what it holds back. */
  carry(from, to, answers) {
    let free = 0;
    from.on('data', (data) => {
      const now = Date.now();
      if (answers && now < this.swallowUntil) return;
      const at = Math.max(free, now < this.delayUntil ? now + this.delay : now);
      if (at <= now) {
        to.write(data);
        return;
      }
      free = at;
      setTimeout(() => { if (!to.destroyed) to.write(data); }, at - now).unref();
    });
  }

  cut() { for (const { caller } of [...this.pairs]) caller.resetAndDestroy(); }
  refuse(ms) {
    this.refuseUntil = Date.now() + ms;
    this.cut();
  }
  hold(delay, ms) {
    this.delay = delay;
    this.delayUntil = Date.now() + ms;
  }
  /** Requests go through, answers are lost, then the connections are cut. */
  swallow(ms) {
    this.swallowUntil = Date.now() + ms;
    setTimeout(() => this.cut(), ms).unref();
  }
  heal() { this.refuseUntil = this.swallowUntil = this.delayUntil = 0; }
  stop() {
    this.server.close();
    this.cut();
  }
}
