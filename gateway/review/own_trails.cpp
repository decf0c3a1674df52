// What one peer may be told: nothing is looked up by what only another peer knows.
#include <algorithm>

#include "base/ids.h"
#include "lianqiao/text.h"
#include "queue/deliveries.h"
#include "review/redis_record_store.h"
#include "review/trail_reader.h"

namespace lianqiao::review {
namespace {

constexpr long long kReceiptDay = 86'400'000;

bool goesTo(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const std::string_view one = words.substr(0, words.find(' '));
    if (one == word) return true;
    words.remove_prefix(std::min(one.size() + 1, words.size()));
  }
  return false;
}

}  // namespace

Result<std::vector<Trail>> TrailReader::readOwn(std::string_view peer, std::string_view anyId,
                                                std::size_t most) {
  auto ids = ownRecordsOf(peer, anyId);
  if (!ids.ok()) return ids.error();
  std::vector<Trail> trails;
  for (auto id = ids->rbegin(); id != ids->rend() && trails.size() < most; ++id) {
    // The same two small fields, whether it is there, its own, or another's.
    bool own = false;
    {
      const auto whose = connection_.exchange({"HMGET", keys_.record(*id), "s", "to"});
      if (!whose.ok()) return whose.error();
      const redis::RedisReply& fields = *whose->front();
      own = fields.items.size() == 2 &&
            (fields.items[0].text == peer || goesTo(fields.items[1].text, peer));
    }
    if (!own) continue;
    auto trail = trailOf(*id);
    if (!trail.ok()) return trail.error();
    if (*trail) trails.push_back(std::move(**trail));
  }
  return trails;
}

/// By the peer's own ledger and receipts; our ids are told to nobody else.
Result<std::set<std::string>> TrailReader::ownRecordsOf(std::string_view peer,
                                                        std::string_view anyId) {
  std::set<std::string> ids;
  if (base::isId(anyId)) ids.emplace(anyId);
  const long long today = clock_.wall().time_since_epoch().count() / kReceiptDay;
  const long long days = retention_.delivered.count() / kReceiptDay + 1;
  const std::string_view asReceipt = cutAt(anyId, queue::Settlement::kReceiptBytes);
  redis::RedisCommand command;
  command.add({"HVALS", keys_.ledger(peer, anyId)});
  command.add({"GET", keys_.ledger(peer, anyId)});
  command.add({"GET", keys_.formerException(anyId)});
  for (long long day = today - days; day <= today + 1; ++day)
    command.add({"HGET", keys_.receipts(peer, day), asReceipt});
  const auto replies = connection_.exchange(command);
  if (!replies.ok()) return replies.error();
  for (const redis::RedisReply* reply : *replies) {
    for (const redis::RedisReply& entry : reply->items)
      ids.emplace(entry.text.substr(0, entry.text.find(' ')));
    if (reply->kind == redis::RedisReply::Kind::text)
      ids.emplace(reply->text.substr(0, reply->text.find(' ')));
  }
  return ids;
}

Result<std::vector<Trail>> RedisRecordStore::ownTrails(std::string_view peer,
                                                       std::string_view anyId, std::size_t most) {
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  return TrailReader(**borrowed, keys_, retention_, clock_).readOwn(peer, anyId, most);
}

}  // namespace lianqiao::review
