#include "runtime/deadline_watch.h"

#include <algorithm>
#include <future>

#include "base/rfc3339.h"
#include "lianqiao/codes.h"
#include "record/redact.h"

namespace lianqiao::runtime {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPause{5000};       // after a failure
constexpr milliseconds kPostpone{60'000};  // what Redis refuses to take
constexpr std::string_view kNoLimits = "none";
constexpr std::string_view kOrigin = "/deadlines.yaml/";
constexpr std::size_t kMostNamed = 100;

std::string limitsOf(const lifecycle::Deadlines& deadlines) {
  return deadlines.version.empty() ? std::string(kNoLimits) : deadlines.version;
}

}  // namespace

void DeadlineWatch::start() {
  loop_.start(
      "deadlines", [this] { return turn(); }, [this] { services_.rights.giveUp(Book::kRight); });
}

milliseconds DeadlineWatch::turn() {
  const auto more = once();
  if (more) {
    told_ = false;
    return *more ? milliseconds(0) : kEvery;
  }
  if (!told_) services_.log(LogLevel::warning, "Deadlines cannot be told: " + more.error().detail);
  told_ = true;
  return kPause;
}

Result<bool> DeadlineWatch::once() {
  const auto deadlines = deadlines_.get();
  const std::string limits = limitsOf(*deadlines);
  if (limits == kNoLimits && limits_ == limits && !page_) return false;
  Book* const book = services_.book();
  if (book == nullptr) return false;
  const auto right = services_.rights.take(Book::kRight);
  if (!right) return right.error();
  if (!*right) {
    limits_.reset();  // another node may change that
    return false;
  }
  if (auto begun = beginPages(*book, limits); !begun) return begun.error();
  if (auto turned = turnPage(*book); !turned) return turned.error();
  const WallTime now = services_.clock.wall();
  auto all = reckonAll(*book, *deadlines, now);
  if (!all) return all.error();
  const bool isLast = page_ == "0" && names_.empty();
  if (all->empty() && !isLast) return page_.has_value();
  if (auto told = tellAll(*all, now); !told) return told.error();
  std::vector<Book::Reckoned> kept;
  for (Reckoned& one : *all) kept.push_back(std::move(one.kept));
  const auto written = book->keep(**right, now, kept, isLast ? limits : std::string());
  if (!written) return written.error();
  if (!*written) return false;
  if (isLast) {
    page_.reset();
    limits_ = limits;
  }
  noteNotKept(**written);
  return (*written)->size() < kept.size() || page_.has_value();
}

/// Where all were reckoned by other limits, or a node was stopped while they were.
Result<void> DeadlineWatch::beginPages(Book& book, const std::string& limits) {
  if (limits_ == limits) return {};
  auto last = book.limits();
  if (!last) return last.error();
  const bool isNone = limits == kNoLimits && last->empty();
  if (!isNone && *last != limits) {
    names_.clear();
    page_ = std::string();
  }
  limits_ = limits;
  return {};
}

Result<void> DeadlineWatch::turnPage(Book& book) {
  if (!page_ || !names_.empty() || page_ == "0") return {};
  auto page = book.page(page_->empty() ? "0" : *page_);
  if (!page) return page.error();
  names_.assign(page->names.begin(), page->names.end());
  page_ = std::move(page->next);
  return {};
}

Result<std::vector<Reckoned>> DeadlineWatch::reckonAll(Book& book,
                                                       const lifecycle::Deadlines& deadlines,
                                                       WallTime now) {
  const std::size_t asked = std::min(names_.size(), kOfPage);
  const std::vector<std::string> further(names_.begin(),
                                         names_.begin() + static_cast<std::ptrdiff_t>(asked));
  const auto things = book.take(now, kAtOnce, further);
  if (!things) return things.error();
  DeadlineReckoner reckoner(deadlines, services_.life);
  std::vector<Reckoned> all;
  for (const Book::Thing& thing : *things) {
    if (!names_.empty() && names_.front() == thing.name) names_.pop_front();
    all.push_back(reckoner.reckon(thing, now));
  }
  return all;
}

Result<void> DeadlineWatch::tellAll(std::vector<Reckoned>& all, WallTime now) {
  std::vector<Reckoned*> telling;
  for (Reckoned& one : all)
    if (one.telling) telling.push_back(&one);
  if (telling.empty()) return {};
  std::vector<queue::Entry> entries = entriesOf(telling, now);
  if (entries.empty()) return {};
  auto stored = submit(entries);
  if (stored || stored.error().code != codes::kQueueRefused) return stored;
  // One of them meets what is damaged: the others are told.
  for (std::size_t i = 0; i < entries.size(); ++i) {
    auto alone = submit({entries[i]});
    if (alone) continue;
    if (alone.error().code != codes::kQueueRefused) return alone;
    noteNotKept({{telling[i]->kept.name, alone.error().detail}});
    Book::Reckoned& kept = telling[i]->kept;
    kept.kept.clear();
    kept.next = now + kPostpone;
    kept.near = Book::Nearness::none;
    kept.formerPeer.clear();
  }
  return {};
}

std::vector<queue::Entry> DeadlineWatch::entriesOf(std::vector<Reckoned*>& telling, WallTime now) {
  std::vector<json::Document> documents(telling.size());
  std::vector<pipeline::Reminder> reminders;
  workspace_.output.clear();
  for (std::size_t i = 0; i < telling.size(); ++i) {
    Telling& one = *telling[i]->telling;
    static_cast<void>(json::parse(one.data, documents[i]));
    pipeline::Reminder& reminder = reminders.emplace_back();
    reminder.record = std::move(one.record);
    reminder.record.id = services_.ids.next();
    reminder.record.received = now;
    reminder.data = documents[i].root;
    reminder.time = base::formatTime(one.at);
  }
  std::vector<pipeline::Processed> made =
      services_.pipeline.remind(std::move(reminders), workspace_);
  std::vector<queue::Entry> entries;
  std::vector<Reckoned*> routed;
  for (std::size_t i = 0; i < made.size(); ++i) {
    const Telling& one = *telling[i]->telling;
    if (made[i].problems.empty() && made[i].record.destinations.empty()) continue;
    routed.push_back(telling[i]);
    queue::Entry& entry = entries.emplace_back();
    entry.body = one.body;
    if (made[i].problems.empty()) {
      entry.record = std::move(made[i].record);
      continue;
    }
    queue::Quarantined& item = entry.quarantined.emplace();
    item.id = std::move(made[i].record.id);
    item.peer = std::move(made[i].record.peer);
    item.sourceId = std::move(made[i].record.sourceId);
    item.origin = std::string(kOrigin) + one.rule;
    item.code = made[i].problems.front().code;
    item.problems = std::move(made[i].problems);
    entry.body = one.data;
  }
  telling = std::move(routed);
  return entries;
}

Result<void> DeadlineWatch::submit(std::vector<queue::Entry> entries) {
  std::promise<Result<void>> stored;
  auto settled = stored.get_future();
  queue::Submission submission;
  submission.entries = std::move(entries);
  services_.submissions.submit(std::move(submission), [&stored](const auto& verdicts) {
    stored.set_value(verdicts ? Result<void>() : Result<void>(verdicts.error()));
  });
  return settled.get();
}

/// Once each, for they come again.
void DeadlineWatch::noteNotKept(const std::vector<Book::NotKept>& failed) {
  for (const Book::NotKept& one : failed) {
    if (notKept_.size() >= kMostNamed || !notKept_.insert(one.name).second) continue;
    services_.log(LogLevel::error, "The deadlines of " + record::maskKey(one.name) +
                                       " cannot be kept: " + record::maskNumbers(one.why));
  }
}

}  // namespace lianqiao::runtime
