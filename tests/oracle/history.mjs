// The judge of the history: what it tells in the end must be what the book knows, each thing once, whatever was killed meanwhile.
import { within } from './node.mjs';

/** Everything that the history of this node has: {records, exceptions}, by id; waits until it has read the journal to its end. */
export async function historyOf(node, patience = 60000) {
  const read = await within(patience, async () => {
    const { history } = await node.status();
    return history.writing && !history.refilling && !history.code && history.behind === 0 ? history : undefined;
  }, 200);
  if (!read) return undefined;
  const records = [], exceptions = [];
  for (let after = ''; ;) {
    const page = await node.admin(`/v1/records?limit=1000&after=${encodeURIComponent(after)}`);
    for (const each of page.records) (each.exception ? exceptions : records).push(each);
    if (page.unread.length > 0) throw new Error(`unread: ${page.unread.join(', ')}`);
    if (!page.next) return { records, exceptions, gaps: read.gaps };
    after = page.next;
  }
}

/** What of it is wrong, a line each. */
export function judgeHistory(history, book) {
  if (!history) return ['the history does not come to the end of the journal'];
  const wrong = [];
  const byId = new Map(), bySource = new Map();
  for (const record of history.records) {
    if (byId.has(record.id)) wrong.push(`${record.id} stands there twice`);
    byId.set(record.id, record);
    bySource.set(record.sourceid, (bySource.get(record.sourceid) ?? []).concat(record));
  }
  for (const [uid, { id, exception }] of book.acknowledged) {
    if (exception) continue;
    const found = bySource.get(uid) ?? [];
    if (found.length !== 1) {
      wrong.push(`${uid} (${id}) stands there ${found.length} times`);
      continue;
    }
    for (const peer of book.destinationsOf(uid)) {
      const delivery = found[0].deliveries.find((each) => each.peer === peer);
      const taken = !book.missingAt(uid).includes(peer);
      if (taken && delivery?.state !== 'delivered') wrong.push(`${uid} is ${delivery?.state ?? 'not owed'} to ${peer}, which has it`);
    }
  }
  return wrong;
}
