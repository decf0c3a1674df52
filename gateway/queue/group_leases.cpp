#include "queue/group_leases.h"

#include <algorithm>
#include <utility>

#include "queue/contained.h"

namespace lianqiao::queue {

void GroupLeases::owe(std::string_view peer, const record::Record* own) {
  auto owed = std::find_if(owed_.begin(), owed_.end(),
                           [peer](const Owed& one) { return one.peer == peer; });
  if (owed == owed_.end()) owed = owed_.insert(owed_.end(), {peer, 0, {}});
  ++owed->count;
  if (own != nullptr) owed->own.push_back(own);
}

void GroupLeases::ask(redis::RedisCommand& command) {
  if (!leaseCalls_.allowed()) return;
  for (std::size_t i = 0; i < owed_.size(); ++i) {
    const Owed& owed = owed_[i];
    std::shared_ptr<Taker> taker = takers_.find(owed.peer);
    if (taker == nullptr) continue;
    Taker::Demand demand;
    contained(log_, "demand", [&] { demand = taker->demand(); });
    if (demand.count == 0) continue;
    const std::size_t count = std::min(demand.count, owed.count);
    // The first are leased first: of more ids nothing would come of use.
    const auto own = std::span(owed.own).first(std::min(count, owed.own.size()));
    const LeaseCalls::Call call = leaseCalls_.add(command, owed.peer, count, demand.time, own);
    const bool all = count == owed.count;
    calls_.push_back({std::string(owed.peer), call, std::move(taker), i, all});
  }
}

bool GroupLeases::covers(std::string_view peer) const {
  return std::any_of(calls_.begin(), calls_.end(),
                     [peer](const Call& call) { return call.all && call.peer == peer; });
}

void GroupLeases::hear(std::span<const redis::RedisReply> replies,
                       const redis::RedisConnection& connection) {
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    Call& call = calls_[i];
    if (replies[i].isError()) {
      leaseCalls_.disown(call.call);
      hand(call, connection.refusal(replies[i]));
    } else {
      std::vector<Lease> leases = LeaseCalls::read(call.peer, call.call, replies[i]);
      addEvents(owed_[call.owed], leases);
      hand(call, std::move(leases));
    }
  }
  owed_.clear();
}

/// Redis leases them in the order in which they were owed, mostly.
void GroupLeases::addEvents(const Owed& owed, std::vector<Lease>& leases) const {
  auto at = owed.own.begin();
  for (Lease& lease : leases) {
    if (!lease.event.empty()) continue;
    const auto isIt = [&](const record::Record* record) { return record->id == lease.recordId; };
    at = std::find_if(at, owed.own.end(), isIt);
    if (at == owed.own.end()) at = std::find_if(owed.own.begin(), at, isIt);
    if (at != owed.own.end()) lease.event = (*at)->event;
  }
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
