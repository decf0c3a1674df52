#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/mutex.h"
#include "lianqiao/host.h"

namespace lianqiao::spool {

/// Nonces of signed requests until their time has passed, in memory: those that Redis was told,
/// too, so that a request from before an outage is not taken again in it. Over the bound those that
/// end first are forgotten first. Thread-safe.
class NonceBook {
 public:
  explicit NonceBook(std::size_t most = 500'000) : most_(most) {}

  enum class Entry { fresh, same_use, other_use };

  /// Takes a fresh one in. One stands there until its time has passed; an empty use is like no
  /// other.
  Entry add(std::string_view nonce, std::string_view use, WallTime until, WallTime now)
      LIANQIAO_EXCLUDES(mutex_);
  void remove(std::string_view nonce) LIANQIAO_EXCLUDES(mutex_);

 private:
  using Order = std::multimap<std::int64_t, std::string_view>;  ///< By end, wall ms.
  struct Known {
    std::string use;
    Order::iterator place;
  };

  void erase(Order::iterator entry) LIANQIAO_REQUIRES(mutex_);

  const std::size_t most_;
  base::Mutex mutex_;
  std::unordered_map<std::string, Known> known_ LIANQIAO_GUARDED_BY(mutex_);
  Order order_ LIANQIAO_GUARDED_BY(mutex_);  ///< Views of the keys of known_.
};

}  // namespace lianqiao::spool
