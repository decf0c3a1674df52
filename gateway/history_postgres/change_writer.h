#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "history/block_codec.h"
#include "history/node_key.h"
#include "history_postgres/batch_changes.h"
#include "history_postgres/layout.h"
#include "postgres/connection.h"

namespace lianqiao::history {

/// Writes what a batch comes to: a statement for each table, however many rows it has. Within a
/// transaction that holds the position. For one batch, and one thread.
class ChangeWriter {
 public:
  /// `partitions` has all that the changes name. `words`: texts are indexed. All must outlive it.
  ChangeWriter(postgres::Connection& connection, const Partitions& partitions, NodeKey& key,
               bool words, const BatchChanges& changes);

  /// False on failure, of which the connection tells.
  bool write();

 private:
  struct Place {
    std::int64_t block = 0;
    std::int64_t place = 0;
  };
  /// The last block of a partition, and what comes after it.
  struct Blocks {
    std::int64_t number = 0;
    BlockMaker maker;
  };

  [[nodiscard]] std::int64_t numberOf(const Partition& partition) const {
    return partitions_.at(partition);
  }
  [[nodiscard]] std::int64_t partOf(const PackedId& record) const {
    return numberOf(changes_.record(record).partition);
  }
  bool writeContents();
  Blocks* openBlocks(std::int64_t part);
  void keepBlock(std::int64_t part, const Blocks& blocks);
  bool writeWholeRecords();
  bool writeChangedRecords();
  std::vector<std::uint64_t> termsOf(const BatchRecord& content);
  std::vector<std::uint64_t> numbersIn(const record::StoredException& exception);
  bool writeSettled();
  bool writeDeliveries();
  bool writeAttempts();
  bool writeRepetitions();
  bool writeExceptions();
  bool writeSent();
  bool writeDays();

  postgres::Connection& connection_;
  const Partitions& partitions_;
  NodeKey& key_;
  const bool words_;
  const BatchChanges& changes_;

  std::map<PackedId, Place> places_;     ///< Of the contents of this batch.
  std::map<std::int64_t, Blocks> open_;  ///< By part.
  std::map<std::pair<std::int64_t, std::int64_t>, std::pair<std::int64_t, std::string>>
      packed_;  ///< Part and number: count and bytes.
};

}  // namespace lianqiao::history
