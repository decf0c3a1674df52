#pragma once

#include <optional>

#include "history_postgres/postgres_store.h"

namespace lianqiao::history {

/// A transaction that holds the position: of all nodes that write one goes on. Taken back where it
/// is not committed.
class PostgresStore::Transaction {
 public:
  explicit Transaction(postgres::Connection& connection) : connection_(connection) {
    if (!connection_.run("BEGIN")) return;
    begun_ = true;
    const auto row = connection_.run("SELECT time, number FROM position FOR UPDATE", {});
    if (!row || row->count() != 1) return;
    position_ = {static_cast<std::uint64_t>(row->integer(0, 0)),
                 static_cast<std::uint64_t>(row->integer(0, 1))};
  }
  ~Transaction() {
    if (begun_) connection_.run("ROLLBACK");
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  /// Up to it everything is in; nothing on failure.
  [[nodiscard]] const std::optional<record::JournalPosition>& position() const { return position_; }
  /// False on failure: whether it is in the next transaction's position tells.
  bool commit() {
    begun_ = false;
    return connection_.run("COMMIT");
  }

 private:
  postgres::Connection& connection_;
  bool begun_ = false;
  std::optional<record::JournalPosition> position_;
};

}  // namespace lianqiao::history
