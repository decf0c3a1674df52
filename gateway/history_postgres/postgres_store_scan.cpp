// Passing by the records of one peer, page by page, the oldest first.
#include "history/block_codec.h"
#include "history_postgres/postgres_store.h"
#include "history_postgres/record_rows.h"
#include "lianqiao/codes.h"

namespace lianqiao::history {

using postgres::Column;
using postgres::Connection;
using postgres::uuidValue;
using postgres::valueOf;

namespace {

/// Of one statement, with their contents: what is held in memory at once.
constexpr std::size_t kScanned = 1000;

}  // namespace

/// One call of scan().
class PostgresStore::Passing {
 public:
  Passing(const Scan& scan, ScanVisitor& visitor, const NodeKey& key, Connection& connection)
      : scan_(scan), visitor_(visitor), key_(key), connection_(connection) {}

  /// False where the server failed.
  bool run(const Partitions& partitions) {
    std::set<Month> months;
    for (const auto& one : partitions)
      if (one.first.month.end() > scan_.from && one.first.month.begin() < scan_.before)
        months.insert(one.first.month);
    for (const Month& month : months) {
      parts_ = numbersOf(partitions, std::set{month});
      std::optional<PackedId> behind;
      const PackedId from = leastIdAt(std::max(scan_.from, month.begin()));
      const PackedId before = leastIdAt(std::min(scan_.before, month.end()));
      std::size_t read = kScanned;
      while (read == kScanned && !ended_)
        if (!onePage(from, before, behind, read)) return false;
      if (ended_) break;
    }
    return true;
  }

 private:
  /// `behind`: the last one of the page before.
  bool onePage(const PackedId& from, const PackedId& before, std::optional<PackedId>& behind,
               std::size_t& read) {
    std::vector<postgres::Value> values{parts_, uuidValue(behind.value_or(from).bytes()),
                                        uuidValue(before.bytes()), valueOf(scan_.peer)};
    std::string sql = std::string("SELECT ") + kRecordColumns +
                      " FROM record r WHERE r.part=ANY($1) AND r.id<$3 AND r.id" +
                      (behind ? ">" : ">=") + "$2 AND " +
                      (scan_.owed ? "$4=ANY(r.destinations)" : "($4='' OR r.peer=$4)");
    if (!scan_.types.empty()) {
      Column types(Column::Kind::text);
      for (const std::string& type : scan_.types) types.add(type);
      values.push_back(types.value());
      sql += " AND r.type=ANY($5)";
    }
    const auto rows =
        connection_.run(sql + " ORDER BY r.id LIMIT " + std::to_string(kScanned), values);
    if (!rows) return false;
    std::vector<RecordRow> found;
    for (int row = 0; row < rows->count(); ++row) found.push_back(recordIn(key_, *rows, row));
    read = found.size();
    if (found.empty()) return true;
    behind = found.back().id;
    return (!scan_.owed || addDeliveries(connection_, key_, parts_, found)) && showAll(found);
  }

  bool showAll(const std::vector<RecordRow>& found) {
    for (const RecordRow& row : found) {
      const Delivery* owed = nullptr;
      for (const Delivery& one : row.deliveries)
        if (scan_.owed && one.peer == scan_.peer) owed = &one;
      const auto wish = visitor_.look(row.envelope, owed);
      ended_ = wish == ScanVisitor::Wish::end;
      if (ended_) return true;
      if (wish == ScanVisitor::Wish::contents && !giveContents(row)) return false;
    }
    return true;
  }

  /// Records that lie side by side stand in one block.
  bool giveContents(const RecordRow& row) {
    if (row.block != block_ || row.part != part_) {
      const auto rows = connection_.run("SELECT bytes FROM block WHERE part=$1 AND number=$2",
                                        {valueOf(row.part), valueOf(row.block)});
      if (!rows) return false;
      contents_.clear();
      if (rows->count() > 0)
        if (auto unpacked = unpackBlock(rows->bytes(0, 0))) contents_ = std::move(*unpacked);
      block_ = row.block;
      part_ = row.part;
    }
    const auto at = static_cast<std::size_t>(row.place);
    const bool there = !row.envelope.gone && at < contents_.size();
    visitor_.take(there ? std::string_view(contents_[at].event) : std::string_view(),
                  there ? std::string_view(contents_[at].body) : std::string_view());
    return true;
  }

  const Scan& scan_;
  ScanVisitor& visitor_;
  const NodeKey& key_;
  Connection& connection_;
  postgres::Value parts_;  ///< Of the month at hand.
  std::vector<Contents> contents_;
  std::int64_t block_ = -1;
  std::int64_t part_ = -1;
  bool ended_ = false;
};

Result<void> PostgresStore::scan(const Scan& scan, ScanVisitor& visitor) {
  const auto entered = keys();
  if (!entered.ok()) return entered.error();
  const auto connection = lease();
  if (!connection.ok()) return connection.error();
  const auto partitions = readPartitions(**connection);
  if (!partitions) return refusal((*connection)->failure());
  if (Passing(scan, visitor, (*entered)->unsealing, **connection).run(*partitions)) return {};
  return refusal((*connection)->failure());
}

}  // namespace lianqiao::history
