// What goes wrong, and when: a plan out of the seed, and the hands that carry it out.
import { closeSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { misbehaviours } from './peers.mjs';

/** The plan of one phase: {at, kind, …}, `at` in ms from its start. Every kind comes once in each round. */
export function plan(random, kinds, duration, every = 1100) {
  const faults = [];
  let round = [];
  for (let at = 1000; at < duration - 500; at += every * (0.5 + random.next())) {
    if (round.length === 0) round = random.shuffled(kinds);
    // One that opens the documented window comes first, so that the shortest run walks it.
    const first = faults.length === 0;
    const kind = first ? 'peer:drop' : round.pop();
    faults.push({ at: Math.round(at), kind, ms: first ? 3000 : random.whole(500, 4000), long: random.whole(1000, 8000),
      delay: random.whole(20, 1200), share: first ? 1 : 0.3 + 0.7 * random.next(), jump: random.whole(-3600, 3600), peer: random.next() });
  }
  return faults;
}

export const peerKinds = [...misbehaviours.map((mode) => `peer:${mode}`), 'peer:cut', 'peer:refuse', 'peer:delay'];
export const processKinds = ['gateway:kill', 'gateway:stop', 'redis:kill', 'redis:stop'];
export const wireKinds = ['wire:cut', 'wire:refuse', 'wire:delay', 'wire:swallow', 'wire:storm'];

/** Fills the file system of `folder` to the last byte; returns how to undo it. */
function fillDisk(folder) {
  const ballast = path.join(folder, 'ballast');
  const file = openSync(ballast, 'w');
  const block = Buffer.alloc(1 << 20);
  for (let size = block.length; size >= 512;) {
    try {
      if (writeSync(file, block, 0, size) < size) size >>= 1;
    } catch {
      size >>= 1;
    }
  }
  closeSync(file);
  return () => rmSync(ballast, { force: true });
}

/** The wall clock of everything that shift_clock.so is loaded into, in seconds from the true one. */
export class Clock {
  constructor(file, library) {
    writeFileSync(file, Buffer.alloc(8));
    this.file = openSync(file, 'r+');
    this.env = { LD_PRELOAD: library, LIANQIAO_CLOCK_FILE: file };
  }
  jump(seconds) {
    const shift = Buffer.alloc(8);
    shift.writeBigInt64LE(BigInt(seconds) * 1000n);
    writeSync(this.file, shift, 0, 8, 0);
  }
}

/** Carries out faults on `world`: {gateway, redisPid(), wire, peers: [{http, proxy}], disk, clock}. */
export class Hands {
  constructor(world) {
    this.world = world;
    this.count = 0;
    this.byKind = new Map();
    this.undo = new Set();
  }

  later(ms, action) {
    const once = () => {
      clearTimeout(timer);
      this.undo.delete(once);
      action();
    };
    const timer = setTimeout(once, ms);
    this.undo.add(once);
  }

  freeze(pid, ms) {
    if (!pid) return;
    const send = (name) => { try { process.kill(pid, name); } catch { /* it is gone */ } };
    send('SIGSTOP');
    this.later(ms, () => send('SIGCONT'));
  }

  do(fault) {
    const { gateway, redisPid, wire, peers, disk, clock } = this.world;
    const [where, what] = fault.kind.split(':');
    ++this.count;
    this.byKind.set(fault.kind, (this.byKind.get(fault.kind) ?? 0) + 1);
    if (where === 'gateway') {
      if (what === 'kill') gateway.signal('SIGKILL');
      else this.freeze(gateway.pid, fault.long);
    } else if (where === 'redis') {
      const pid = redisPid();
      if (what === 'stop') this.freeze(pid, fault.long);
      else if (pid) { try { process.kill(pid, 'SIGKILL'); } catch { /* it is gone */ } }
    } else if (where === 'wire') {
      if (what === 'cut') wire.cut();
      if (what === 'refuse') wire.refuse(fault.ms);
      if (what === 'delay') wire.hold(fault.delay, fault.ms);
      if (what === 'swallow') wire.swallow(Math.min(fault.ms, 1500));
      if (what === 'storm') for (let i = 0; i < 10; ++i) this.later(i * 900, () => wire.cut());
    } else if (where === 'peer') {
      const peer = peers[Math.floor(fault.peer * peers.length)];
      if (what === 'cut') peer.proxy.cut();
      else if (what === 'refuse') peer.proxy.refuse(fault.ms);
      else if (what === 'delay') peer.proxy.hold(fault.delay, fault.ms);
      else peer.http.misbehave(what, fault.ms, fault.share);
    } else if (fault.kind === 'disk:full') {
      this.later(fault.long, fillDisk(disk));
    } else if (fault.kind === 'clock:jump') {
      clock.jump(fault.jump);
    }
  }

  /** Nothing is broken any more. */
  heal() {
    for (const undo of [...this.undo]) undo();
    this.world.wire?.heal();
    for (const { http, proxy } of this.world.peers) {
      http.misbehave('well', 0, 0);
      proxy.heal();
    }
    this.world.clock?.jump(0);
  }
}
