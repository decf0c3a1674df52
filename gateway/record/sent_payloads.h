#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/mutex.h"

namespace lianqiao::record {

/// What went to a peer for one record, on its way by hand from who delivers to who keeps the
/// history. Bounded: the oldest make room, and what a process has not handed over dies with it.
/// Thread-safe.
class SentPayloads {
 public:
  static constexpr std::size_t kMostBytes = 32u << 20;
  /// Of one; a larger one is not kept.
  static constexpr std::size_t kMostOfOne = 256u << 10;

  explicit SentPayloads(std::size_t most = kMostBytes) : most_(most) {}

  void add(std::string_view record, std::string_view peer, std::string payload);
  /// It is here no more.
  std::optional<std::string> take(std::string_view record, std::string_view peer);

 private:
  struct One {
    std::string payload;
    std::uint64_t number = 0;
  };
  struct Place {
    std::string key;
    std::uint64_t number = 0;
  };

  const std::size_t most_;
  base::Mutex mutex_;
  std::unordered_map<std::string, One> all_ LIANQIAO_GUARDED_BY(mutex_);
  std::deque<Place> oldest_ LIANQIAO_GUARDED_BY(mutex_);  ///< Also of such that were taken.
  std::size_t bytes_ LIANQIAO_GUARDED_BY(mutex_) = 0;
  std::uint64_t next_ LIANQIAO_GUARDED_BY(mutex_) = 0;
};

/// What a payload is called in the journal: the first 16 hexadecimal digits of its SHA-256.
[[nodiscard]] std::string payloadDigest(std::string_view payload);

}  // namespace lianqiao::record
