#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "lianqiao/result.h"

namespace lianqiao::observe {

/// Somebody at an address who is refused in a peer's name, for one reason.
struct RefusedCaller {
  std::string address;
  std::string peer;  ///< Empty: none of that name is configured.
  std::string code;
  std::string detail;  ///< Of the last time; masked, bounded.
  std::uint64_t times = 0;
  WallTime first{};
  WallTime last{};
};

/// Who was refused since the process began: a table in memory, for whoever is refused must cost no
/// write. When it is full, the one that was heard of longest ago goes. Thread-safe, waits for
/// nothing.
class RefusedCallers {
 public:
  static constexpr std::size_t kMost = 256;
  static constexpr std::size_t kMostDetail = 300;

  explicit RefusedCallers(const base::Clock& clock) : clock_(clock) {}

  void add(std::string_view address, std::string_view peer, const Error& why)
      LIANQIAO_EXCLUDES(mutex_);
  /// The one heard of last comes first.
  [[nodiscard]] std::vector<RefusedCaller> all() const LIANQIAO_EXCLUDES(mutex_);
  /// How many went to make room.
  [[nodiscard]] std::uint64_t gone() const LIANQIAO_EXCLUDES(mutex_);

 private:
  using Key = std::tuple<std::string, std::string, std::string>;  // address, peer, code

  const base::Clock& clock_;
  mutable base::Mutex mutex_;
  std::map<Key, RefusedCaller> callers_ LIANQIAO_GUARDED_BY(mutex_);
  std::uint64_t gone_ LIANQIAO_GUARDED_BY(mutex_) = 0;
};

}  // namespace lianqiao::observe
