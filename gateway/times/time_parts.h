#pragma once

#include <optional>
#include <string_view>

#include "times/time_text.h"
#include "times/time_words.h"

/// What the readers and writers of times share.
namespace lianqiao::times {

/// A time on the calendar and the clock, as somebody wrote it.
struct Fields {
  int year = 0;
  int month = 1;
  int day = 1;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int milli = 0;
  bool finer = false;  ///< The text goes on behind the milliseconds.
  DayPart dayPart = DayPart::none;
  std::optional<int> weekday;  ///< 0 for Sunday.
  std::optional<ZoneOffset> zone;
  TimePrecision precision = TimePrecision::day;
};

/// nullopt where calendar or clock have no such time, or the weekday is another one; `zone` is for
/// texts without one. `twelve`: the hour is one of a 12-hour clock.
std::optional<TimeReading> moment(const Fields& fields, ZoneOffset zone, bool twelve = false);
Fields fieldsOf(WallTime time, ZoneOffset zone);

/// Takes a text apart from its beginning; each step says whether what it wants was there.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  bool digits(int least, int most, int& out);
  bool take(char c);
  bool blanks();
  /// 123 of any length, cut to milliseconds; `finer`: what was cut is not all zeros.
  bool fraction(int& milli, bool& finer);
  /// Z, +08:00, +0800 or +08.
  bool zone(std::optional<ZoneOffset>& out);

  /// The sign of a word (time_words.h).
  bool word(char& sign);

  [[nodiscard]] char peek() const { return rest_.empty() ? '\0' : rest_[0]; }
  [[nodiscard]] bool done() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

/// Each writes to `out` and returns the position behind it.
char* putDigits(char* out, int value, int width);
char* putZone(char* out, ZoneOffset zone);
char* putDate(char* out, const Fields& fields);

}  // namespace lianqiao::times
