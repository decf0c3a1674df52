#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "history/node_key.h"
#include "history_postgres/layout.h"
#include "postgres/connection.h"

namespace lianqiao::history {

/// Blanks the contents of every record in which a number of a person stands. Within a transaction
/// that holds the position. For one erasure, and one thread.
class PostgresEraser {
 public:
  /// Both must outlive it.
  PostgresEraser(postgres::Connection& connection, NodeKey& key)
      : connection_(connection), key_(key) {}

  /// `term` is that of the whole number (terms.h). How many records it were; nothing on failure:
  /// of the connection, or of a block that cannot be read.
  std::optional<std::size_t> erase(std::uint64_t term);
  /// Where a block could not be read.
  [[nodiscard]] bool metDamage() const { return metDamage_; }

 private:
  using BlockOf = std::pair<std::int64_t, std::int64_t>;  ///< Part and number.

  /// How many were quarantined; nothing on failure.
  std::optional<std::size_t> blankExceptions(std::uint64_t term);
  bool blankRecords(const postgres::Rows& records);
  bool blankBlock(const BlockOf& block, const std::set<std::int64_t>& places);

  postgres::Connection& connection_;
  NodeKey& key_;
  bool metDamage_ = false;
};

}  // namespace lianqiao::history
