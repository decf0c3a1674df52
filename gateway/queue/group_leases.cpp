#include "queue/group_leases.h"

#include <algorithm>
#include <utility>

#include "queue/contained.h"

namespace lianqiao::queue {

void GroupLeases::owe(std::string_view peer) {
  const auto known = std::find_if(owed_.begin(), owed_.end(),
                                  [peer](const Owed& owed) { return owed.peer == peer; });
  if (known != owed_.end()) {
    ++known->count;
  } else {
    owed_.push_back({peer, 1});
  }
}

void GroupLeases::ask(redis::RedisCommand& command) {
  if (!leaseCalls_.allowed()) return;
  for (const Owed& owed : owed_) {
    Demand demand;
    contained(log_, "onOwed", [&] { demand = ask_(owed.peer); });
    if (demand.count == 0) continue;
    const std::size_t count = std::min(demand.count, owed.count);
    const LeaseCalls::Call call = leaseCalls_.add(command, owed.peer, count, demand.time);
    calls_.push_back({std::string(owed.peer), call, std::move(demand), count == owed.count});
  }
}

bool GroupLeases::covers(std::string_view peer) const {
  return std::any_of(calls_.begin(), calls_.end(),
                     [peer](const Call& call) { return call.all && call.peer == peer; });
}

void GroupLeases::hear(std::span<const redis::RedisReply* const> replies,
                       const redis::RedisConnection& connection) {
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    Call& call = calls_[i];
    if (replies[i]->isError()) {
      leaseCalls_.disown(call.call);
      hand(call, connection.refusal(*replies[i]));
    } else {
      hand(call, LeaseCalls::read(call.peer, call.call, *replies[i]));
    }
  }
}

void GroupLeases::lose(const Error& why) {
  for (Call& call : calls_) {
    leaseCalls_.disown(call.call);
    hand(call, why);
  }
  calls_.clear();
}

void GroupLeases::clear() {
  owed_.clear();
  calls_.clear();
}

void GroupLeases::hand(Call& call, Result<std::vector<Lease>> leases) {
  contained(log_, "a taker", [&] { call.demand.take(std::move(leases)); });
}

}  // namespace lianqiao::queue
