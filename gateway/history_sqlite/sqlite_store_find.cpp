// Searching, month by month, the newest first.
#include <algorithm>
#include <set>

#include "history/page_mark.h"
#include "history/sought.h"
#include "history_sqlite/sqlite_store.h"
#include "lianqiao/codes.h"

namespace lianqiao::history {

using base::Lock;

/// One call of find().
class SqliteStore::Search {
 public:
  Search(SqliteStore& store, const Query& query) : store_(store), query_(query) {}

  Result<Page> run() {
    if (Result<void> read = prepare(); !read.ok()) return read.error();
    if (query_.after.empty() && byOurId()) return std::move(page_);
    std::set<Month, std::greater<>> months;
    // A part counts every day on which it had a delivery.
    std::vector<PartEntry> parts = store_.parts();
    std::erase_if(
        parts, [&](const PartEntry& part) { return sought_.day && !part.days.has(*sought_.day); });
    for (const PartEntry& part : parts) months.insert(part.name.month);
    for (const Month& month : months) {
      if (!concerns(month)) continue;
      oneMonth(month, parts);
      if (!page_.next.empty() || page_.hits.size() >= query_.limit) break;
      if (late() && month != *months.rbegin()) {
        page_.next = PageMark{month, -1, "-"}.text();
        break;
      }
    }
    return std::move(page_);
  }

 private:
  struct Found {
    std::int64_t target;
    std::string kind;
    Hit hit;
  };

  Result<void> prepare() {
    if (!query_.after.empty()) {
      mark_ = PageMark::read(query_.after);
      if (!mark_)
        return Error{codes::kMalformed, "The page's begin is none that a page before has named."};
    }
    Result<Sought> sought = [&] {
      const Lock lock(store_.terms_);
      return readQuery(query_, store_.settings_, store_.readerKey_);
    }();
    if (!sought.ok()) return sought.error();
    sought_ = std::move(*sought);
    file_.terms = sought_.terms;
    if (sought_.id) file_.terms.push_back(*sought_.id);
    file_.query = &query_;
    file_.sought = &sought_;
    file_.late = [this] { return late(); };
    return {};
  }

  bool byOurId() {
    const auto id = PackedId::read(query_.word);
    if (!id) return false;
    for (const PartEntry& part : store_.parts()) {
      if (part.name.month != Month::of(id->time())) continue;
      const auto reader = store_.reader(part.name, page_.unread);
      const bool found = reader && ofOurId(*reader, *id);
      const Failure failure = reader ? reader->failure() : Failure();
      if (failure.fault != sqlite::Fault::none) store_.met(part.name, failure, page_.unread);
      if (found) return true;
    }
    return false;
  }

  bool ofOurId(MonthReader& reader, const PackedId& id) {
    if (const auto number = reader.numberOfRecord(id); number && *number >= 0) {
      auto trail = reader.trail(*number);
      if (!trail) return false;
      page_.hits.push_back({std::move(*trail->record), false, std::move(trail->deliveries)});
      return true;
    }
    const auto number = reader.numberOfException(id);
    const auto found = number && *number >= 0 ? reader.exception(*number) : std::nullopt;
    if (found) page_.hits.push_back(hitOf(*found));
    return found.has_value();
  }

  [[nodiscard]] bool late() const { return store_.clock_.steady() - begun_ > kMostTime; }

  [[nodiscard]] bool concerns(const Month& month) const {
    if (query_.from && month.end() <= *query_.from) return false;
    if (query_.to && month.begin() >= *query_.to) return false;
    return !mark_ || month < mark_->month || (month == mark_->month && mark_->target >= 0);
  }

  [[nodiscard]] bool isMarked(const Month& month) const { return mark_ && mark_->month == month; }

  void oneMonth(const Month& month, const std::vector<PartEntry>& parts) {
    file_.from = query_.from ? firstNumberAt(*query_.from, month) : 0;
    file_.before = query_.to ? firstNumberAt(*query_.to, month) : INT64_MAX;
    if (isMarked(month)) file_.before = std::min(file_.before, mark_->target / 2 + 1);
    // Those that the mark is behind may come once more.
    file_.most = query_.limit - page_.hits.size() + 2;
    std::vector<Found> found;
    std::int64_t lookedDownTo = INT64_MIN;
    for (const PartEntry& part : parts)
      if (part.name.month == month) oneFile(part.name, found, lookedDownTo);
    std::erase_if(found, [&](const Found& one) {
      return one.target / 2 < lookedDownTo ||
             (isMarked(month) && !mark_->isBefore(one.target, one.kind));
    });
    std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) {
      return a.target != b.target ? a.target > b.target : a.kind < b.kind;
    });
    for (Found& one : found) {
      page_.hits.push_back(std::move(one.hit));
      if (page_.hits.size() < query_.limit) continue;
      page_.next = PageMark{month, one.target, one.kind}.text();
      return;
    }
    if (lookedDownTo > 0) page_.next = PageMark{month, lookedDownTo * 2 - 1, "-"}.text();
  }

  void oneFile(const PartName& part, std::vector<Found>& into, std::int64_t& lookedDownTo) {
    const auto reader = store_.reader(part, page_.unread);
    if (!reader) return;
    auto hits = reader->find(file_);
    if (!hits || reader->failure().isPart) store_.met(part, reader->failure(), page_.unread);
    if (!hits) return;
    lookedDownTo = std::max(lookedDownTo, hits->lookedDownTo);
    for (FileHit& one : hits->hits) into.push_back({one.target, part.kind, std::move(one.hit)});
  }

  SqliteStore& store_;
  const Query& query_;
  const std::chrono::steady_clock::time_point begun_ = store_.clock_.steady();
  std::optional<PageMark> mark_;
  Sought sought_;
  FileQuery file_;
  Page page_;
};

Result<Page> SqliteStore::find(const Query& query) { return Search(*this, query).run(); }

}  // namespace lianqiao::history
