// Reading one thing, or the counts of a day.
#include <map>
#include <tuple>

#include "history_sqlite/sqlite_store.h"
#include "lianqiao/codes.h"

namespace lianqiao::history {

using base::Lock;
using sqlite::Fault;

ReaderPool::Lease SqliteStore::reader(const PartName& part, std::vector<std::string>& unread) {
  Failure failure;
  ReaderPool::Lease lease = readers_.take(part, failure);
  std::error_code error;
  // One that retention has just taken away is silently absent.
  if (!lease && std::filesystem::exists(fileOf(part), error)) met(part, failure, unread);
  return lease;
}

void SqliteStore::met(const PartName& part, const Failure& failure,
                      std::vector<std::string>& unread) {
  unread.push_back(part.file() + ": " + failure.why);
  if (failure.fault != Fault::damaged || failure.isPart) return;
  const Lock lock(writing_);
  std::error_code error;
  if (std::filesystem::exists(fileOf(part), error)) setAside(part, failure.why);
}

std::optional<ExceptionTrail> SqliteStore::exceptionOf(const PackedId& id,
                                                       std::vector<std::string>& unread) {
  const PartName part{Month::of(id.time()), std::string(kDefaultKind)};
  std::error_code error;
  if (!std::filesystem::exists(fileOf(part), error)) return std::nullopt;
  const auto from = reader(part, unread);
  if (!from) return std::nullopt;
  const auto number = from->numberOfException(id);
  if (number && *number < 0) return std::nullopt;
  auto found = number ? from->exception(*number) : std::nullopt;
  if (!found) met(part, from->failure(), unread);
  return found;
}

Result<std::optional<Trail>> SqliteStore::show(std::string_view text) {
  const auto id = PackedId::read(text);
  if (!id) return std::optional<Trail>();
  std::vector<std::string> unread;
  for (const PartEntry& part : parts()) {
    if (part.name.month != Month::of(id->time())) continue;
    const auto from = reader(part.name, unread);
    if (!from) continue;
    const auto number = from->numberOfRecord(*id);
    if (number && *number < 0) continue;
    auto trail = number ? from->trail(*number) : std::nullopt;
    if (!trail) {
      met(part.name, from->failure(), unread);
      continue;
    }
    for (ExceptionTrail& one : trail->exceptions)
      if (const auto exception = PackedId::read(one.id))
        if (auto found = exceptionOf(*exception, unread)) one = std::move(*found);
    return std::optional(std::move(*trail));
  }
  if (auto exception = exceptionOf(*id, unread)) {
    Trail trail;
    trail.exceptions.push_back(std::move(*exception));
    return std::optional(std::move(trail));
  }
  if (unread.empty()) return std::optional<Trail>();
  return Error{codes::kHistoryDamaged, "It cannot be read: " + unread.front() + "."};
}

Result<std::optional<std::string>> SqliteStore::sent(std::string_view record,
                                                     std::string_view peer) {
  std::optional<std::string> found;
  const auto id = PackedId::read(record);
  if (!id) return found;
  const Lock lock(writing_);
  if (sent_.find(*id, peer, found)) return found;
  return refusal(sent_.failure(), sent_.failedFile());
}

Result<std::vector<DayCount>> SqliteStore::counts(std::string_view day) {
  const auto number = dayNumber(day);
  if (!number) return Error{codes::kMalformed, "A day is written YYYY-MM-DD."};
  std::vector<DayCount> all;
  std::vector<std::string> unread;
  for (const PartEntry& part : parts()) {
    if (!part.days.has(*number)) continue;
    const auto from = reader(part.name, unread);
    if (from && !from->counts(*number, all)) met(part.name, from->failure(), unread);
  }
  // Counts that are silently too small would be believed.
  if (!unread.empty())
    return Error{codes::kHistoryDamaged, "The counts are not whole: " + unread.front() + "."};
  std::map<std::tuple<std::string, std::string, Counted>, std::uint64_t> sums;
  for (const DayCount& one : all) sums[{one.peer, one.type, one.what}] += one.number;
  all.clear();
  for (const auto& [of, sum] : sums)
    all.push_back({std::get<0>(of), std::get<1>(of), std::get<2>(of), sum});
  return all;
}

}  // namespace lianqiao::history
