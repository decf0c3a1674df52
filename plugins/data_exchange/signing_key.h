#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "data_exchange/connection.h"
#include "data_exchange/platform_answer.h"
#include "lianqiao/mutex.h"

namespace lianqiao::data_exchange {

/// The secret that signs calls of one service; fetched from the platform where the settings say so
/// (protocols §2.1). Thread-safe: one fetch at a time, its result or failure is shared by all that
/// wait for it.
class SigningKey {
 public:
  struct Key {
    std::string secret;
    std::uint64_t number = 0;  ///< Counts the fetches.
  };

  /// `connection`, `rules` and `host` must outlive this.
  SigningKey(const Connection& connection, std::string serviceId, const PlatformRules& rules,
             Host& host);

  /// The key to sign with now. Fetches one where there is none or its end is near; a fetch that
  /// fails while the old key is still good is not an error. Fails with deliver.refused (appkey,
  /// permission) or as the network does.
  Result<Key> current(Deadline deadline);

  /// A newer one than key `stale`, which the platform no longer takes.
  Result<Key> newerThan(std::uint64_t stale, Deadline deadline);

  [[nodiscard]] bool renewable() const { return connection_.refresh != KeyRefresh::none; }

 private:
  struct Fetched {
    std::string secret;
    WallTime end;
  };

  /// Unlocks the mutex meanwhile.
  Result<Key> renewed(Deadline deadline) LIANQIAO_REQUIRES(mutex_);
  Result<Fetched> fetch(Deadline deadline);
  void take(const Result<Fetched>& fetched) LIANQIAO_REQUIRES(mutex_);

  const Connection& connection_;
  const std::string serviceId_;
  const PlatformRules& rules_;
  Host& host_;

  Mutex mutex_;
  Condition changed_;
  bool fetching_ LIANQIAO_GUARDED_BY(mutex_) = false;
  std::uint64_t rounds_ LIANQIAO_GUARDED_BY(mutex_) = 0;      // fetches ended, well or not
  std::optional<Error> failure_ LIANQIAO_GUARDED_BY(mutex_);  // of the last one
  Key key_ LIANQIAO_GUARDED_BY(mutex_);                       // number 0: none yet
  WallTime end_ LIANQIAO_GUARDED_BY(mutex_){};
  WallTime renewAt_ LIANQIAO_GUARDED_BY(mutex_){};
};

}  // namespace lianqiao::data_exchange
