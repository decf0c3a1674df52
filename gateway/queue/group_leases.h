#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "queue/lease_calls.h"
#include "queue/log.h"
#include "queue/redis_command.h"
#include "queue/redis_reply.h"
#include "queue/work_queue.h"

namespace lianqiao::queue {

/// The leases that one group brings along: what is owed by it, and whatever else its peers would
/// take. Of the commit thread alone.
class GroupLeases {
 public:
  using Ask = std::function<Demand(std::string_view peer)>;

  GroupLeases(LeaseCalls& leaseCalls, Ask ask, Log log)
      : leaseCalls_(leaseCalls), ask_(std::move(ask)), log_(std::move(log)) {}

  /// Once for each peer and group: appends a call where the peer demands something.
  void ask(std::string_view peer, RedisCommand& command);
  /// How many calls were appended.
  [[nodiscard]] std::size_t size() const { return calls_.size(); }
  [[nodiscard]] bool covers(std::string_view peer) const;
  /// One answer for each call; all are handed over.
  void hear(std::span<const RedisReply* const> replies, const RedisConnection& connection);
  /// There are no answers.
  void lose(const Error& why);
  /// For the next group.
  void clear();

 private:
  struct Call {
    std::string peer;
    LeaseCalls::Call call;
    Demand demand;
  };

  void hand(Call& call, Result<std::vector<Lease>> leases);

  LeaseCalls& leaseCalls_;
  const Ask ask_;
  const Log log_;
  std::vector<std::string_view> asked_;  // views into the group's entries
  std::vector<Call> calls_;
};

}  // namespace lianqiao::queue
