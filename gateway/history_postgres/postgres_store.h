#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "base/log_line.h"
#include "base/mutex.h"
#include "history/node_key.h"
#include "history/store.h"
#include "history/store_settings.h"
#include "history_postgres/connection_pool.h"
#include "history_postgres/layout.h"

namespace lianqiao::history {

class BatchChanges;

/// The store in PostgreSQL (FORMAT.md), which several nodes share: whoever writes sees first how
/// far another has come. Whatever connection is lost, the next call makes a new one.
class PostgresStore final : public HistoryStore {
 public:
  /// Makes its schema where that is not there. A server that is away is no failure: it is looked
  /// for again with every call.
  static OpenStore open;

  /// The schema's name: nodes that share a server have one history.
  [[nodiscard]] const std::string& identity() const override { return identity_; }
  /// As the server has it; where that is away as it was at the last look.
  [[nodiscard]] record::JournalPosition position() const override;
  Result<void> write(const Batch& batch) override;
  Result<std::vector<std::string>> unknown(const std::vector<std::string>& ids) override;
  Result<Page> find(const Query& query) override;
  Result<std::optional<Trail>> show(std::string_view id) override;
  Result<std::optional<std::string>> sent(std::string_view record, std::string_view peer) override;
  Result<void> scan(const Scan& scan, ScanVisitor& visitor) override;
  Result<std::vector<DayCount>> counts(std::string_view day) override;
  Result<Verified> verify() override;
  [[nodiscard]] StoreState state() const override;
  /// Where another node has read on behind it, it is none and is not noted.
  Result<void> noteGap(const Gap& gap) override;
  Result<void> refill(const Batch& batch) override;
  Result<void> noteRefilled(std::uint64_t records) override;
  Result<void> keepConfiguration(std::string_view version, std::string_view content) override;
  Result<std::optional<std::string>> configuration(std::string_view version) override;
  Result<void> noteAct(const Act& act) override;
  Result<std::vector<Act>> acts(std::size_t most) override;
  Result<std::size_t> retire(WallTime now) override;
  Result<std::size_t> erase(std::string_view number, const Act& act) override;

 private:
  class Search;
  class Passing;
  class Transaction;
  /// Once the schema is there and has agreed to the key.
  struct Keys {
    explicit Keys(const std::string& secret)
        : unsealing(secret), writing(secret), searching(secret) {}
    const NodeKey unsealing;
    NodeKey writing;  ///< With the store's writing_.
    base::Mutex terms;
    NodeKey searching LIANQIAO_GUARDED_BY(terms);
  };
  struct HashOfId {
    std::size_t operator()(const PackedId& id) const { return id.low ^ (id.high * 31); }
  };

  PostgresStore(StoreSettings settings, base::LogLine log, const base::Clock& clock);

  Result<Keys*> keys() const LIANQIAO_EXCLUDES(opening_);
  Result<void> enter() const LIANQIAO_REQUIRES(opening_);
  bool makeSchema(postgres::Connection& connection) const LIANQIAO_REQUIRES(opening_);
  Result<void> agree(postgres::Connection& connection) const LIANQIAO_REQUIRES(opening_);
  [[nodiscard]] Error refusal(const postgres::Failure& failure) const;

  /// One for searches, once keys() has agreed.
  Result<ConnectionPool::Lease> lease() const;
  /// Null on failure, of which lost_ tells.
  postgres::Connection* writer() LIANQIAO_REQUIRES(writing_);
  Result<void> writeBehind(postgres::Connection& connection, const Batch& batch, Keys& keys,
                           record::JournalPosition& position) LIANQIAO_REQUIRES(writing_);
  /// False on failure. Within a transaction.
  bool writeChanges(postgres::Connection& connection, Keys& keys, BatchChanges& changes)
      LIANQIAO_REQUIRES(writing_);
  void know(const BatchChanges& changes) LIANQIAO_REQUIRES(writing_);
  /// False on failure.
  bool addAct(postgres::Connection& connection, const Act& act) LIANQIAO_REQUIRES(writing_);
  [[nodiscard]] std::vector<ClassSize> classes(postgres::Connection& connection) const;

  const StoreSettings settings_;
  const std::string identity_;
  const base::LogLine log_;
  mutable ConnectionPool pool_;

  mutable base::Mutex opening_;
  mutable std::unique_ptr<Keys> keys_ LIANQIAO_GUARDED_BY(opening_);
  mutable std::optional<Error> never_ LIANQIAO_GUARDED_BY(opening_);  ///< Why it cannot be entered.

  base::Mutex writing_;
  std::unique_ptr<postgres::Connection> writer_ LIANQIAO_GUARDED_BY(writing_);
  postgres::Failure lost_ LIANQIAO_GUARDED_BY(writing_);
  /// Ids of records that are there, of the last that were written or asked for.
  std::unordered_set<PackedId, HashOfId> known_ LIANQIAO_GUARDED_BY(writing_);

  mutable base::Mutex state_;
  mutable record::JournalPosition position_ LIANQIAO_GUARDED_BY(state_);
};

}  // namespace lianqiao::history
