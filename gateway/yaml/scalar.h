#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "yaml/yaml_node.h"

/// The kinds of single values in configuration files, strictly: a value means one thing or is
/// refused with what would be right. Pure functions, thread-safe.
namespace lianqiao::yaml {

/// Why a text is no value of its kind. Quotes the text except where it may hold a secret (URLs).
struct BadValue {
  std::string message;
  std::string remedy;
};

template <typename T>
using Reading = std::variant<T, BadValue>;

/// Both ends belong to it.
template <typename T>
struct Range {
  T least;
  T most;
};

using std::chrono::milliseconds;

inline constexpr Range<std::int64_t> kAnyInteger{std::numeric_limits<std::int64_t>::min(),
                                                 std::numeric_limits<std::int64_t>::max()};
inline constexpr Range<milliseconds> kAnyDuration{milliseconds{0}, std::chrono::hours{24 * 3650}};
inline constexpr Range<std::int64_t> kAnySize{0, std::int64_t{1} << 50};

/// Only `true` and `false`: `no`, `off`, `1` are refused.
Reading<bool> parseBoolean(std::string_view text);
/// Decimal without leading zeros, `_`, `+`, exponent or other base.
Reading<std::int64_t> parseInteger(std::string_view text, Range<std::int64_t> range = kAnyInteger);
/// A decimal number such as `1.5`.
Reading<double> parseDecimal(std::string_view text, Range<double> range);
/// A whole number with its unit: 500ms, 30s, 5m or 5min, 2h, 7d.
Reading<milliseconds> parseDuration(std::string_view text,
                                    Range<milliseconds> range = kAnyDuration);
/// Bytes as a whole number, or with one of B, KiB, MiB, GiB, TiB.
Reading<std::int64_t> parseSize(std::string_view text, Range<std::int64_t> range = kAnySize);
/// A positive number per unit, `50/s`, `100/min`, `1000/h`; returns it per second.
Reading<double> parseRate(std::string_view text);
/// One of `choices`, with did-you-mean.
Reading<std::string> parseChoice(std::string_view text, std::span<const std::string_view> choices);
/// scheme://host[:port][/…] with one of `schemes`, without user and password in it.
Reading<std::string> parseUrl(std::string_view text, std::span<const std::string_view> schemes);
/// False for what looks like an IP address and is none: 10.0.0.300, 10.0.0, [fd00::g], a[b].
bool isHost(std::string_view host);
/// Of a web URL that parseUrl took, without brackets.
std::string_view hostOf(std::string_view url);
/// Names of peers, mappings, tables, routes: lower-case letters, digits, `-`, `_`; at most 64.
Reading<std::string> parseName(std::string_view text);
/// A path of this machine: not empty, and none of Windows.
Reading<std::string> parsePath(std::string_view text);
/// ±HH:MM
Reading<std::string> parseZone(std::string_view text);

inline constexpr std::string_view kWebSchemes[] = {"http", "https"};

/// Of a value that must be a single text. nullopt: a finding was added (null, a list, a map, or a
/// reference to a secret where none is meant).
std::optional<std::string> readText(const YamlNode& node, Findings& findings);

/// As readText, for kinds that no quotation marks may surround (numbers, true and false).
std::optional<std::string> readUnquoted(const YamlNode& node, std::string_view kind,
                                        Findings& findings);

/// The value, or a finding at `node`.
template <typename T>
std::optional<T> accept(const YamlNode& node, Reading<T> reading, Findings& findings) {
  if (T* value = std::get_if<T>(&reading)) return std::move(*value);
  BadValue& bad = std::get<BadValue>(reading);
  findings.add(node.finding(std::move(bad.message), std::move(bad.remedy)));
  return std::nullopt;
}

std::optional<bool> readBoolean(const YamlNode& node, Findings& findings);
std::optional<std::int64_t> readInteger(const YamlNode& node, Range<std::int64_t> range,
                                        Findings& findings);

/// `text` in quotation marks for a message, cut when long.
std::string shown(std::string_view text);

/// "did you mean 'x'?" or the whole list of `names`.
std::string suggestion(std::string_view word, std::span<const std::string_view> names);

}  // namespace lianqiao::yaml
