#include "times/time_words.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "lianqiao/ascii.h"

namespace lianqiao::times {
namespace {

struct Word {
  std::string_view text;
  char meaning;
};

constexpr char of(DayPart part) {
  return static_cast<char>(sign::kDayPart + static_cast<char>(part));
}

constexpr Word kChinese[] = {{"年", sign::kYear},
                             {"月", sign::kMonth},
                             {"日", sign::kDay},
                             {"号", sign::kDay},
                             {"时", sign::kHour},
                             {"点", sign::kHour},
                             {"分", sign::kMinute},
                             {"秒", sign::kSecond},
                             {"上午", of(DayPart::forenoon)},
                             {"下午", of(DayPart::afternoon)},
                             {"中午", of(DayPart::midday)},
                             {"晚上", of(DayPart::evening)},
                             {"早上", of(DayPart::morning)},
                             {"凌晨", of(DayPart::dawn)},
                             {"傍晚", of(DayPart::dusk)}};

constexpr std::string_view kWeek[] = {"星期", "周", "礼拜"};
constexpr Word kWeekdayWords[] = {{"日", 0}, {"天", 0}, {"一", 1}, {"二", 2},
                                  {"三", 3}, {"四", 4}, {"五", 5}, {"六", 6}};

constexpr std::string_view kEnglishDays[] = {"sunday",   "monday", "tuesday", "wednesday",
                                             "thursday", "friday", "saturday"};

std::optional<char> takeEnglish(std::string_view& rest) {
  std::array<char, 9> lower{};  // wednesday
  std::size_t size = 0;
  for (; size < rest.size() && isLetter(rest[size]); ++size) {
    if (size == lower.size()) return std::nullopt;
    lower[size] = lowerAscii(rest[size]);
  }
  const std::string_view word(lower.data(), size);
  std::optional<char> found;
  if (word == "am") found = of(DayPart::am);
  if (word == "pm") found = of(DayPart::afternoon);
  for (std::size_t i = 0; i < std::size(kEnglishDays) && size >= 3; ++i) {
    // Mon, Tues, Thurs, Friday
    const bool cut = size <= 5 && kEnglishDays[i].starts_with(word);
    if (cut || kEnglishDays[i] == word)
      found = static_cast<char>(sign::kWeekday + static_cast<char>(i));
  }
  if (found) rest.remove_prefix(size);
  return found;
}

std::optional<char> takeWeekday(std::string_view& rest) {
  for (std::string_view week : kWeek) {
    if (!rest.starts_with(week)) continue;
    for (const Word& day : kWeekdayWords) {
      if (!rest.substr(week.size()).starts_with(day.text)) continue;
      rest.remove_prefix(week.size() + day.text.size());
      return static_cast<char>(sign::kWeekday + day.meaning);
    }
  }
  return std::nullopt;
}

/// Hours that a part of the day may stand beside, and what to add to them.
struct Span {
  DayPart part;
  int first;
  int last;
  int add;
};
constexpr Span kSpans[] = {
    {DayPart::none, 0, 23, 0},     {DayPart::am, 0, 11, 0},         {DayPart::am, 12, 12, -12},
    {DayPart::forenoon, 0, 11, 0}, {DayPart::afternoon, 1, 11, 12}, {DayPart::afternoon, 12, 23, 0},
    {DayPart::dawn, 0, 6, 0},      {DayPart::dawn, 12, 12, -12},    {DayPart::morning, 4, 11, 0},
    {DayPart::midday, 11, 14, 0},  {DayPart::midday, 1, 2, 12},     {DayPart::dusk, 4, 8, 12},
    {DayPart::dusk, 16, 20, 0},    {DayPart::evening, 5, 11, 12},   {DayPart::evening, 17, 23, 0}};

}  // namespace

std::optional<char> takeTimeWord(std::string_view& rest) {
  if (rest.empty()) return std::nullopt;
  if (static_cast<unsigned char>(rest[0]) < 0x80)
    return isLetter(rest[0]) ? takeEnglish(rest) : std::nullopt;
  for (const Word& word : kChinese) {
    if (!rest.starts_with(word.text)) continue;
    rest.remove_prefix(word.text.size());
    return word.meaning;
  }
  return takeWeekday(rest);
}

std::optional<DayPart> dayPartOf(char sign) {
  if (sign <= sign::kDayPart || sign > of(DayPart::evening)) return std::nullopt;
  return static_cast<DayPart>(sign - sign::kDayPart);
}

std::optional<int> weekdayOf(char sign) {
  if (sign < sign::kWeekday || sign > sign::kWeekday + 6) return std::nullopt;
  return sign - sign::kWeekday;
}

std::optional<int> hourOfDay(DayPart part, int hour, bool twelve) {
  if (twelve && (hour < 1 || hour > 12)) return std::nullopt;
  if (twelve && part == DayPart::forenoon && hour == 12) return 0;
  for (const Span& span : kSpans) {
    if (span.part == part && hour >= span.first && hour <= span.last) return hour + span.add;
  }
  return std::nullopt;
}

}  // namespace lianqiao::times
