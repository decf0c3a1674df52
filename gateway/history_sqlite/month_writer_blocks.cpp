// What a transaction gathers, and writes at its end.
#include "history_sqlite/month_writer.h"

namespace lianqiao::history {

using sqlite::Statement;

/// The last block of the file is filled up first: where little comes, a batch has few records.
bool MonthWriter::openBlock() {
  if (blockNumber_ != 0 && !block_.full()) return true;
  if (blockNumber_ != 0) {
    if (!writeBlock()) return false;
    block_.clear();
    ++blockNumber_;
    return true;
  }
  block_.clear();
  Statement last(*database_, "SELECT number, count, bytes FROM block ORDER BY number DESC LIMIT 1");
  blockNumber_ = 1;
  if (!last.row()) return last.ended();
  blockNumber_ = last.integer(0);
  const bool hasRoom = last.integer(1) < static_cast<std::int64_t>(BlockMaker::kMostContents);
  // One that is damaged stays as it is, for verify() to name.
  if (hasRoom && block_.resume(last.bytes(2)) && !block_.full()) return true;
  block_.clear();
  ++blockNumber_;
  return true;
}

MonthWriter::Place MonthWriter::nextPlace() {
  return {blockNumber_, static_cast<std::int64_t>(block_.count())};
}

void MonthWriter::addContents(const record::StoredRecord& content) {
  block_.add(content.event, content.body, content.evidence);
}

bool MonthWriter::writeBlock() {
  if (blockNumber_ == 0 || block_.count() == 0) return true;
  const std::string bytes = block_.pack();
  Statement row(*database_, "INSERT OR REPLACE INTO block VALUES(?,?,?)");
  row.bind(1, blockNumber_).bind(2, static_cast<std::int64_t>(block_.count()));
  return row.bindBytes(3, bytes).run();
}

bool MonthWriter::writeDeliveries() {
  Statement insert(
      *database_,
      "INSERT INTO delivery VALUES(?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO UPDATE SET"
      " state=?3, at=?4, attempts=?5, code=?6, receipt=?7, configuration=?9, digest=?10,"
      " exception=CASE length(?8) WHEN 0 THEN exception ELSE ?8 END");
  for (const auto& [key, row] : deliveries_) {
    const SealedText receipt(key_, row.receipt);
    insert.bind(1, key.first).bind(2, key.second).bind(3, static_cast<std::int64_t>(row.state));
    insert.bind(4, row.at).bind(5, row.attempts).bind(6, row.code);
    receipt.bindTo(insert, 7);
    insert.bindBytes(8, row.exception).bind(9, row.configuration);
    insert.bind(10, row.digest);
    if (!insert.run()) return false;
  }
  deliveries_.clear();
  return true;
}

bool MonthWriter::writeGone() {
  Statement row(*database_, "UPDATE position SET gone=?");
  return row.bind(1, gone_).run();
}

bool MonthWriter::writeCounts() {
  Statement add(*database_,
                "INSERT INTO day VALUES(?,?,?,?,?) ON CONFLICT DO UPDATE SET number=number+?5");
  for (const auto& [key, number] : counts_) {
    for (int i = 0; i < 4; ++i) add.bind(i + 1, key[static_cast<std::size_t>(i)]);
    if (!add.bind(5, number).run()) return false;
  }
  counts_.clear();
  return true;
}

}  // namespace lianqiao::history
