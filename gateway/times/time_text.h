#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lianqiao/host.h"
#include "lianqiao/result.h"
#include "times/time_pattern.h"

/// Times as people and platforms write them, and back. No locale, no clock, no time-zone database:
/// a zone is a fixed offset. All functions are pure and thread-safe.
namespace lianqiao::times {

using ZoneOffset = std::chrono::minutes;

/// `+08:00`, `+0800`, `+8`, `Z`, `UTC` or a zone name with one fixed offset (Asia/Shanghai); else
/// nullopt.
std::optional<ZoneOffset> readZone(std::string_view text);

/// How exactly a text tells its time: the smallest part that it names. Times are compared no finer
/// than the coarser of two.
enum class TimePrecision : std::uint8_t { day, hour, minute, second, millisecond };

struct TimeReading {
  WallTime time;
  TimePrecision precision = TimePrecision::day;
  bool finer = false;  ///< The text tells more than `time`, which is cut or rounded.
};

/// One way to read or write a time.
class TimeFormat {
 public:
  /// `auto`, `epoch_s`, `epoch_ms`, `excel` (which is only read), or a pattern (time_pattern.h) of
  /// yyyy yy M MM d dd H HH h hh m mm s ss SSS a E Z, other characters for themselves, letters in
  /// 'quotes'. Fails with config.invalid, naming what is wrong and what would be right.
  static Result<TimeFormat> compile(std::string_view text, TimeUse use = TimeUse::read);

  /// The moment, or nullopt where `text` is none (also for dates that no calendar has, 24:00 and
  /// leap seconds; years must be 1900–2199), names a weekday that the date is not, or can be meant
  /// in two ways. `zone` is for texts without one. Full-width characters and white space around are
  /// accepted.
  [[nodiscard]] std::optional<TimeReading> read(std::string_view text, ZoneOffset zone) const;

  /// Writes into `out` (at least kTimeTextSize bytes); returns the length, 0 where the pattern
  /// cannot tell the time (`yy` holds 2000–2099). `auto` writes RFC 3339.
  std::size_t write(WallTime time, ZoneOffset zone, char* out) const;

  /// epoch_s and epoch_ms write digits that stand for a number.
  [[nodiscard]] bool numeric() const;

 private:
  enum class Kind : std::uint8_t { automatic, epoch_s, epoch_ms, excel, pattern };
  [[nodiscard]] std::optional<TimeReading> readPattern(std::string_view text,
                                                       ZoneOffset zone) const;

  Kind kind_ = Kind::automatic;
  std::vector<PatternToken> tokens_;
};

inline constexpr std::size_t kTimeTextSize = 96;

/// RFC 3339 with that offset; milliseconds only where they are not zero. `out` as for write().
std::size_t writeRfc3339(WallTime time, ZoneOffset zone, char* out);
/// yyyy-MM-dd in that zone, 10 bytes.
std::size_t writeDate(WallTime time, ZoneOffset zone, char* out);

}  // namespace lianqiao::times
