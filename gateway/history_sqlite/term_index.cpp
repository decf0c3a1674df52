#include "history_sqlite/term_index.h"

#include <algorithm>
#include <memory>
#include <queue>

namespace lianqiao::history {

using sqlite::Statement;

namespace {

constexpr std::size_t kMergedAtOnce = 16;
/// Runs of so many levels, about 16 million postings, are not merged any more: the transaction
/// would hold up the next batch for seconds.
constexpr int kLastLevel = 5;

/// By size: those of 16 times as much are one level up.
int levelOf(std::size_t postings) {
  int level = 0;
  for (std::size_t most = 256; postings > most && level < kLastLevel; most *= kMergedAtOnce)
    ++level;
  return level;
}

std::int64_t keyOf(std::uint64_t term) { return static_cast<std::int64_t>(term); }

}  // namespace

const char* TermIndex::tables() {
  return "CREATE TABLE run(number INTEGER PRIMARY KEY, level INTEGER NOT NULL,"
         " first INTEGER NOT NULL, pages INTEGER NOT NULL);"
         "CREATE TABLE page(number INTEGER PRIMARY KEY, term INTEGER NOT NULL,"
         " bytes BLOB NOT NULL);";
}

/// Reads a run from its begin to its end.
class TermIndex::Cursor {
 public:
  Cursor(sqlite::Database& database, const Run& run)
      : pages_(database,
               "SELECT term, bytes FROM page WHERE number>=? AND number<?"
               " ORDER BY number") {
    pages_.bind(1, run.from).bind(2, run.from + run.pages);
  }

  /// False at the end, and on failure.
  bool next() {
    if (++at_ < buffer_.size()) return true;
    buffer_.clear();
    at_ = 0;
    if (!pages_.row()) return false;
    whole_ = readPage(pages_.bytes(1), static_cast<std::uint64_t>(pages_.integer(0)), buffer_);
    return whole_ && !buffer_.empty();
  }
  [[nodiscard]] const Posting& current() const { return buffer_[at_]; }
  [[nodiscard]] bool whole() const { return whole_; }
  [[nodiscard]] bool ended() const { return whole_ && pages_.ended(); }

 private:
  Statement pages_;
  std::vector<Posting> buffer_;
  std::size_t at_ = 0;
  bool whole_ = true;
};

/// Writes a run behind all others.
class TermIndex::Writer {
 public:
  explicit Writer(sqlite::Database& database)
      : database_(database),
        page_(database, "INSERT INTO page VALUES(?,?,?)"),
        from_(database.number("SELECT coalesce(max(number),0)+1 FROM page")) {}

  bool add(const Posting& posting) {
    ++postings_;
    page_maker_.add(posting);
    return !page_maker_.full() || flush();
  }
  bool finish() {
    if (!page_maker_.empty() && !flush()) return false;
    if (pages_ == 0) return true;
    Statement run(database_, "INSERT INTO run(level, first, pages) VALUES(?,?,?)");
    return run.bind(1, levelOf(postings_)).bind(2, from_).bind(3, pages_).run();
  }

 private:
  bool flush() {
    const std::int64_t first = keyOf(page_maker_.first().term);
    const std::string bytes = page_maker_.take();
    return page_.bind(1, from_ + pages_++).bind(2, first).bindBytes(3, bytes).run();
  }

  sqlite::Database& database_;
  Statement page_;
  PageMaker page_maker_;
  std::int64_t from_;
  std::int64_t pages_ = 0;
  std::size_t postings_ = 0;
};

bool TermIndex::readRuns() {
  runs_.clear();
  if (!all_) all_.emplace(database_, "SELECT number, level, first, pages FROM run ORDER BY number");
  Statement& runs = *all_;
  while (runs.row())
    runs_.push_back(
        {runs.integer(0), static_cast<int>(runs.integer(1)), runs.integer(2), runs.integer(3)});
  const bool whole = runs.ended();
  runs.reset();
  return whole;
}

bool TermIndex::add(std::vector<Posting>& postings) {
  if (postings.empty()) return true;
  sortPostings(postings);
  {
    Writer writer(database_);
    for (const Posting& posting : postings)
      if (!writer.add(posting)) return false;
    if (!writer.finish()) return false;
  }
  if (!readRuns()) return false;
  for (int level = 0; level < kLastLevel; ++level)
    if (!mergeLevel(level)) return false;
  return true;
}

bool TermIndex::mergeLevel(int level) {
  std::vector<Run> same;
  for (const Run& run : runs_)
    if (run.level == level) same.push_back(run);
  if (same.size() < kMergedAtOnce) return true;
  return merge(same, {}, [](const Posting&) { return false; }) && readRuns();
}

bool TermIndex::merge(const std::vector<Run>& runs, std::vector<Posting> more,
                      const std::function<bool(const Posting&)>& gone) {
  std::vector<std::unique_ptr<Cursor>> cursors;
  const auto later = [&](std::size_t a, std::size_t b) {
    return cursors[a]->current() > cursors[b]->current();
  };
  std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(later)> next(later);
  for (const Run& run : runs) {
    cursors.push_back(std::make_unique<Cursor>(database_, run));
    if (cursors.back()->next()) next.push(cursors.size() - 1);
  }
  sortPostings(more);
  auto extra = more.begin();
  std::optional<Posting> last;
  Writer writer(database_);
  const auto put = [&](const Posting& posting) {
    if (last == posting) return true;
    last = posting;
    return writer.add(posting);
  };
  while (!next.empty()) {
    const std::size_t at = next.top();
    next.pop();
    const Posting posting = cursors[at]->current();
    for (; extra != more.end() && *extra < posting; ++extra)
      if (!put(*extra)) return false;
    if (!gone(posting) && !put(posting)) return false;
    if (cursors[at]->next()) next.push(at);
  }
  for (; extra != more.end(); ++extra)
    if (!put(*extra)) return false;
  for (const auto& cursor : cursors) {
    damaged_ = damaged_ || !cursor->whole();
    if (!cursor->ended()) return false;
  }
  cursors.clear();
  if (!writer.finish()) return false;
  Statement pages(database_, "DELETE FROM page WHERE number>=? AND number<?");
  Statement one(database_, "DELETE FROM run WHERE number=?");
  for (const Run& run : runs)
    if (!pages.bind(1, run.from).bind(2, run.from + run.pages).run() ||
        !one.bind(1, run.number).run())
      return false;
  return true;
}

bool TermIndex::find(std::uint64_t term, std::vector<std::int64_t>& targets) {
  if (!readRuns()) return false;
  if (!page_) page_.emplace(database_, "SELECT term FROM page WHERE number=?");
  if (!pages_)
    pages_.emplace(database_,
                   "SELECT term, bytes FROM page WHERE number>=? AND number<?"
                   " ORDER BY number");
  for (const Run& run : runs_)
    if (!findIn(run, term, *page_, *pages_, targets)) return false;
  return true;
}

/// The page with the greatest first term that is less than `term`, or the first of the run.
std::optional<std::int64_t> TermIndex::lastPageBefore(const Run& run, std::uint64_t term,
                                                      Statement& page) {
  std::int64_t low = run.from;
  std::int64_t high = run.from + run.pages;
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    if (!page.bind(1, middle).row()) return std::nullopt;
    const auto first = static_cast<std::uint64_t>(page.integer(0));
    page.reset();
    (first < term ? low : high) = middle;
  }
  return low;
}

bool TermIndex::findIn(const Run& run, std::uint64_t term, Statement& page, Statement& pages,
                       std::vector<std::int64_t>& targets) {
  const auto from = lastPageBefore(run, term, page);
  if (!from) return false;
  pages.bind(1, *from).bind(2, run.from + run.pages);
  std::vector<Posting> postings;
  bool behind = false;
  while (!behind && pages.row()) {
    const auto first = static_cast<std::uint64_t>(pages.integer(0));
    behind = first > term;
    if (behind) break;
    postings.clear();
    damaged_ = damaged_ || !readPage(pages.bytes(1), first, postings);
    if (damaged_) return false;
    const auto begin = std::lower_bound(postings.begin(), postings.end(), Posting{term, INT64_MIN});
    for (auto one = begin; one != postings.end() && one->term == term; ++one)
      targets.push_back(one->target);
  }
  const bool whole = behind || pages.ended();
  pages.reset();
  return whole;
}

bool TermIndex::rewrite(const std::function<bool(const Posting&)>& gone,
                        std::vector<Posting>& more) {
  return readRuns() && merge(runs_, more, gone);
}

bool TermIndex::visit(const std::function<void(const Posting&)>& each) {
  if (!readRuns()) return false;
  for (const Run& run : runs_) {
    Cursor cursor(database_, run);
    while (cursor.next()) each(cursor.current());
    damaged_ = damaged_ || !cursor.whole();
    if (!cursor.ended()) return false;
  }
  return true;
}

}  // namespace lianqiao::history
