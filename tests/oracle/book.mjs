// What was acknowledged and what was taken; in the end the judge. A record is named by its uid "sender.key.revision".

/** Parts of a uid. */
export function partsOf(uid) {
  const [sender, key, revision] = uid.split('.');
  return { sender, line: `${sender}.${key}`, revision: Number(revision) };
}

export class Book {
  constructor(destinationsOf) {
    this.destinationsOf = destinationsOf;
    this.acknowledged = new Map();  // uid → {id, exception}
    this.taken = new Map();         // peer → Map uid → {keys: Map of idempotency key → {times, fault}}
    this.last = new Map();          // peer → Map line → highest revision taken
    this.duplicates = new Map();    // fault after which it came again → how often
    this.disorder = [];             // {peer, uid, behind}
    this.damaged = [];              // {peer, uid, what}
    this.strange = [];              // answers that no client can make sense of
    this.deliveries = 0;
  }

  acknowledge(uid, { id, exception }) { this.acknowledged.set(uid, { id, exception, at: Date.now() }); }

  /** `fault` says what the peer did to the caller after it had taken the record; 'none' when it confirmed as it should. */
  take(peer, uid, idempotencyKey, intact, fault = 'none') {
    ++this.deliveries;
    if (!intact) this.damaged.push({ peer, uid, what: 'content differs' });
    const records = this.taken.get(peer) ?? this.taken.set(peer, new Map()).get(peer);
    const keys = records.get(uid) ?? records.set(uid, new Map()).get(uid);
    const before = keys.get(idempotencyKey);
    if (before !== undefined) {
      this.duplicates.set(before, (this.duplicates.get(before) ?? 0) + 1);
      keys.set(idempotencyKey, fault);
      return;
    }
    keys.set(idempotencyKey, fault);
    if (keys.size > 1) return;  // another record of the same thing: judged as doubled
    const { line, revision } = partsOf(uid);
    const lines = this.last.get(peer) ?? this.last.set(peer, new Map()).get(peer);
    const highest = lines.get(line) ?? -1;
    if (revision < highest) this.disorder.push({ peer, uid, behind: highest });
    else lines.set(line, revision);
  }

  get duplicateCount() { return [...this.duplicates.values()].reduce((sum, n) => sum + n, 0); }

  missingAt(uid) { return this.destinationsOf(uid).filter((peer) => !this.taken.get(peer)?.has(uid)); }

  /** Everything acknowledged is taken by all its peers. */
  openCount() {
    let open = 0;
    for (const [uid, { exception }] of this.acknowledged) if (!exception && this.missingAt(uid).length > 0) ++open;
    return open;
  }

  /** What the gateway shows in the end: {exceptions, verdict}. What was answered while Redis was away may bear the id of a
   *  repetition, which leads to the first one's by its trail. */
  async judge(node) {
    const exceptions = await node.exceptions();
    for (const { uid, id } of this.compare(exceptions).lost) {
      const first = id && await node.recordOf(id);
      if (first) this.acknowledged.get(uid).id = first;
    }
    return { exceptions, verdict: this.compare(exceptions) };
  }

  compare(exceptions) {
    const shown = new Set(exceptions.map((each) => each.id));
    const buried = new Set(exceptions.filter((each) => each.direction === 'out').map((each) => `${each.record} ${each.peer}`));
    const bySource = new Set(exceptions.filter((each) => each.direction === 'in' && each.sourceid).map((each) => each.sourceid));
    const verdict = { acked: this.acknowledged.size, delivered: 0, exceptions: 0, lost: [], doubled: [], outOfOrder: this.disorder, damaged: this.damaged };
    const ids = new Map();
    for (const [uid, { id, exception }] of this.acknowledged) {
      if (exception) {
        if (shown.has(exception) || bySource.has(uid)) ++verdict.exceptions;
        else verdict.lost.push({ uid, id: exception, missing: ['the exception itself'] });
        continue;
      }
      const missing = this.missingAt(uid);
      const lost = missing.filter((peer) => !buried.has(`${id} ${peer}`) && !bySource.has(uid));
      if (lost.length > 0) verdict.lost.push({ uid, id, missing: lost });
      else if (missing.length > 0) ++verdict.exceptions;
      else ++verdict.delivered;
      if (id) ids.set(uid, id);
    }
    for (const [peer, records] of this.taken) {
      for (const [uid, keys] of records) if (keys.size > 1) verdict.doubled.push({ peer, uid, keys: [...keys.keys()] });
    }
    return verdict;
  }
}
