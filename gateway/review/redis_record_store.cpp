#include "review/redis_record_store.h"

#include <algorithm>
#include <array>
#include <set>

#include "lianqiao/codes.h"
#include "queue/group_words.h"
#include "queue/known_peers.h"
#include "queue/scripts.h"
#include "review/exception_shares.h"
#include "review/held_leaves.h"
#include "review/trail_reader.h"

namespace lianqiao::review {
namespace {

constexpr long long kPage = 1000;

WallTime wallTime(long long millis) { return WallTime(std::chrono::milliseconds(millis)); }

PeerCounts readCounts(const redis::RedisReply& reply) {
  PeerCounts counts;
  const std::array<std::pair<std::string_view, std::uint64_t*>, 9> fields = {
      {{"accepted", &counts.accepted},
       {"duplicates", &counts.duplicates},
       {"quarantined", &counts.quarantined},
       {"owed", &counts.owed},
       {"delivered", &counts.delivered},
       {"buried", &counts.buried},
       {"attempts", &counts.attempts},
       {"waiting", &counts.waiting},
       {"echoes", &counts.echoes}}};
  for (std::size_t i = 0; i + 1 < reply.items.size(); i += 2)
    for (const auto& [name, field] : fields)
      if (reply.items[i].text == name)
        *field = static_cast<std::uint64_t>(reply.items[i + 1].number());
  return counts;
}

/// "id peer code" of the index.
struct IndexEntry {
  std::string id, peer, code;
  explicit IndexEntry(std::string_view text) {
    const std::size_t first = text.find(' ');
    const std::size_t second = text.find(' ', first + 1);
    id = text.substr(0, first);
    peer = text.substr(first + 1, second - first - 1);
    code = text.substr(second + 1);
  }
  [[nodiscard]] bool passes(const ExceptionFilter& filter) const {
    if (!filter.peer.empty() && peer != filter.peer) return false;
    return filter.code.empty() || code == filter.code;
  }
};

constexpr std::array<std::string_view, 10> kExceptionFields = {
    "peer", "in", "code", "at", "detail", "record", "source", "origin", "seen", "until"};

ExceptionInfo readException(std::string_view id, std::span<const redis::RedisReply> values) {
  ExceptionInfo info;
  info.id = id;
  info.peer = values[0].text;
  info.inbound = values[1].text == "1";
  info.code = values[2].text;
  info.at = wallTime(values[3].number());
  info.detail = values[4].text;
  info.recordId = values[5].text;
  info.sourceId = values[6].text;
  info.origin = values[7].text;
  info.seen = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(values[8].number()));
  if (!values[9].isNil()) info.until = wallTime(values[9].number());
  return info;
}

void addFields(redis::RedisCommand& command, const std::string& key) {
  command.begin(2 + kExceptionFields.size());
  command.word("HMGET");
  command.word(key);
  for (const std::string_view field : kExceptionFields) command.word(field);
}

bool within(const ExceptionInfo& info, const ExceptionFilter& filter) {
  return (!filter.from || info.at >= *filter.from) && (!filter.to || info.at < *filter.to);
}

}  // namespace

Result<PeerDepth> RedisRecordStore::depth(std::string_view peer) {
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  redis::RedisCommand command;
  command.add({"ZCARD", keys_.open(peer)});
  command.add({"HLEN", keys_.leases(peer)});
  command.add({"ZCARD", keys_.due(peer)});
  command.add({"ZRANGE", keys_.open(peer), "0", "0", "WITHSCORES"});
  command.add({"ZRANGE", keys_.due(peer), "0", "0", "WITHSCORES"});
  const auto replies = (*borrowed)->callAll(command);
  if (!replies.ok()) return replies.error();
  const auto count = [&](std::size_t i) {
    return static_cast<std::uint64_t>((*replies)[i]->integer);
  };
  PeerDepth depth;
  depth.leased = count(1);
  depth.retrying = count(2);
  depth.waiting = count(0) - std::min(count(0), depth.leased + depth.retrying);
  if ((*replies)[3]->items.size() == 2) depth.oldest = wallTime((*replies)[3]->items[1].number());
  if ((*replies)[4]->items.size() == 2)
    depth.nextRetry = wallTime((*replies)[4]->items[1].number());
  return depth;
}

Result<std::map<std::string, PeerCounts>> RedisRecordStore::counts() {
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  const auto peers = queue::knownPeers(**borrowed, keys_);
  if (!peers.ok()) return peers.error();
  std::map<std::string, PeerCounts> counts;
  if (peers->empty()) return counts;
  redis::RedisCommand command;
  for (const std::string& peer : *peers) command.add({"HGETALL", keys_.counts(peer)});
  const auto replies = (*borrowed)->callAll(command);
  if (!replies.ok()) return replies.error();
  for (std::size_t i = 0; i < peers->size(); ++i) counts[(*peers)[i]] = readCounts(*(*replies)[i]);
  return counts;
}

/// In order of their ids, oldest first.
Result<std::vector<ExceptionInfo>> RedisRecordStore::exceptions(const ExceptionFilter& filter) {
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  std::vector<ExceptionInfo> found;
  // '!' follows the blank.
  std::string from = filter.after.empty() ? "-" : "(" + filter.after + "!";
  while (found.size() < filter.limit) {
    const auto page = (*borrowed)->call(
        {"ZRANGE", keys_.exceptions(), from, "+", "BYLEX", "LIMIT", "0", std::to_string(kPage)});
    if (!page.ok()) return page.error();
    std::vector<IndexEntry> entries;
    for (const redis::RedisReply& member : (*page)->items) entries.emplace_back(member.text);
    if (entries.empty()) break;
    from = "(" + entries.back().id + "!";
    std::erase_if(entries, [&](const IndexEntry& entry) { return !entry.passes(filter); });
    if (entries.empty()) continue;
    redis::RedisCommand command;
    for (const IndexEntry& entry : entries) addFields(command, keys_.exception(entry.id));
    const auto hashes = (*borrowed)->callAll(command);
    if (!hashes.ok()) return hashes.error();
    for (std::size_t i = 0; i < entries.size() && found.size() < filter.limit; ++i) {
      if ((*hashes)[i]->items[0].isNil()) continue;
      ExceptionInfo info = readException(entries[i].id, (*hashes)[i]->items);
      if (within(info, filter)) found.push_back(std::move(info));
    }
  }
  return found;
}

Result<std::map<std::string, std::uint64_t>> RedisRecordStore::exceptionCounts() {
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  const auto reply = (*borrowed)->call({"HGETALL", keys_.exceptionCounts()});
  if (!reply.ok()) return reply.error();
  std::map<std::string, std::uint64_t> counts;
  const std::span<const redis::RedisReply> items = (*reply)->items;
  for (std::size_t i = 0; i + 1 < items.size(); i += 2)
    counts.emplace(items[i].text, static_cast<std::uint64_t>(items[i + 1].number()));
  return counts;
}

Result<std::map<std::string, PeerShares>> RedisRecordStore::exceptionShares() {
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  return readShares(**borrowed, keys_);
}

Result<std::optional<ExceptionInfo>> RedisRecordStore::exception(std::string_view id) {
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  redis::RedisCommand command;
  addFields(command, keys_.exception(id));
  command.add({"HMGET", keys_.exception(id), "body", "evidence"});
  const auto replies = (*borrowed)->callAll(command);
  if (!replies.ok()) return replies.error();
  if ((*replies)[0]->items[0].isNil()) return std::optional<ExceptionInfo>();
  ExceptionInfo info = readException(id, (*replies)[0]->items);
  info.body = (*replies)[1]->items[0].text;
  info.evidence = (*replies)[1]->items[1].text;
  if (!info.inbound && !info.recordId.empty()) {
    const auto raw = (*borrowed)->call({"HMGET", keys_.record(info.recordId), "b", "v", "e"});
    if (!raw.ok()) return raw.error();
    info.body = (*raw)->items[0].text;
    info.evidence = (*raw)->items[1].text;
    info.event = (*raw)->items[2].text;
  }
  return std::optional(std::move(info));
}

Result<bool> RedisRecordStore::requeue(std::string_view exceptionId, std::string_view who) {
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  redis::RedisCommand command;
  queue::beginScript(command, queue::Script::requeue, keys_, 5);
  command.word(exceptionId);
  command.word(clock_.wall().time_since_epoch().count());
  command.word(
      static_cast<long long>(std::max(retention_.delivered, retention_.exceptions).count()));
  command.word(journal_.word());
  command.word(who);
  const auto peer = queue::runScript(**borrowed, command);
  if (!peer.ok()) return peer.error();
  if ((*peer)->isNil()) return false;
  takers_.wake((*peer)->text);
  return true;
}

Result<bool> RedisRecordStore::dropException(std::string_view exceptionId, std::string_view note) {
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  redis::RedisCommand command;
  queue::beginScript(command, queue::Script::drop, keys_, 7);
  command.word(exceptionId);
  command.word("");
  command.word(static_cast<long long>(retention_.delivered.count()));
  command.word(clock_.wall().time_since_epoch().count());
  command.word(journal_.word());
  command.word(note.empty() ? "replayed" : "closed");
  command.word(note);
  const auto dropped = queue::runScript(**borrowed, command);
  if (!dropped.ok()) return dropped.error();
  return (*dropped)->integer == 1;
}

Result<std::vector<HeldLeaf>> RedisRecordStore::held() {
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  return readHeld(**borrowed, keys_);
}

Result<std::optional<Released>> RedisRecordStore::release(std::string_view peer,
                                                          std::string_view path) {
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  std::set<std::string> owed;
  auto released = releaseLeaf(**borrowed, keys_, {peer, path}, clock_.wall(), retention_.duplicates,
                              journal_.word(), ids_, owed);
  for (const std::string& to : owed) takers_.wake(to);
  return released;
}

Result<std::vector<Trail>> RedisRecordStore::trail(std::string_view anyId) {
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  return TrailReader(**borrowed, keys_, retention_, clock_).read(anyId);
}

}  // namespace lianqiao::review
