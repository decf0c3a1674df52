#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "lianqiao/host.h"

/// Moments and how people and headers write them. Pure functions, without the C library's locale
/// and zone.
namespace lianqiao {

/// The clock of all of China, the whole year.
inline constexpr std::chrono::hours kChinaOffset{8};

/// A moment as a calendar and a clock on the wall show it.
struct CivilTime {
  int year = 1970;
  int month = 1;
  int day = 1;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int millisecond = 0;
};

/// What clocks show that are `offset` ahead of UTC.
CivilTime civilOf(WallTime time, std::chrono::minutes offset = std::chrono::minutes(0));
/// The moment at which they show it; nullopt for a day or an hour that does not exist.
std::optional<WallTime> wallOf(const CivilTime& civil,
                               std::chrono::minutes offset = std::chrono::minutes(0));

/// Minutes ahead of UTC of "Z" or "±hh:mm", which is the whole of `text`; at most 23:59.
std::optional<std::chrono::minutes> parseOffset(std::string_view text);

/// "Tue, 14 Nov 2023 22:13:20 GMT" (RFC 9110 §5.6.7, IMF-fixdate). REQUIRES: a year of four digits.
std::string formatHttpDate(std::chrono::sys_seconds time);
/// nullopt unless every character is as formatHttpDate would write it.
std::optional<std::chrono::sys_seconds> parseHttpDate(std::string_view text);

}  // namespace lianqiao
