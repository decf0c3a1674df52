// What came of one thing before: the revisions that its ledger knows, the steps of its key.
#include <algorithm>
#include <span>

#include "review/redis_record_store.h"
#include "review/trail_reader.h"

namespace lianqiao::review {
namespace {

/// Field and value of a ledger.
KnownRevision readRevision(std::string_view field, std::string_view value) {
  KnownRevision one;
  if (field.starts_with("r:")) one.revision = field.substr(2);
  const std::size_t blank = std::min(value.find(' '), value.size());
  one.recordId = value.substr(0, blank);
  value.remove_prefix(std::min(blank + 1, value.size()));
  one.fingerprint = value.substr(0, value.find(' '));
  return one;
}

/// Among words with one blank between.
bool hasWord(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    if (words.substr(0, end) == word) return true;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}

/// Fills in which are late, and how far each is with the peer `to`.
Result<void> addStates(redis::RedisConnection& connection, const queue::Keys& keys,
                       std::string_view to, std::vector<KnownRevision>& known) {
  if (known.empty()) return {};
  redis::RedisCommand command;
  for (const KnownRevision& one : known)
    command.add({"HMGET", keys.record(one.recordId), "to", "l", std::string("d:").append(to)});
  const auto states = connection.callAll(command);
  if (!states.ok()) return states.error();
  for (std::size_t i = 0; i < known.size(); ++i) {
    const std::span<const redis::RedisReply> fields = (*states)[i]->items;
    known[i].late = !fields[1].isNil();
    if (to.empty()) continue;
    if (fields[0].isNil()) {
      known[i].state = "gone";
    } else if (hasWord(fields[0].text, to)) {
      known[i].state = readDelivery(to, fields[2].text).state;
    }
  }
  return {};
}

/// "<ms> <unit ms> <record id>" of a ledger.
void addHappened(std::string_view told, std::vector<KnownRevision>& known) {
  const std::size_t first = told.find(' '), second = told.find(' ', first + 1);
  if (second == std::string_view::npos) return;
  redis::RedisReply at, unit;
  at.text = told.substr(0, first);
  unit.text = told.substr(first + 1, second - first - 1);
  for (KnownRevision& one : known)
    if (one.recordId == told.substr(second + 1))
      one.happened = record::Happened{WallTime(std::chrono::milliseconds(at.number())),
                                      std::chrono::milliseconds(unit.number())};
}

/// Fields and values of a ledger.
void addRevisions(std::span<const redis::RedisReply> items, std::vector<KnownRevision>& known) {
  for (std::size_t i = 0; i + 1 < items.size(); i += 2)
    if (items[i].text.size() > 1) known.push_back(readRevision(items[i].text, items[i + 1].text));
  for (std::size_t i = 0; i + 1 < items.size(); i += 2)
    if (items[i].text == "t") addHappened(items[i + 1].text, known);
}

/// A ledger of one entry: "<id> <fingerprint> <u or -> <ms> <unit ms>", a line end, its field.
void addSingle(std::string_view text, std::vector<KnownRevision>& known) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return;
  const std::string_view words = text.substr(0, end);
  known.push_back(readRevision(text.substr(end + 1), words));
  const std::size_t unit = words.rfind(' '), at = words.rfind(' ', unit - 1);
  if (at == std::string_view::npos || words.ends_with('-')) return;
  addHappened(std::string(words.substr(at + 1)).append(" ").append(known.back().recordId), known);
}

/// Ids of the steps of that key, the last first; "" where the record is none of them: they are all
/// of one type.
Result<std::string> stepsOf(redis::RedisConnection& connection, const queue::Keys& keys,
                            std::string_view key, std::string_view recordId) {
  std::string ids, type, cycle;
  {
    const auto known = connection.call({"HMGET", keys.known(key), "ids", "s"});
    if (!known.ok()) return known.error();
    if ((*known)->items.size() < 2) return std::string();
    ids = (*known)->items[0].text;
    const std::string_view standing = (*known)->items[1].text;
    const std::size_t at = std::min(standing.find(' '), standing.size());
    const std::size_t end = std::min(standing.find(' ', at + 1), standing.size());
    if (at < end) cycle = standing.substr(at + 1, end - at - 1);
  }
  if (ids.empty()) return ids;
  {
    // An older version does not say by which life cycle: the steps are of one type.
    const auto by = cycle.empty()
                        ? connection.call({"HGET", keys.record(ids.substr(0, ids.find(' '))), "t"})
                        : connection.call({"HGET", keys.cycle(cycle), "by"});
    if (!by.ok()) return by.error();
    type = (*by)->text;
  }
  const auto own = connection.call({"HGET", keys.record(recordId), "t"});
  if (!own.ok()) return own.error();
  return !type.empty() && (*own)->text == type ? ids : std::string();
}

}  // namespace

Result<std::vector<KnownRevision>> RedisRecordStore::revisions(std::string_view source,
                                                               std::string_view sourceId,
                                                               std::string_view to) {
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  std::vector<KnownRevision> known;
  {
    redis::RedisCommand command;
    command.add({"HGETALL", keys_.ledger(source, sourceId)});
    command.add({"GET", keys_.ledger(source, sourceId)});
    const auto ledger = (*borrowed)->exchange(command);
    if (!ledger.ok()) return ledger.error();
    const redis::RedisReply& single = *ledger->back();
    // One of the two fits a ledger, whichever form it has.
    if (ledger->front()->isError() && single.isError())
      return (*borrowed)->refusal(*ledger->front());
    if (single.kind == redis::RedisReply::Kind::text) {
      addSingle(single.text, known);
    } else {
      addRevisions(ledger->front()->items, known);
    }
  }
  std::sort(known.begin(), known.end(),
            [](const auto& a, const auto& b) { return a.recordId < b.recordId; });
  if (Result<void> added = addStates(**borrowed, keys_, to, known); !added.ok())
    return added.error();
  return known;
}

Result<std::vector<KnownRevision>> RedisRecordStore::steps(std::string_view key,
                                                           std::string_view recordId,
                                                           std::string_view to) {
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  std::vector<KnownRevision> known;
  {
    const auto found = stepsOf(**borrowed, keys_, key, recordId);
    if (!found.ok()) return found.error();
    for (std::string_view rest = *found; !rest.empty();) {
      const std::size_t end = std::min(rest.find(' '), rest.size());
      known.push_back({std::string(rest.substr(0, end)), {}, {}, {}});
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  std::sort(known.begin(), known.end(),
            [](const auto& a, const auto& b) { return a.recordId < b.recordId; });
  if (Result<void> added = addStates(**borrowed, keys_, to, known); !added.ok())
    return added.error();
  return known;
}

}  // namespace lianqiao::review
