#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lianqiao/host.h"

/// Ids and the months that they belong to. An id tells when it was made, so its month, and within
/// it its number, are known without an index. Pure functions.
namespace lianqiao::history {

/// A month of UTC.
struct Month {
  int year = 1970;
  unsigned month = 1;
  auto operator<=>(const Month&) const = default;

  [[nodiscard]] static Month of(WallTime time);
  /// "2026-11"; nothing for any other text.
  [[nodiscard]] static std::optional<Month> named(std::string_view name);
  [[nodiscard]] std::string name() const;
  [[nodiscard]] WallTime begin() const;
  [[nodiscard]] WallTime end() const;  ///< The begin of the next.
};

/// An id of a record or an exception (base/ids.h), as 16 bytes.
struct PackedId {
  std::uint64_t high = 0;  ///< 48 bits of time, 16 random ones.
  std::uint64_t low = 0;
  auto operator<=>(const PackedId&) const = default;

  /// Nothing for a text that is none.
  [[nodiscard]] static std::optional<PackedId> read(std::string_view text);
  /// Nothing where it is not 16 bytes.
  [[nodiscard]] static std::optional<PackedId> ofBytes(std::string_view bytes);
  [[nodiscard]] std::string text() const;
  [[nodiscard]] std::string bytes() const;
  [[nodiscard]] WallTime time() const;  ///< When it was made.
};

/// So many numbers belong to each millisecond. Where two ids want the same, the later one takes the
/// next that is free.
inline constexpr int kNumbersPerMilli = 4096;
/// The number that an id wants in its month's file.
[[nodiscard]] std::int64_t numberOf(const PackedId& id, const Month& month);
/// The first number of a time within `month`; that of its begin or end for one outside.
[[nodiscard]] std::int64_t firstNumberAt(WallTime time, const Month& month);

/// YYYY-MM-DD of a time, in a zone so many minutes east.
[[nodiscard]] std::string dayOf(WallTime time, int zoneMinutes);
/// Days since 1970 of such a text; nothing where it is none.
[[nodiscard]] std::optional<std::int64_t> dayNumber(std::string_view day);
[[nodiscard]] std::int64_t dayNumberOf(WallTime time, int zoneMinutes);

}  // namespace lianqiao::history
