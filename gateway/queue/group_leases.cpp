#include "queue/group_leases.h"

#include <algorithm>
#include <utility>

#include "queue/contained.h"

namespace lianqiao::queue {

void GroupLeases::ask(std::string_view peer, RedisCommand& command) {
  if (std::find(asked_.begin(), asked_.end(), peer) != asked_.end()) return;
  asked_.push_back(peer);
  if (!leaseCalls_.allowed()) return;
  Demand demand;
  contained(log_, "onOwed", [&] { demand = ask_(peer); });
  if (demand.count == 0) return;
  const LeaseCalls::Call call = leaseCalls_.add(command, peer, demand.count, demand.time);
  calls_.push_back({std::string(peer), call, std::move(demand)});
}

bool GroupLeases::covers(std::string_view peer) const {
  return std::any_of(calls_.begin(), calls_.end(),
                     [peer](const Call& call) { return call.peer == peer; });
}

void GroupLeases::hear(std::span<const RedisReply* const> replies,
                       const RedisConnection& connection) {
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    Call& call = calls_[i];
    if (replies[i]->isError()) {
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
  asked_.clear();
  calls_.clear();
}

void GroupLeases::hand(Call& call, Result<std::vector<Lease>> leases) {
  contained(log_, "a taker", [&] { call.demand.take(std::move(leases)); });
}

}  // namespace lianqiao::queue
