#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/log_line.h"
#include "queue/lease_calls.h"
#include "queue/work_queue.h"
#include "redis/redis_command.h"
#include "redis/redis_reply.h"

namespace lianqiao::queue {

/// The leases that one group brings along: for each peer at most as many as the group owes it, so
/// that nobody's answer waits for another's backlog. Of the commit thread alone.
class GroupLeases {
 public:
  using Ask = std::function<Demand(std::string_view peer)>;

  GroupLeases(LeaseCalls& leaseCalls, Ask ask, base::LogLine log)
      : leaseCalls_(leaseCalls), ask_(std::move(ask)), log_(std::move(log)) {}

  /// The group owes that peer one delivery more: of `record`, which lives until clear().
  void owe(std::string_view peer, const record::Record& record);
  /// Once for each group, when all is owed: appends a call for each peer that demands something.
  void ask(redis::RedisCommand& command);
  /// How many calls were appended.
  [[nodiscard]] std::size_t size() const { return calls_.size(); }
  /// All that the group owes that peer was asked for.
  [[nodiscard]] bool covers(std::string_view peer) const;
  /// One answer for each call; all are handed over.
  void hear(std::span<const redis::RedisReply> replies, const redis::RedisConnection& connection);
  /// There are no answers.
  void lose(const Error& why);
  /// For the next group.
  void clear();

 private:
  struct Owed {
    std::string_view peer;  ///< Views into the group's entries.
    std::vector<const record::Record*> records;
  };
  struct Call {
    std::string peer;
    LeaseCalls::Call call;
    Demand demand;
    std::size_t owed = 0;  ///< Its place in owed_.
    bool all = false;      ///< That the group owes.
  };

  void addEvents(const Owed& owed, std::vector<Lease>& leases) const;
  void hand(Call& call, Result<std::vector<Lease>> leases);

  LeaseCalls& leaseCalls_;
  const Ask ask_;
  const base::LogLine log_;
  std::vector<Owed> owed_;
  std::vector<Call> calls_;
};

}  // namespace lianqiao::queue
