#include "queue/group_leases.h"

#include <algorithm>
#include <utility>

#include "queue/contained.h"
#include "queue/group_words.h"

namespace lianqiao::queue {

void GroupLeases::owe(std::string_view peer, const record::Record* own) {
  auto owed = std::find_if(owed_.begin(), owed_.end(),
                           [peer](const Owed& one) { return one.peer == peer; });
  if (owed == owed_.end()) owed = owed_.insert(owed_.end(), {peer, 0, {}});
  ++owed->count;
  if (own != nullptr) owed->own.push_back(own);
}

void GroupLeases::ask() {
  if (!leaseCalls_.allowed()) return;
  for (std::size_t i = 0; i < owed_.size(); ++i) {
    const Owed& owed = owed_[i];
    std::shared_ptr<Taker> taker = owed.own.empty() ? nullptr : takers_.find(owed.peer);
    if (taker == nullptr) continue;
    Taker::Demand demand;
    contained(log_, "demand", [&] { demand = taker->demand(); });
    if (demand.count == 0) continue;
    const std::size_t count = std::min(demand.count, owed.own.size());
    calls_.push_back({std::string(owed.peer), leaseCalls_.begin(demand.time), std::move(taker),
                      count, i, count == owed.count});
  }
}

void GroupLeases::add(redis::RedisCommand& command) const {
  command.word(static_cast<long long>(calls_.size()));
  for (const Call& call : calls_) {
    command.word(call.peer);
    command.word(static_cast<long long>(call.count));
    command.word(call.call.holder);
  }
}

bool GroupLeases::covers(std::string_view peer) const {
  return std::any_of(calls_.begin(), calls_.end(),
                     [peer](const Call& call) { return call.all && call.peer == peer; });
}

void GroupLeases::hear(const redis::RedisReply& leased, WallTime now) {
  // Of each peer: its name, the fence, how many others were lined up, how many are leased, their
  // ids.
  std::span<const redis::RedisReply> words = leased.items;
  std::vector<std::span<const redis::RedisReply>> given(calls_.size());
  while (words.size() > kGivenWords) {
    const std::size_t count =
        std::min(kGivenWords + static_cast<std::size_t>(words[3].number()), words.size());
    for (std::size_t i = 0; i < calls_.size(); ++i)
      if (calls_[i].peer == words[0].text) given[i] = words.first(count);
    words = words.subspan(count);
  }
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    std::vector<Lease> leases = read(calls_[i], given[i], now);
    // Others wait before them, or beside them: late ones, and what is lined up once more.
    if (leases.empty() || given[i][2].number() > 0) calls_[i].all = false;
    hand(calls_[i], std::move(leases));
  }
  owed_.clear();
}

/// Redis leases them in the order in which they were owed, high ones first.
std::vector<Lease> GroupLeases::read(const Call& call, std::span<const redis::RedisReply> words,
                                     WallTime now) const {
  std::vector<Lease> leases;
  if (words.empty()) return leases;
  const std::string token = std::string(words[1].text) + " " + call.call.holder;
  words = words.subspan(kGivenWords);
  leases.reserve(words.size());
  const std::vector<const record::Record*>& own = owed_[call.owed].own;
  auto at = own.begin();
  for (const redis::RedisReply& id : words) {
    const auto isIt = [&](const record::Record* record) { return record->id == id.text; };
    auto found = std::find_if(at, own.end(), isIt);
    if (found == own.end()) found = std::find_if(own.begin(), at, isIt);
    if (found == own.end()) continue;
    at = found;
    const record::Record& record = **found;
    Lease& lease = leases.emplace_back();
    lease.peer = call.peer;
    lease.recordId = record.id;
    lease.key = keyOf(record);
    lease.type = record.type;
    lease.entry = record.destinations.size() > 1 ? token + " m" : token;
    lease.event = record.event;
    lease.accepted = now;
    lease.priority = record.priority;
    lease.until = call.call.until;
    lease.era = call.call.era;
  }
  return leases;
}

void GroupLeases::lose(const Error& why) {
  for (Call& call : calls_) {
    leaseCalls_.disown(call.call);
    hand(call, why);
  }
  owed_.clear();
  calls_.clear();
}

void GroupLeases::clear() {
  owed_.clear();
  calls_.clear();
}

void GroupLeases::hand(Call& call, Result<std::vector<Lease>> leases) {
  const auto taker = std::exchange(call.taker, nullptr);
  contained(log_, "take", [&] { taker->take(std::move(leases)); });
}

}  // namespace lianqiao::queue
