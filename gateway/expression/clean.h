#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Cleaning of text and numbers typed by people. Pure functions, thread-safe.
namespace lianqiao::expression {

enum class CleanMode : std::uint8_t {
  text,         ///< Trims, makes line ends \n, drops control characters.
  line,         ///< As text, and every run of white space becomes one blank.
  digits,       ///< Half-width; keeps 0-9 + - and what lies around the number falls away.
  id,           ///< Half-width, upper case, without white space.
  phone,        ///< schema::normalizePhone: two numbers in one text stay two.
  resident_id,  ///< schema::normalizeResidentId.
  credit_code,  ///< schema::normalizeCreditCode.
};

/// The cleaned text: a view of `text` where nothing had to change, else of `buffer`. nullopt only
/// for `digits`: other characters stand between digits ("138…/139…"), which must not grow together.
std::optional<std::string_view> clean(std::string_view text, CleanMode mode, std::string& buffer);

/// A number as a valid JSON lexeme: full-width digits, thousands separators in groups of three, a
/// leading plus and leading zeros are accepted; nullopt for anything else.
std::optional<std::string_view> readNumber(std::string_view text, std::string& buffer);
/// As readNumber, and whole in value (3.0 is 3) within 64 bits.
std::optional<std::string_view> readInteger(std::string_view text, std::string& buffer);

/// What code tables and conditions compare: trimmed and half-width. A view of `text` or of
/// `buffer`.
std::string_view comparable(std::string_view text, std::string& buffer);

}  // namespace lianqiao::expression
