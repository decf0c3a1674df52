// How one file is searched: by terms, by what is not settled, or row by row.
#include <algorithm>

#include "history/sought.h"
#include "history_sqlite/month_reader.h"

namespace lianqiao::history {

using sqlite::Statement;

namespace {

/// For one page: rows that are looked at, and records whose contents are unpacked.
constexpr std::size_t kMostRows = 200'000;
constexpr std::size_t kMostConsidered = 20'000;
/// Between two looks at the time.
constexpr std::size_t kLooks = 64;

bool isTo(std::string_view destinations, std::int64_t peer) {
  while (const auto word = takeNumber(destinations))
    if (static_cast<std::int64_t>(*word) == peer) return true;
  return false;
}

bool isOf(const Envelope& envelope, std::string_view region) {
  return envelope.grid == region || envelope.division.starts_with(region);
}

}  // namespace

std::optional<FileHits> MonthReader::find(const FileQuery& query) {
  FileHits hits;
  const auto& state = query.query->state;
  // What is owed and has not been tried stands in no row of a delivery.
  const bool unsettled =
      state && *state != DeliveryState::delivered && *state != DeliveryState::owed;
  const bool byTerms = !query.terms.empty() || unsettled || query.sought->dayFrom;
  if (byTerms ? !findByTerms(query, hits) : !findByScan(query, hits)) return std::nullopt;
  return hits;
}

/// Targets in the query's range in which every term stands, newest first.
bool MonthReader::targetsOf(const FileQuery& query, std::vector<std::int64_t>& into) {
  bool first = true;
  for (const std::uint64_t term : query.terms) {
    std::vector<std::int64_t> targets;
    if (!index_.find(term, targets)) return false;
    std::erase_if(targets, [&](std::int64_t target) {
      return target / 2 < query.from || target / 2 >= query.before;
    });
    std::sort(targets.begin(), targets.end(), std::greater<>());
    targets.erase(std::unique(targets.begin(), targets.end()), targets.end());
    std::vector<std::int64_t> both;
    std::set_intersection(into.begin(), into.end(), targets.begin(), targets.end(),
                          std::back_inserter(both), std::greater<>());
    into = first ? std::move(targets) : std::move(both);
    first = false;
    if (into.empty()) return true;
  }
  if (!first) return true;
  if (query.sought->dayFrom) return targetsOfDay(query, into);
  // The state stands in the text: only so does SQLite see that the index serves.
  const std::string sql = "SELECT DISTINCT record FROM delivery WHERE state=" +
                          std::to_string(static_cast<int>(*query.query->state)) +
                          " AND state<>2 AND record>=? AND record<? ORDER BY record DESC LIMIT ?";
  Statement rows(*database_, sql.c_str());
  rows.bind(1, query.from).bind(2, query.before);
  rows.bind(3, static_cast<std::int64_t>(kMostConsidered + 1));
  while (rows.row()) into.push_back(rows.integer(0) * 2);
  return rows.ended();
}

/// A day's deliveries to a peer may be of records of any age: all of the file's are looked through.
bool MonthReader::targetsOfDay(const FileQuery& query, std::vector<std::int64_t>& into) {
  const auto peer = word_.find(query.query->peer);
  if (!peer) return true;
  Statement rows(*database_,
                 "SELECT record FROM delivery WHERE peer=? AND state=2 AND at>=? AND at<?"
                 " AND record>=? AND record<? ORDER BY record DESC LIMIT ?");
  rows.bind(1, *peer).bind(2, *query.sought->dayFrom).bind(3, *query.sought->dayFrom + kDayMillis);
  rows.bind(4, query.from).bind(5, query.before);
  rows.bind(6, static_cast<std::int64_t>(kMostConsidered + 1));
  while (rows.row()) into.push_back(rows.integer(0) * 2);
  return rows.ended();
}

bool MonthReader::findByTerms(const FileQuery& query, FileHits& into) {
  std::vector<std::int64_t> targets;
  if (!targetsOf(query, targets)) return false;
  std::size_t considered = 0;
  for (const std::int64_t target : targets) {
    if (into.hits.size() >= query.most) return true;
    if (++considered > kMostConsidered || (considered % kLooks == 0 && query.late())) {
      into.lookedDownTo = target / 2 + 1;
      return true;
    }
    if (!consider(target, query, into)) return false;
  }
  return true;
}

bool MonthReader::findByScan(const FileQuery& query, FileHits& into) {
  const auto peer = word_.find(query.query->peer);
  const auto type = word_.find(query.query->type);
  // A word that no row of this file has.
  if (!peer || !type) return true;
  const std::int64_t ofPeer = peer.value_or(0);
  const std::int64_t ofType = type.value_or(0);
  Statement rows(*database_,
                 "SELECT number, peer, type, destinations FROM record WHERE number>=? AND number<?"
                 " ORDER BY number DESC");
  rows.bind(1, query.from).bind(2, query.before);
  for (std::size_t seen = 0; into.hits.size() < query.most && rows.row(); ++seen) {
    const std::int64_t number = rows.integer(0);
    if (seen >= kMostRows || (seen % kLooks == kLooks - 1 && query.late())) {
      into.lookedDownTo = number + 1;
      return true;
    }
    if (ofType != 0 && rows.integer(2) != ofType) continue;
    if (ofPeer != 0 && rows.integer(1) != ofPeer && !isTo(rows.bytes(3), ofPeer)) continue;
    if (!consider(number * 2, query, into)) return false;
  }
  return into.hits.size() >= query.most || rows.ended();
}

bool MonthReader::consider(std::int64_t target, const FileQuery& query, FileHits& into) {
  if (target % 2 != 0) return considerException(target / 2, query, into);
  std::optional<Row> found;
  if (!row(target / 2, found)) return false;
  return !found || considerRecord(std::move(*found), query, into);
}

bool MonthReader::considerRecord(Row row, const FileQuery& query, FileHits& into) {
  std::vector<Delivery> owed;
  if (!deliveries(row, owed)) return false;
  if (!holds(row, owed, query)) return true;
  into.hits.push_back({row.number * 2, {std::move(row.envelope), false, std::move(owed)}});
  return true;
}

bool MonthReader::holds(const Row& row, const std::vector<Delivery>& owed, const FileQuery& query) {
  const Query& wanted = *query.query;
  const Envelope& envelope = row.envelope;
  if (!wanted.type.empty() && envelope.type != wanted.type) return false;
  if (!wanted.region.empty() && !isOf(envelope, wanted.region)) return false;
  const bool from = wanted.peer.empty() || envelope.peer == wanted.peer;
  if (!from || wanted.state) {
    // A state is that of the delivery to the peer, or of any where the record came from it.
    const bool any = std::any_of(owed.begin(), owed.end(), [&](const Delivery& one) {
      return (from || one.peer == wanted.peer) && (!wanted.state || one.state == *wanted.state);
    });
    if (!any) return false;
  }
  const auto isOfDay = [&](const Delivery& one) {
    const std::int64_t since =
        one.at.time_since_epoch().count() - query.sought->dayFrom.value_or(0);
    return one.peer == wanted.peer && one.state == DeliveryState::delivered && since >= 0 &&
           since < kDayMillis;
  };
  if (query.sought->dayFrom && std::none_of(owed.begin(), owed.end(), isOfDay)) return false;
  const bool called = wanted.word.empty() || isCalled(wanted.word, envelope, owed);
  if (called && query.sought->text.empty()) return true;
  const Contents* read = envelope.gone ? nullptr : contents(row.block, row.place);
  return read != nullptr && query.sought->text.standsIn(read->event) &&
         (called || idStandsIn(read->event, wanted.word));
}

bool MonthReader::considerException(std::int64_t number, const FileQuery& query, FileHits& into) {
  const Query& wanted = *query.query;
  // By ids and numbers of persons alone: nothing else is read out of what could not be read.
  if ((wanted.word.empty() && wanted.number.empty()) || !wanted.type.empty() || wanted.state)
    return true;
  const auto found = exception(number);
  if (!found) return Failure::of(*database_).fault == sqlite::Fault::none;
  if (!wanted.word.empty() && found->sourceId != wanted.word) return true;
  if (!wanted.peer.empty() && found->peer != wanted.peer) return true;
  into.hits.push_back({number * 2 + 1, hitOf(*found)});
  return true;
}

}  // namespace lianqiao::history
