#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "queue/deliveries.h"
#include "queue/heartbeat.h"
#include "queue/keys.h"
#include "queue/retry_clock.h"
#include "queue/sweeper.h"
#include "redis/redis_command.h"
#include "redis/redis_reply.h"

namespace lianqiao::queue {

/// How this node asks Redis for leases, on whichever connection: the call, its answer, and what is
/// done when there is none. Thread-safe. REQUIRES: everything passed in outlives it.
class LeaseCalls {
 public:
  struct Call {
    std::uint64_t number = 0;
    std::uint64_t era = 0;
    std::chrono::steady_clock::time_point until{};
    std::string holder;  ///< "<node>.<start> <ms>.<number>", as in tokens.
  };

  LeaseCalls(Keys keys, Heartbeat& heart, Sweeper& sweeper, const base::Clock& clock,
             const RetryClock& retries)
      : keys_(std::move(keys)),
        heart_(heart),
        sweeper_(sweeper),
        clock_(clock),
        retries_(retries) {}

  /// False once another process runs under this node's name.
  [[nodiscard]] bool allowed() const { return !heart_.superseded(); }
  /// A call whose leases last for that time, which begins now: to be sent at once.
  [[nodiscard]] Call begin(std::chrono::milliseconds time);
  /// Appends a run of lease.lua.
  void add(redis::RedisCommand& command, std::string_view peer, std::size_t max, const Call& call);
  [[nodiscard]] static std::vector<Lease> read(std::string_view peer, const Call& call,
                                               const redis::RedisReply& reply);
  /// Its answer was lost: what Redis leases by it is given out again.
  void disown(const Call& call) { sweeper_.disown(call.number, call.until); }

 private:
  const Keys keys_;
  Heartbeat& heart_;
  Sweeper& sweeper_;
  const base::Clock& clock_;
  const RetryClock& retries_;
  std::atomic<std::uint64_t> calls_{0};
};

}  // namespace lianqiao::queue
