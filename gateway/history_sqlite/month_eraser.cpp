#include "history_sqlite/month_eraser.h"

#include <algorithm>

#include "history/block_codec.h"
#include "history/terms.h"
#include "history_sqlite/month_writer.h"

namespace lianqiao::history {

using sqlite::Database;
using sqlite::Fault;
using sqlite::Statement;

std::unique_ptr<MonthEraser> MonthEraser::open(const std::filesystem::path& file, NodeKey& key,
                                               Failure& failure) {
  auto database = openMonth(file, Opening::there, failure);
  if (database == nullptr) return nullptr;
  // What is deleted is overwritten with zeros.
  database->run("PRAGMA secure_delete=ON");
  return std::unique_ptr<MonthEraser>(new MonthEraser(std::move(database), key));
}

MonthEraser::MonthEraser(std::unique_ptr<Database> database, NodeKey& key)
    : database_(std::move(database)), key_(key), word_(*database_), index_(*database_) {}

std::optional<std::size_t> MonthEraser::erase(std::uint64_t term) {
  std::vector<std::int64_t> targets;
  bool done = database_->run("BEGIN IMMEDIATE") && index_.find(term, targets);
  std::sort(targets.begin(), targets.end());
  targets.erase(std::unique(targets.begin(), targets.end()), targets.end());
  done = done && (targets.empty() || eraseAll(targets)) && database_->run("COMMIT");
  if (!done) {
    failure_ = Failure::of(*database_);
    if (failure_.fault == Fault::none) failure_ = {Fault::damaged, "it cannot be read whole", true};
    database_->run("ROLLBACK");
    return std::nullopt;
  }
  // The log and, until it is cut, the file hold the former pages: those of a try before, too.
  Statement cut(*database_, "PRAGMA wal_checkpoint(TRUNCATE)");
  if (cut.row() && cut.integer(0) == 0) return targets.size();
  failure_ = Failure::of(*database_);
  if (failure_.fault == Fault::none) failure_ = {Fault::busy, "it is being read"};
  return std::nullopt;
}

bool MonthEraser::eraseAll(const std::vector<std::int64_t>& targets) {
  std::vector<Posting> kept;
  for (const std::int64_t target : targets)
    if (target % 2 == 1 ? !blankException(target / 2, kept)
                        : !blank(target / 2) || !keepTerms(target / 2, kept))
      return false;
  return index_.rewrite(
      [&](const Posting& posting) {
        return std::binary_search(targets.begin(), targets.end(), posting.target);
      },
      kept);
}

bool MonthEraser::blank(std::int64_t record) {
  Statement places(*database_,
                   "SELECT block, place FROM record WHERE number=?1 UNION"
                   " SELECT block, place FROM former WHERE record=?1");
  places.bind(1, record);
  while (places.row())
    if (!blankAt(places.integer(0), places.integer(1))) return false;
  if (!places.ended()) return false;
  // What was sealed held a number; what is masked in a detail may still tell whose it was.
  for (const char* sql :
       {"UPDATE record SET flags=flags|8, source=CASE typeof(source) WHEN 'text' THEN source END,"
        " key=CASE typeof(key) WHEN 'text' THEN key END,"
        " revision=CASE typeof(revision) WHEN 'text' THEN revision END WHERE number=?",
        "UPDATE delivery SET receipt=CASE typeof(receipt) WHEN 'text' THEN receipt END"
        " WHERE record=?",
        "UPDATE attempt SET detail='', answer='' WHERE record=?",
        "DELETE FROM former WHERE record=?"})
    if (!Statement(*database_, sql).bind(1, record).run()) return false;
  return true;
}

/// That it was there, from whom and why, stays.
bool MonthEraser::blankException(std::int64_t number, std::vector<Posting>& kept) {
  const char* const sql =
      "UPDATE exception SET contents=x'', note='',"
      " source=CASE typeof(source) WHEN 'text' THEN source END WHERE number=?";
  if (!Statement(*database_, sql).bind(1, number).run()) return false;
  Statement row(*database_, "SELECT source FROM exception WHERE number=?");
  if (row.bind(1, number).row() && !row.bytes(0).empty())
    kept.push_back({idTerm(key_, row.bytes(0)), number * 2 + 1});
  return true;
}

bool MonthEraser::blankAt(std::int64_t block, std::int64_t place) {
  Statement look(*database_, "SELECT bytes FROM block WHERE number=?");
  if (block == 0) return true;
  if (!look.bind(1, block).row()) return false;
  const auto contents = unpackBlock(look.bytes(0));
  look.reset();
  if (!contents || static_cast<std::size_t>(place) >= contents->size()) return false;
  BlockMaker maker;
  for (std::size_t i = 0; i < contents->size(); ++i) {
    const Contents one = static_cast<std::int64_t>(i) == place ? Contents() : (*contents)[i];
    maker.add(one.event, one.body, one.evidence, one.origin);
  }
  const std::string bytes = maker.pack();
  Statement row(*database_, "UPDATE block SET bytes=? WHERE number=?");
  return row.bindBytes(1, bytes).bind(2, block).run();
}

/// Ids and region: by them it is still found.
bool MonthEraser::keepTerms(std::int64_t record, std::vector<Posting>& kept) {
  std::vector<std::uint64_t> terms;
  Statement row(*database_, "SELECT source, key, division, grid, id FROM record WHERE number=?");
  if (!row.bind(1, record).row()) return false;
  if (const auto id = PackedId::ofBytes(row.bytes(4))) erased_.push_back(*id);
  for (const int column : {0, 1})
    if (!row.bytes(column).empty()) terms.push_back(idTerm(key_, row.bytes(column)));
  appendRegionTerms(word_.text(row.integer(2)), terms);
  if (row.integer(3) != 0) terms.push_back(regionTerm(word_.text(row.integer(3))));
  Statement receipts(*database_, "SELECT receipt FROM delivery WHERE record=?");
  receipts.bind(1, record);
  while (receipts.row())
    if (!receipts.bytes(0).empty()) terms.push_back(idTerm(key_, receipts.bytes(0)));
  for (const std::uint64_t term : terms) kept.push_back({term, record * 2});
  return receipts.ended();
}

}  // namespace lianqiao::history
