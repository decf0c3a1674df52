#include "history_sqlite/month_verifier.h"

#include <unordered_map>
#include <unordered_set>

#include "history/block_codec.h"
#include "history_sqlite/month_writer.h"
#include "history_sqlite/term_index.h"

namespace lianqiao::history {

using sqlite::Database;
using sqlite::Statement;

namespace {

constexpr std::size_t kMostProblems = 100;

class Verifier {
 public:
  Verifier(std::string name, const Month& month, Database& database, Verified& found)
      : name_(std::move(name)), month_(month), database_(database), found_(found) {}

  void run() {
    pages();
    blocks();
    records();
    terms();
    counts();
  }

 private:
  void problem(const std::string& what) {
    if (found_.problems.size() < kMostProblems) found_.problems.push_back(name_ + ": " + what);
  }
  void unreadable(const Statement& rows, const char* what) {
    if (!rows.ended())
      problem(std::string(what) + " cannot be read (" + database_.why() +
              "); bring the file back from a backup");
  }

  void pages() {
    Statement rows(database_, "PRAGMA quick_check(1)");
    if (rows.row() && rows.bytes(0) == "ok") return;
    problem("its pages are damaged; bring it back from a backup");
  }

  void blocks() {
    Statement rows(database_, "SELECT number, count, bytes FROM block");
    while (rows.row()) {
      const auto contents = unpackBlock(rows.bytes(2));
      const std::size_t count = contents ? contents->size() : 0;
      if (count != static_cast<std::size_t>(rows.integer(1)) || count == 0)
        problem("block " + std::to_string(rows.integer(0)) +
                " is damaged: the contents of its records are lost, their rows go on");
      counts_[rows.integer(0)] = count;
      found_.contents += count;
    }
    unreadable(rows, "its blocks");
  }

  void records() {
    Statement rows(database_, "SELECT number, id, flags, block, place FROM record");
    while (rows.row()) {
      ++found_.records;
      const std::int64_t number = rows.integer(0);
      targets_.insert(number * 2);
      if ((rows.integer(2) & kUncounted) == 0) ++accepted_;
      const auto id = PackedId::ofBytes(rows.bytes(1));
      if (!id || Month::of(id->time()) != month_ || numberOf(*id, month_) > number)
        problem("the record " + std::to_string(number) + " does not belong to its id");
      if ((rows.integer(2) & kGone) != 0) continue;
      const auto block = counts_.find(rows.integer(3));
      if (block == counts_.end() ||
          (block->second > 0 && static_cast<std::size_t>(rows.integer(4)) >= block->second))
        problem("the record " + (id ? id->text() : std::to_string(number)) + " has no content");
    }
    unreadable(rows, "its records");
    Statement exceptions(database_, "SELECT number FROM exception");
    while (exceptions.row()) targets_.insert(exceptions.integer(0) * 2 + 1);
    unreadable(exceptions, "its exceptions");
  }

  void terms() {
    std::size_t stray = 0;
    TermIndex index(database_);
    const bool whole = index.visit(
        [&](const Posting& posting) { stray += targets_.contains(posting.target) ? 0U : 1U; });
    if (!whole) problem("its terms are damaged: some of its records are not found by search");
    if (stray > 0) problem(std::to_string(stray) + " terms lead to no record");
  }

  void counts() {
    const std::int64_t counted =
        database_.number("SELECT coalesce(sum(number),0) FROM day WHERE what=0");
    if (counted != accepted_)
      problem("its days count " + std::to_string(counted) + " records and it has " +
              std::to_string(accepted_));
    const std::int64_t repeated =
        database_.number("SELECT coalesce(sum(number),0) FROM day WHERE what=2");
    const std::int64_t times = database_.number("SELECT coalesce(sum(times),0) FROM repetition");
    if (repeated != times)
      problem("its days count " + std::to_string(repeated) + " repetitions and it has " +
              std::to_string(times));
  }

  const std::string name_;
  const Month& month_;
  Database& database_;
  Verified& found_;
  std::unordered_map<std::int64_t, std::size_t> counts_;  ///< Contents of each block.
  std::unordered_set<std::int64_t> targets_;
  std::int64_t accepted_ = 0;
};

}  // namespace

void verifyMonth(const std::filesystem::path& file, const Month& month, Verified& found) {
  const std::string name = file.filename().string();
  Failure failure;
  const auto database = openMonth(file, Opening::there, failure);
  std::error_code error;
  if (database == nullptr) {
    if (std::filesystem::exists(file, error))
      found.problems.push_back(name + ": " + failure.why + "; bring it back from a backup");
    return;
  }
  // One view of the whole, whatever is written meanwhile.
  database->run("BEGIN");
  Verifier(name, month, *database, found).run();
}

}  // namespace lianqiao::history
