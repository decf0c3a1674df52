#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lianqiao/result.h"

/// Patterns of times: `yyyy-MM-dd HH:mm:ss`. Pure and thread-safe.
namespace lianqiao::times {

enum class TimePart : std::uint8_t {
  literal,
  year,
  month,
  day,
  hour,
  minute,
  second,
  milli,
  half,     ///< a: 上午, 下午, AM, PM, and what else TimeWord knows.
  weekday,  ///< E: 星期五, 周五, Fri.
  zone,
};

struct PatternToken {
  TimePart part;
  int width;     ///< Digits at least; 1 reads one or two.
  char literal;  ///< One byte of it.
  bool twelve;   ///< An hour of a 12-hour clock.
};

enum class TimeUse : std::uint8_t { read, write };

/// Takes a pattern apart. Fails with config.invalid, naming part and remedy, where it cannot be
/// meant: a letter that is no part or stands twice, a gap (days without months), parts out of their
/// order (the date is y M d, d M y or M d y in one piece, the clock H m s S in one piece), `h`
/// without `a`, `H` with `a`, months where minutes belong and the other way round, a unit of
/// another part (`mm月`), digits that run into each other (`yyyyMd`), full-width characters. What
/// is read needs its day.
Result<std::vector<PatternToken>> compilePattern(std::string_view text, TimeUse use);

/// Why no one can mean the pattern; nullopt where somebody can.
std::optional<std::string> whyMeaningless(const std::vector<PatternToken>& tokens, TimeUse use);

}  // namespace lianqiao::times
