#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "history/postings.h"
#include "sqlite/database.h"

namespace lianqiao::history {

/// The terms of one month's file: sorted runs, each written at once and merged in sixteens of about
/// the same size. A table of rows, each term where its digest puts it, writes nearly every page of
/// the whole index with every batch (FORMAT.md has the figures). For one
/// thread at a time; the caller holds the transaction.
class TermIndex {
 public:
  /// `database` must outlive it, and have the tables.
  explicit TermIndex(sqlite::Database& database) : database_(database) {}

  static const char* tables();

  /// Sorts `postings` and adds them. False on failure, of which the database tells more.
  bool add(std::vector<Posting>& postings);
  /// Appends the targets of a term, in no order. False on failure; damaged() tells a page of ours
  /// that is not as it was written.
  bool find(std::uint64_t term, std::vector<std::int64_t>& targets);
  /// Writes all runs anew as one, without what `gone` says, and with `more`.
  bool rewrite(const std::function<bool(const Posting&)>& gone, std::vector<Posting>& more);
  /// Calls `each` with every posting of every run. False as find().
  bool visit(const std::function<void(const Posting&)>& each);
  [[nodiscard]] bool damaged() const { return damaged_; }

 private:
  struct Run {
    std::int64_t number = 0;
    int level = 0;
    std::int64_t from = 0;  ///< Its first page.
    std::int64_t pages = 0;
  };
  class Cursor;
  class Writer;

  bool readRuns();
  /// `pages` reads those from a number on, `page` the first term of one.
  bool findIn(const Run& run, std::uint64_t term, sqlite::Statement& page, sqlite::Statement& pages,
              std::vector<std::int64_t>& targets);
  static std::optional<std::int64_t> lastPageBefore(const Run& run, std::uint64_t term,
                                                    sqlite::Statement& page);
  bool mergeLevel(int level);
  bool merge(const std::vector<Run>& runs, std::vector<Posting> more,
             const std::function<bool(const Posting&)>& gone);

  sqlite::Database& database_;
  std::vector<Run> runs_;
  // Made at their first use, and kept: a search asks sixty files.
  std::optional<sqlite::Statement> all_;
  std::optional<sqlite::Statement> page_;
  std::optional<sqlite::Statement> pages_;
  bool damaged_ = false;
};

}  // namespace lianqiao::history
