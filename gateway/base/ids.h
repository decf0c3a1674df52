#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/mutex.h"

namespace lianqiao::base {

inline constexpr std::size_t kIdLength = 26;

/// Makes the ids of records and exceptions: 26 characters of Crockford's base 32, the first 10 the
/// time in milliseconds, the rest random. Text order is order of making within one IdSource, also
/// when many are made in one millisecond and when the clock steps back. Two sources with different
/// seeds do not meet in practice (80 random bits). Thread-safe.
class IdSource {
 public:
  /// `seed` should come from the machine's randomness; tests give a constant.
  IdSource(const Clock& clock, std::uint64_t seed);

  [[nodiscard]] std::string next();

 private:
  std::uint64_t random() LIANQIAO_REQUIRES(mutex_);

  const Clock& clock_;
  Mutex mutex_;
  std::array<std::uint64_t, 4> state_ LIANQIAO_GUARDED_BY(mutex_);
  std::uint64_t millis_ LIANQIAO_GUARDED_BY(mutex_) = 0;
  std::uint64_t high_ LIANQIAO_GUARDED_BY(mutex_) = 0;  ///< Upper 16 of the 80 random bits.
  std::uint64_t low_ LIANQIAO_GUARDED_BY(mutex_) = 0;
};

/// A seed out of the machine's randomness.
[[nodiscard]] std::uint64_t randomSeed();

/// True for a text that IdSource could have made.
[[nodiscard]] bool isId(std::string_view text);

/// When that id was made; nullopt when it is none.
[[nodiscard]] std::optional<WallTime> timeOfId(std::string_view id);

}  // namespace lianqiao::base
