// Passing by the records of one peer, in order.
#include <algorithm>
#include <utility>

#include "history_sqlite/month_reader.h"

namespace lianqiao::history {

using sqlite::Statement;

namespace {

/// Of one statement: a long one would keep the log of the file from being taken up.
constexpr std::int64_t kScanPage = 10'000;

bool names(std::string_view destinations, std::int64_t peer) {
  while (const auto word = takeNumber(destinations))
    if (static_cast<std::int64_t>(*word) == peer) return true;
  return false;
}

}  // namespace

bool MonthReader::scan(const Scan& scan, ScanVisitor& visitor, std::int64_t& from) {
  const bool ofAll = scan.peer.empty();
  constexpr std::int64_t kNoWord = -1;
  const std::int64_t peer = ofAll ? kNoWord : word_.find(scan.peer).value_or(kNoWord);
  std::vector<std::int64_t> types;
  for (const std::string& type : scan.types)
    if (const auto word = word_.find(type)) types.push_back(*word);
  const std::int64_t begin = std::exchange(from, INT64_MAX);
  // Words that no row of this file has.
  if ((peer == kNoWord && !ofAll) || (types.empty() && !scan.types.empty())) return true;
  Statement rows(*database_,
                 "SELECT * FROM record WHERE number>=? AND number<? ORDER BY number"
                 " LIMIT ?");
  rows.bind(1, begin).bind(2, firstNumberAt(scan.before, month_)).bind(3, kScanPage);
  std::int64_t seen = 0;
  std::int64_t last = begin;
  bool more = true;
  while (more && rows.row()) {
    ++seen;
    last = rows.integer(0);
    const bool ofIt = ofAll || (scan.owed ? names(rows.bytes(15), peer) : rows.integer(2) == peer);
    if (!ofIt) continue;
    if (!types.empty() && std::find(types.begin(), types.end(), rows.integer(3)) == types.end())
      continue;
    if (!showTo(visitor, rowOf(rows), scan, more)) return false;
  }
  if (!more) return from = kScanEnded, true;
  if (seen == kScanPage) from = last + 1;
  return seen == kScanPage || rows.ended();
}

bool MonthReader::showTo(ScanVisitor& visitor, const Row& row, const Scan& scan, bool& more) {
  std::vector<Delivery> owed;
  if (scan.owed && !deliveries(row, owed)) return false;
  const auto ours = std::find_if(owed.begin(), owed.end(),
                                 [&](const Delivery& one) { return one.peer == scan.peer; });
  const auto wish = visitor.look(row.envelope, ours == owed.end() ? nullptr : &*ours);
  more = wish != ScanVisitor::Wish::end;
  if (wish != ScanVisitor::Wish::contents) return true;
  const Contents* read = row.envelope.gone ? nullptr : contents(row.block, row.place);
  visitor.take(read == nullptr ? std::string_view() : read->event,
               read == nullptr ? std::string_view() : read->body);
  return true;
}

}  // namespace lianqiao::history
