#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The formats that schemas may ask for, and what the mapping does to bring a text into them. Pure
/// functions over UTF-8; nothing here knows the date of today.
namespace lianqiao::schema {

enum class Format : std::uint8_t {
  date_time,
  date,
  resident_id,
  credit_code,
  phone,
  division_code,
  uri,
  email,
};

/// By the word used in schemas: date-time, date, resident-id, …
[[nodiscard]] std::optional<Format> formatByName(std::string_view name);
[[nodiscard]] std::string_view formatName(Format format);
/// What would be right, to end the sentence "is no …: ".
[[nodiscard]] std::string_view formatRule(Format format);
[[nodiscard]] bool matches(Format format, std::string_view text);

/// GB 11643: 18 characters, a province that exists, a birth date that exists in 1850–2099, the
/// check character, X in upper case.
[[nodiscard]] bool isResidentId(std::string_view text);
/// GB 32100: 18 characters of its alphabet in upper case, the check character.
[[nodiscard]] bool isCreditCode(std::string_view text);
/// A mobile number (11 digits), a land line with or without area code and extension
/// (0394-8260000-801), 400/800 numbers, public short numbers (110, 12345, 10086, 95588, 96xxx), the
/// first two also behind +86. Digits and single hyphens only.
[[nodiscard]] bool isPhone(std::string_view text);
/// 12 digits of the statistical division code, province 11–65 and 71, 81, 82; padded with zeros
/// above the village, and no unit below a level that is 00.
[[nodiscard]] bool isDivisionCode(std::string_view text);
/// RFC 3986 with a scheme; ASCII only.
[[nodiscard]] bool isUri(std::string_view text);
/// RFC 5321 mailbox, ASCII only.
[[nodiscard]] bool isEmail(std::string_view text);

/// White space off, full width to half, x to X, the 15 digits of before 1999 to 18. The result need
/// not be valid.
[[nodiscard]] std::string normalizeResidentId(std::string_view text);
/// White space off, full width to half, upper case.
[[nodiscard]] std::string normalizeCreditCode(std::string_view text);
/// White space, dots and brackets out, full width to half, every dash to "-", 0086 to +86, 转 and
/// "ext" to "-". The result need not be valid.
[[nodiscard]] std::string normalizePhone(std::string_view text);

}  // namespace lianqiao::schema
