#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "history/month.h"
#include "history/store.h"
#include "history_sqlite/month_file.h"

namespace lianqiao::history {

/// One file: a month and a class of record types.
struct PartName {
  Month month;
  std::string kind;  ///< The class; a name of the configuration (yaml::parseName).
  auto operator<=>(const PartName&) const = default;

  /// "2026-11-orders.db"; nothing for any other name.
  [[nodiscard]] static std::optional<PartName> ofFile(std::string_view file);
  [[nodiscard]] std::string file() const;
};

/// The days that a part has counts of, as numbers.
struct DayRange {
  std::int64_t first = INT64_MAX;
  std::int64_t last = INT64_MIN;
  void add(std::int64_t day);
  void add(const DayRange& other);
  [[nodiscard]] bool has(std::int64_t day) const { return first <= day && day <= last; }
};

struct PartEntry {
  PartName name;
  DayRange days;
};

/// `history/catalogue.db`: up to where all parts have everything, which parts there are, gaps,
/// versions of the configuration, acts of people. For one thread at a time. A call that fails
/// gives false or nothing; failure() tells more.
class Catalogue {
 public:
  /// Makes it where it is not there.
  static std::unique_ptr<Catalogue> open(const std::filesystem::path& folder, Failure& failure);

  [[nodiscard]] Failure failure() const { return failure_; }

  /// The check of the key that the store's files were written with: `own` where none stands there
  /// yet. Nothing on failure.
  std::optional<std::string> keyCheck(const std::string& own);
  std::optional<record::JournalPosition> position();
  /// Both or none.
  bool advance(record::JournalPosition position, const std::vector<PartEntry>& parts);

  std::optional<std::vector<PartEntry>> parts();
  bool remove(const PartName& part);
  bool setAside(const PartName& part, const std::string& file, const std::string& why, WallTime at);
  /// A line for people each.
  std::optional<std::vector<std::string>> damaged();

  bool addGap(const Gap& gap);
  /// Of all that are not filled yet.
  bool fillGaps(std::uint64_t records);
  std::optional<std::vector<Gap>> gaps();
  bool addConfiguration(std::string_view version, std::string_view content);
  /// Fails, or has none.
  bool configuration(std::string_view version, std::optional<std::string>& into);
  bool addAct(const Act& act);
  std::optional<std::vector<Act>> acts(std::size_t most);

 private:
  explicit Catalogue(std::unique_ptr<sqlite::Database> database) : database_(std::move(database)) {}
  /// Of what a call gives; notes the failure where it is one.
  bool noted(bool done);

  const std::unique_ptr<sqlite::Database> database_;
  Failure failure_;
};

}  // namespace lianqiao::history
