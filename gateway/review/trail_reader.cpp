#include "review/trail_reader.h"

#include <algorithm>
#include <array>

#include "base/ids.h"
#include "base/rfc3339.h"
#include "lianqiao/text.h"
#include "queue/deliveries.h"
#include "queue/known_peers.h"

namespace lianqiao::review {
namespace {

constexpr long long kScanPage = 1000;
constexpr std::chrono::seconds kSearchTime{3};
constexpr long long kDayMillis = 86'400'000;
constexpr std::size_t kMostRaw = 32u << 20;  // of raw items, of all trails together

WallTime wallTime(std::string_view millis) {
  redis::RedisReply number;
  number.text = millis;
  return WallTime(std::chrono::milliseconds(number.number()));
}

std::vector<std::string> readAttempts(std::string_view lines) {
  std::vector<std::string> attempts;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    const std::string_view line = lines.substr(0, end);
    const std::size_t space = std::min(line.find(' '), line.size());
    attempts.push_back(
        base::formatTime(wallTime(line.substr(0, space))).append(line.substr(space)));
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return attempts;
}

std::string_view fieldOf(const redis::RedisReply& hash, std::string_view name) {
  for (std::size_t i = 0; i + 1 < hash.items.size(); i += 2)
    if (hash.items[i].text == name) return hash.items[i + 1].text;
  return {};
}

}  // namespace

TrailDelivery readDelivery(std::string_view peer, std::string_view text) {
  TrailDelivery delivery;
  delivery.peer = peer;
  delivery.state = "waiting";
  if (text.empty()) return delivery;
  static constexpr std::array<std::pair<char, std::string_view>, 3> kStates = {
      {{'r', "retrying"}, {'d', "delivered"}, {'b', "buried"}}};
  for (const auto& [letter, name] : kStates)
    if (text[0] == letter) delivery.state = name;
  const std::size_t time = text.find(' ') + 1;
  const std::size_t attempts = text.find(' ', time) + 1;
  const std::size_t rest = text.find(' ', attempts) + 1;
  delivery.at = wallTime(text.substr(time, attempts - time - 1));
  if (text[0] == 'd' && rest != 0) delivery.receipt = text.substr(rest);
  if (text[0] == 'b' && rest != 0) delivery.exception = text.substr(rest);
  return delivery;
}

namespace {

/// Words with one blank between.
template <typename Use>
void eachWord(std::string_view words, const Use& use) {
  while (!words.empty()) {
    const std::string_view word = words.substr(0, words.find(' '));
    words.remove_prefix(std::min(word.size() + 1, words.size()));
    use(word);
  }
}

/// Of one entry it is a string, of more a hash (FORMAT.md).
void addLedger(redis::RedisCommand& command, const std::string& ledger) {
  command.add({"HVALS", ledger});
  command.add({"GET", ledger});
}

/// The records that it names. `replies`: to addLedger(). Both are refused where it is no ledger:
/// then the first refusal, else null.
const redis::RedisReply* readLedger(std::span<const redis::RedisReply* const> replies,
                                    std::set<std::string>& ids) {
  const auto add = [&ids](std::string_view entry) {
    ids.emplace(entry.substr(0, entry.find(' ')));
  };
  if (replies[0]->isError() && replies[1]->isError()) return replies[0];
  for (const redis::RedisReply& entry : replies[0]->items) add(entry.text);
  if (replies[1]->kind == redis::RedisReply::Kind::text) add(replies[1]->text);
  return nullptr;
}

}  // namespace

Result<std::vector<Trail>> TrailReader::read(std::string_view anyId) {
  auto ids = recordsOf(anyId);
  if (!ids.ok()) return ids.error();
  std::vector<Trail> trails;
  if (auto done = addTrails(*ids, trails); !done.ok()) return done.error();
  const bool isKey = std::any_of(trails.begin(), trails.end(),
                                 [&](const Trail& trail) { return trail.key == anyId; });
  if (isKey || (trails.empty() && !base::isId(anyId))) {
    std::set<std::string> more;
    if (auto found = addRecordsOfKey(anyId, more); !found.ok()) return found.error();
    for (const std::string& id : *ids) more.erase(id);
    if (auto done = addTrails(more, trails); !done.ok()) return done.error();
  }
  std::sort(trails.begin(), trails.end(),
            [](const Trail& a, const Trail& b) { return a.recordId < b.recordId; });
  return trails;
}

Result<void> TrailReader::addTrails(const std::set<std::string>& ids, std::vector<Trail>& trails) {
  for (const std::string& id : ids) {
    auto trail = trailOf(id);
    if (!trail.ok()) return trail.error();
    if (*trail) trails.push_back(std::move(**trail));
  }
  return {};
}

Result<std::set<std::string>> TrailReader::recordsOf(std::string_view anyId) {
  const auto peers = queue::knownPeers(connection_, keys_);
  if (!peers.ok()) return peers.error();
  std::set<std::string> ids = {std::string(anyId)};
  if (auto added = addRecordsOfException(anyId, ids); !added.ok()) return added.error();
  const long long today = clock_.wall().time_since_epoch().count() / kDayMillis;
  const std::string_view asReceipt =
      cutAt(anyId, queue::Settlement::kReceiptBytes);  // as it is kept
  const long long days = retention_.delivered.count() / kDayMillis + 1;
  for (const std::string& peer : *peers) {
    redis::RedisCommand command;
    addLedger(command, keys_.ledger(peer, anyId));
    command.add({"LRANGE", keys_.waiting(peer, anyId), "0", "999"});
    command.add({"HGET", keys_.busy(peer), anyId});
    for (long long day = today - days; day <= today + 1; ++day)
      command.add({"HGET", keys_.receipts(peer, day), asReceipt});
    const bool isKeyOf = anyId.starts_with(peer) && anyId.substr(peer.size()).starts_with(':');
    if (isKeyOf) addLedger(command, keys_.ledger(peer, anyId.substr(peer.size() + 1)));
    const auto replies = connection_.exchange(command);
    if (!replies.ok()) return replies.error();
    const std::size_t last = replies->size() - (isKeyOf ? 2 : 0);
    const redis::RedisReply* refused = readLedger(replies->first(2), ids);
    if (isKeyOf && refused == nullptr) refused = readLedger(replies->last(2), ids);
    for (const redis::RedisReply* reply : replies->first(last).subspan(2))
      if (refused == nullptr && reply->isError()) refused = reply;
    if (refused != nullptr) return connection_.refusal(*refused);
    for (const redis::RedisReply& value : (*replies)[2]->items) ids.emplace(value.text.substr(1));
    if (!(*replies)[3]->isNil()) ids.emplace((*replies)[3]->text.substr(1));
    for (const redis::RedisReply* receipt : replies->first(last).subspan(4))
      if (receipt->kind == redis::RedisReply::Kind::text) ids.emplace(receipt->text);
  }
  return ids;
}

Result<void> TrailReader::addRecordsOfException(std::string_view id, std::set<std::string>& ids) {
  redis::RedisCommand command;
  command.add({"HGET", keys_.exception(id), "record"});
  command.add({"GET", keys_.formerException(id)});
  const auto replies = connection_.callAll(command);
  if (!replies.ok()) return replies.error();
  for (const redis::RedisReply* record : *replies)
    if (!record->isNil()) ids.emplace(record->text);
  return {};
}

/// In small steps, between which Redis serves others.
Result<void> TrailReader::addRecordsOfKey(std::string_view key, std::set<std::string>& ids) {
  const std::string prefix = keys_.record("");
  const auto until = clock_.steady() + kSearchTime;
  std::string cursor = "0";
  do {
    std::vector<std::string> names;
    {
      const auto page = connection_.call(
          {"SCAN", cursor, "MATCH", prefix + "*", "COUNT", std::to_string(kScanPage)});
      if (!page.ok()) return page.error();
      cursor = (*page)->items[0].text;
      for (const redis::RedisReply& name : (*page)->items[1].items) names.emplace_back(name.text);
    }
    if (names.empty()) continue;
    redis::RedisCommand command;
    for (const std::string& name : names) command.add({"HGET", name, "k"});
    const auto keys = connection_.callAll(command);
    if (!keys.ok()) return keys.error();
    for (std::size_t i = 0; i < names.size(); ++i)
      if ((*keys)[i]->text == key) ids.insert(names[i].substr(prefix.size()));
  } while (cursor != "0" && clock_.steady() < until);
  return {};
}

Result<std::optional<Trail>> TrailReader::trailOf(const std::string& recordId) {
  const auto hash = connection_.call({"HGETALL", keys_.record(recordId)});
  if (!hash.ok()) return hash.error();
  if ((*hash)->items.empty()) return std::optional<Trail>();
  Trail trail;
  trail.recordId = recordId;
  trail.sender = fieldOf(**hash, "s");
  trail.type = fieldOf(**hash, "t");
  trail.key = fieldOf(**hash, "k");
  trail.accepted = wallTime(fieldOf(**hash, "a"));
  trail.event = fieldOf(**hash, "e");
  const std::string_view body = fieldOf(**hash, "b"), evidence = fieldOf(**hash, "v");
  raw_ += body.size() + evidence.size();
  if (raw_ <= kMostRaw) {
    trail.body = body;
    trail.evidence = evidence;
  }
  eachWord(fieldOf(**hash, "to"), [&](std::string_view peer) {
    TrailDelivery delivery = readDelivery(peer, fieldOf(**hash, std::string("d:").append(peer)));
    delivery.attempts = readAttempts(fieldOf(**hash, std::string("h:").append(peer)));
    trail.deliveries.push_back(std::move(delivery));
  });
  eachWord(fieldOf(**hash, "n"), [&](std::string_view peer) {
    TrailDelivery& echo = trail.deliveries.emplace_back();
    echo.peer = peer;
    echo.state = "echo";
    echo.at = wallTime(fieldOf(**hash, "a"));
  });
  for (TrailDelivery& delivery : trail.deliveries) {
    const auto leased = connection_.call({"HEXISTS", keys_.leases(delivery.peer), recordId});
    if (!leased.ok()) return leased.error();
    if ((*leased)->integer == 1 && delivery.state != "echo") delivery.state = "leased";
  }
  return std::optional(std::move(trail));
}

}  // namespace lianqiao::review
