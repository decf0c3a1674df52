#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "data_exchange/connection.h"
#include "data_exchange/platform_answer.h"

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

  Result<Key> renewed(std::unique_lock<std::mutex>& lock, Deadline deadline);
  Result<Fetched> fetch(Deadline deadline);
  void take(const Result<Fetched>& fetched);

  const Connection& connection_;
  const std::string serviceId_;
  const PlatformRules& rules_;
  Host& host_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool fetching_ = false;
  std::uint64_t rounds_ = 0;      // fetches ended, well or not
  std::optional<Error> failure_;  // of the last one
  Key key_;                       // number 0: none yet
  WallTime end_{};
  WallTime renewAt_{};
};

}  // namespace lianqiao::data_exchange
