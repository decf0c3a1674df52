#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lianqiao/host.h"
#include "lianqiao/json.h"
#include "lianqiao/result.h"
#include "report/report.h"

namespace lianqiao::report {

/// One record of the history.
struct Seen {
  std::string_view id;
  std::string_view type;
  std::string_view key;
  std::string_view peer;  ///< It came from.
  bool high = false;
  WallTime accepted{};
};

struct Row {
  std::vector<std::string> groups;     ///< Values of Report::by; "" where a thing has none.
  std::vector<std::uint64_t> figures;  ///< In the order of Report::figures.
};

struct Table {
  std::vector<Row> rows;  ///< In the order of their groups.
  Row total;              ///< Its groups are empty.
};

/// Counts a report's figures over the records of one period. Pure, holds what figures need of each
/// thing and nothing else; a text that two things may share is held as its digest. Not thread-safe.
class Counting {
 public:
  /// Past it the count would not be whole, and fails.
  static constexpr std::size_t kMostThings = 500'000;
  static constexpr std::size_t kMostRows = 10'000;

  /// `now`: what is due later is not overdue yet. The report must outlive it.
  Counting(const Report& report, const Period& period, WallTime now);

  /// Records of the type in the order in which they were accepted, and of its steps, with the data
  /// of their events. Fails with intake.malformed past
  /// kMostThings.
  Result<void> add(const Seen& record, const json::Value& data);

  /// Fails with intake.malformed where the rows would be too many.
  [[nodiscard]] Result<Table> table() const;
  /// Ids of the things' first records that a figure counts, of one row or of all.
  [[nodiscard]] std::vector<std::string> list(std::size_t figure,
                                              const std::vector<std::string>* groups) const;

 private:
  struct Thing {
    std::string id;
    WallTime time{};
    bool counts = false;  ///< It lies in the period and fulfils the report's conditions.
    std::vector<std::string> groups;
    std::vector<bool> holds;                       ///< By figure: its `when`.
    std::vector<std::optional<WallTime>> limits;   ///< By figure.
    std::vector<std::optional<WallTime>> stepped;  ///< By figure: the first step that fulfils it.
    std::vector<std::uint64_t> digests;            ///< By figure: of `same`; 0 where one is empty.
  };

  void addThing(Thing& thing, const Seen& record, const json::Value& data) const;
  void addStep(Thing& thing, const Seen& record, const json::Value& data) const;
  [[nodiscard]] bool counted(const Thing& thing, std::size_t figure,
                             std::set<std::uint64_t>& seen) const;
  [[nodiscard]] std::vector<const Thing*> inOrder() const;

  const Report& report_;
  const Period period_;
  const WallTime now_;
  const std::string stepType_;
  std::map<std::string, Thing, std::less<>> things_;
};

}  // namespace lianqiao::report
