#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "expression/path.h"
#include "expression/record_clause.h"
#include "report/period.h"

namespace lianqiao::report {

/// A field of a record, as in data.department.
struct Place {
  std::string text;                     ///< As it is written.
  std::vector<expression::Step> steps;  ///< Below data.
};

/// What one column counts: the things for which all of it holds.
struct Figure {
  std::string name{};
  std::string title{};  ///< For people; the name where none is given.
  /// One of these steps came, and it fulfils `when`. Empty: `when` is of the thing itself.
  std::vector<std::string> steps{};
  std::vector<expression::RecordClause> when{};
  /// A time of the thing: the first of those steps came no later, or, with `late`, it came later or
  /// not at all though that time is over.
  std::optional<Place> limit{};
  bool late = false;
  /// Another thing of the period came before it that has the same in all of these, none empty.
  std::vector<Place> same{};
};

/// A table of counts of the things (the records of one key) that came in a period.
struct Report {
  std::string name{};
  std::string title{};
  std::string type{};  ///< Of the things; their steps are records of `<type>_step` and one key.
  std::vector<expression::RecordClause> when{};  ///< Of the thing.
  std::optional<Place>
      time{};  ///< Which puts it into a period; nothing: when it was accepted first.
  PeriodKind period = PeriodKind::week;
  std::chrono::minutes offset{8 * 60};
  std::vector<Place> by{};  ///< A row for each combination of these.
  std::vector<Figure> figures{};
  /// It is counted by itself when a period is over, at this time of the day behind it.
  std::optional<std::chrono::minutes> at{};
  std::chrono::milliseconds follow =
      std::chrono::hours(60 * 24);  ///< Steps are looked for so long.
};

}  // namespace lianqiao::report
