#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/log_line.h"
#include "queue/lease_calls.h"
#include "queue/takers.h"
#include "redis/redis_command.h"
#include "redis/redis_reply.h"

namespace lianqiao::queue {

/// The leases that one group brings along (takers.h). Of the commit thread alone.
class GroupLeases {
 public:
  GroupLeases(LeaseCalls& leaseCalls, const Takers& takers, base::LogLine log)
      : leaseCalls_(leaseCalls), takers_(takers), log_(std::move(log)) {}

  /// The group owes that peer one delivery more: of `own`, whose event need not come back; null
  /// where another may be stored. It and `peer` live until hear() or lose().
  void owe(std::string_view peer, const record::Record* own);
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
    std::size_t count = 0;
    std::vector<const record::Record*> own;
  };
  struct Call {
    std::string peer;
    LeaseCalls::Call call;
    std::shared_ptr<Taker> taker;  ///< Until it has taken.
    std::size_t owed = 0;          ///< Its place in owed_.
    bool all = false;              ///< That the group owes.
  };

  void addEvents(const Owed& owed, std::vector<Lease>& leases) const;
  void hand(Call& call, Result<std::vector<Lease>> leases);

  LeaseCalls& leaseCalls_;
  const Takers& takers_;
  const base::LogLine log_;
  std::vector<Owed> owed_;
  std::vector<Call> calls_;
};

}  // namespace lianqiao::queue
