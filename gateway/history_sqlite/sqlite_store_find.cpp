// Searching, month by month, the newest first.
#include <algorithm>
#include <set>

#include "history/page_mark.h"
#include "history/terms.h"
#include "history_sqlite/sqlite_store.h"
#include "lianqiao/codes.h"

namespace lianqiao::history {

using base::Lock;

namespace {

constexpr std::size_t kMostHits = 1000;
/// A telephone number without its area's; shorter ones are found by their last four.
constexpr std::size_t kLeastNumber = 7;
/// A page that took longer ends, with where to go on.
constexpr std::chrono::seconds kMostTime(1);

Error badQuery(std::string detail) { return {codes::kMalformed, std::move(detail)}; }

}  // namespace

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
    std::erase_if(parts, [&](const PartEntry& part) { return day_ && !part.days.has(*day_); });
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
    if (query_.limit < 1 || query_.limit > kMostHits) return badQuery("A page has 1 to 1000 hits.");
    if (!query_.after.empty()) {
      mark_ = PageMark::read(query_.after);
      if (!mark_) return badQuery("The page's begin is none that a page before has named.");
    }
    if (Result<void> read = readDay(); !read.ok()) return read.error();
    const std::string number = searchableNumber(query_.number);
    if (!query_.number.empty() && number.size() != 4 && number.size() < kLeastNumber)
      return badQuery(
          "A telephone or id number is searched whole, or by its last four characters.");
    const Lock lock(store_.terms_);
    NodeKey& key = store_.readerKey_;
    if (!query_.word.empty()) file_.terms.push_back(idTerm(key, query_.word));
    if (!query_.number.empty()) file_.terms.push_back(numberTerm(key, number));
    if (!query_.region.empty()) file_.terms.push_back(regionTerm(query_.region));
    file_.query = &query_;
    file_.late = [this] { return late(); };
    file_.text = searchableText(query_.text);
    if (file_.text.empty()) return {};
    if (!store_.settings_.words)
      return badQuery("Texts are not indexed here; see the setting history.words.");
    const std::size_t before = file_.terms.size();
    appendWordTerms(file_.text, file_.terms);
    if (file_.terms.size() > before) return {};
    return badQuery("A text needs two characters side by side; numbers are searched as numbers.");
  }

  Result<void> readDay() {
    if (query_.deliveredOn.empty()) return {};
    day_ = dayNumber(query_.deliveredOn);
    if (!day_) return badQuery("A day is written YYYY-MM-DD.");
    if (query_.peer.empty()) return badQuery("A day of deliveries is a peer's: name it, too.");
    file_.delivered = (*day_ * 1440 - store_.settings_.zoneMinutes) * 60'000;
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
    if (lookedDownTo > 0) page_.next = PageMark{month, lookedDownTo * 2, "-"}.text();
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
  std::optional<std::int64_t> day_;
  FileQuery file_;
  Page page_;
};

Result<Page> SqliteStore::find(const Query& query) { return Search(*this, query).run(); }

}  // namespace lianqiao::history
