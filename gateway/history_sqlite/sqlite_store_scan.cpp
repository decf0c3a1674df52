// Passing by the records of one peer, month by month, the oldest first.
#include "history_sqlite/sqlite_store.h"
#include "lianqiao/codes.h"

namespace lianqiao::history {

Result<void> SqliteStore::scan(const Scan& scan, ScanVisitor& visitor) {
  std::vector<std::string> unread;
  for (const PartEntry& part : parts()) {
    if (part.name.month.end() <= scan.from || part.name.month.begin() >= scan.before) continue;
    const auto from = reader(part.name, unread);
    std::int64_t next = firstNumberAt(scan.from, part.name.month);
    while (from && next != INT64_MAX && next != kScanEnded) {
      if (from->scan(scan, visitor, next)) continue;
      met(part.name, from->failure(), unread);
      break;
    }
    if (next == kScanEnded) break;
  }
  // Less than all would be taken for all.
  if (unread.empty()) return {};
  return Error{codes::kHistoryDamaged, "The scan is not whole: " + unread.front() + "."};
}

}  // namespace lianqiao::history
