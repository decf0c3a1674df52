#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "history/month.h"
#include "history/node_key.h"
#include "lianqiao/host.h"
#include "postgres/connection.h"

/// How the history lies in PostgreSQL (FORMAT.md): its tables, and what stands in their columns.
namespace lianqiao::history {

/// Of all tables here; another one is another version's.
inline constexpr std::int64_t kPostgresLayout = 1;

/// The tables, without partitions.
[[nodiscard]] std::string postgresTables();

/// What a month and a class of record types have for themselves: a partition of each table.
struct Partition {
  Month month;
  std::string kind;  ///< The class.
  auto operator<=>(const Partition&) const = default;

  /// "2026-11-orders"; nothing for any other name.
  [[nodiscard]] static std::optional<Partition> named(std::string_view name);
  [[nodiscard]] std::string name() const;
};
/// A name of PostgreSQL has 63 bytes: what is longer it would cut.
inline constexpr std::size_t kMostKindBytes = 40;

/// Each has a number, by which rows name it.
using Partitions = std::map<Partition, std::int64_t>;

[[nodiscard]] std::optional<Partitions> readPartitions(postgres::Connection& connection);
/// Makes it; nothing on failure. Within a transaction that holds the position.
[[nodiscard]] std::optional<std::int64_t> makePartition(postgres::Connection& connection,
                                                        const Partition& partition);
/// Drops it and its days. Within such a transaction.
[[nodiscard]] bool dropPartition(postgres::Connection& connection, const Partition& partition,
                                 std::int64_t number);
/// Drops what was sent of its records; false where there is none, nothing on failure. Within such a
/// transaction.
[[nodiscard]] std::optional<bool> dropSent(postgres::Connection& connection,
                                           const Partition& partition);
/// Numbers of those of these months, as a value of a statement.
[[nodiscard]] postgres::Value numbersOf(const Partitions& partitions,
                                        const std::set<Month>& months);

/// Bits of a record's flags; as in every store.
namespace flag {
inline constexpr std::int64_t kHigh = 1;
inline constexpr std::int64_t kGone = 2;
inline constexpr std::int64_t kUpdated = 4;
inline constexpr std::int64_t kErased = 8;
inline constexpr std::int64_t kUncounted = 16;  ///< Known by what became of it alone.
}  // namespace flag

/// Times as columns have them.
[[nodiscard]] inline std::int64_t columnOf(WallTime time) {
  return time.time_since_epoch().count();
}
[[nodiscard]] inline WallTime timeIn(std::int64_t column) {
  return WallTime(std::chrono::milliseconds(column));
}

/// The least id of a time.
[[nodiscard]] PackedId leastIdAt(WallTime time);

/// A text that may hold a number of a person: 't' and the text, or 's' and what seals it.
[[nodiscard]] std::string sealedColumn(const NodeKey& key, std::string_view text);
/// Empty for what another key has sealed.
[[nodiscard]] std::string unsealedColumn(const NodeKey& key, std::string_view column);
[[nodiscard]] inline bool isSealed(std::string_view column) { return column.starts_with('s'); }

/// "{1,2}", as an array of bigint is written.
[[nodiscard]] std::string termsText(std::vector<std::uint64_t> terms);

}  // namespace lianqiao::history
