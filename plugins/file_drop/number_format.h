#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// How Excel's numbers are to be understood: as numbers, or as points in time by their format.
namespace lianqiao::file_drop {

enum class NumberFormat : std::uint8_t {
  plain,
  date,     ///< Has a year or a day.
  time,     ///< Hours and minutes only.
  elapsed,  ///< [h]:mm:ss: a length of time.
};

/// Builtin formats of ECMA-376 §18.8.30, with those of the Chinese and Japanese locales (27-36,
/// 50-58).
NumberFormat builtinFormat(unsigned id);
/// A format code such as yyyy"年"m"月"d"日", [$-804]h:mm AM/PM, 0.00.
NumberFormat formatOfCode(std::string_view code);

/// What a code such as 000000 or "A"00-00 makes of a whole number is its text, zeros at its front
/// and signs between: the code's digits as NUL, the rest as it stands. Empty for every other code,
/// and where fewer than two digits are asked for.
std::string pictureOfCode(std::string_view code);
/// `number` (digits alone) written into a picture.
std::string writePicture(std::string_view picture, std::string_view number);

/// A date cell of ISO 8601 (2026-03-02T15:59:59.999) rounded to the second, as dateText() writes
/// it. nullopt for anything else, and where it has a zone.
std::optional<std::string> isoDateText(std::string_view text);

/// nullopt when `text` is no finite number.
std::optional<double> numberOf(std::string_view text);

/// The shortest text that Excel shows for a number: 15 significant digits, no exponent where a
/// person would write none. nullopt when `text` is no finite number.
std::optional<std::string> numberText(std::string_view text);

/// Local time as ISO text: 2020-01-06T12:09:38; 12:09:38 for a time without a day. 1900-02-29 is
/// what serial 60 means to Excel. nullopt when `text` is no number or out of Excel's range.
std::optional<std::string> dateText(std::string_view text, NumberFormat format, bool date1904);

}  // namespace lianqiao::file_drop
