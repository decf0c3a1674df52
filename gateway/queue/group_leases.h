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

  /// The group owes that peer one delivery more: of `own`, which can be handed out at once; null
  /// where another may be stored. It and `peer` live until hear() or lose().
  void owe(std::string_view peer, const record::Record* own);
  /// Once for each group, when all is owed: asks who takes.
  void ask();
  /// How many words add() will append.
  [[nodiscard]] std::size_t words() const { return 1 + kTakerWords * calls_.size(); }
  /// The takers, as accept.lua reads them.
  void add(redis::RedisCommand& command) const;
  /// All that the group owes that peer was asked for, and handed out as far as its keys let it.
  [[nodiscard]] bool covers(std::string_view peer) const;
  /// What accept.lua has leased of records accepted at `now`: all is handed over.
  void hear(const redis::RedisReply& leased, WallTime now);
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
    std::size_t count = 0;         ///< At most.
    std::size_t owed = 0;          ///< Its place in owed_.
    bool all = false;              ///< That the group owes.
  };
  static constexpr std::size_t kTakerWords = 3;
  static constexpr std::size_t kGivenWords = 4;  ///< Before the ids.

  [[nodiscard]] std::vector<Lease> read(const Call& call, std::span<const redis::RedisReply> words,
                                        WallTime now) const;
  void hand(Call& call, Result<std::vector<Lease>> leases);

  LeaseCalls& leaseCalls_;
  const Takers& takers_;
  const base::LogLine log_;
  std::vector<Owed> owed_;
  std::vector<Call> calls_;
};

}  // namespace lianqiao::queue
