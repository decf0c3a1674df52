#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

/// Words in texts of times: 年, 下午, PM, 星期五, Fri. Pure and thread-safe.
namespace lianqiao::times {

/// Part of a day that a text names beside an hour.
enum class DayPart : std::uint8_t {
  none,
  am,         ///< AM: 12 is midnight, everywhere.
  forenoon,   ///< 上午: what 12 is depends on who writes.
  afternoon,  ///< 下午, PM.
  dawn,       ///< 凌晨
  morning,    ///< 早上
  midday,     ///< 中午
  dusk,       ///< 傍晚
  evening,    ///< 晚上
};

/// Signs for words, one byte each, below every visible character.
namespace sign {
inline constexpr char kYear = 1;
inline constexpr char kMonth = 2;
inline constexpr char kDay = 3;
inline constexpr char kHour = 4;
inline constexpr char kMinute = 5;
inline constexpr char kSecond = 6;
inline constexpr char kDayPart = 0x0E;  ///< + DayPart
inline constexpr char kWeekday = 0x18;  ///< + 0 for Sunday to 6 for Saturday
}  // namespace sign

/// The word that `rest` begins with, taken off it; nullopt where it begins with none. English
/// words count in any case and only whole.
std::optional<char> takeTimeWord(std::string_view& rest);

std::optional<DayPart> dayPartOf(char sign);
std::optional<int> weekdayOf(char sign);

/// 0–23 of an hour that stands beside a part of the day: 下午 3 and 下午 15 are 15. nullopt where
/// both contradict each other (上午 13) or people mean different things (晚上 12, 上午 12).
/// `twelve`: a 12-hour clock is declared, so that 上午 12 is midnight and 下午 15 is none.
std::optional<int> hourOfDay(DayPart part, int hour, bool twelve);

}  // namespace lianqiao::times
