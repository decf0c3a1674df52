#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "lianqiao/adapter.h"
#include "lianqiao/mutex.h"

namespace lianqiao::kit {

/// What a mock platform has taken and refused. Thread-safe.
class Ledger {
 public:
  /// Counts a thing under the key that it is recognised by. True when it comes for the first time.
  bool take(std::string_view idempotencyKey);
  /// Counts a refusal and hands its answer on.
  HttpResponse refuse(HttpResponse answer);
  [[nodiscard]] MockPeer::Taken taken() const;

 private:
  mutable Mutex mutex_;
  // Idempotency key → times.
  std::map<std::string, std::uint64_t, std::less<>> seen_ LIANQIAO_GUARDED_BY(mutex_);
  MockPeer::Taken taken_ LIANQIAO_GUARDED_BY(mutex_);
};

}  // namespace lianqiao::kit
