#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lianqiao/result.h"

namespace lianqiao::cli {

/// Adds up the pages of one replay or preview, as the admin API answers them, for the command's
/// report. Holds at most kMostItems items and kMostCauses causes, however long the run. Not
/// thread-safe.
class ReplayTally {
 public:
  static constexpr std::size_t kMostItems = 10'000;  ///< Of a preview, for its report as JSON.
  static constexpr std::size_t kMostCauses = 500;

  explicit ReplayTally(bool preview) : preview_(preview) {}

  /// Takes one page; returns its lines of a preview as text. Fails when it is no page.
  Result<std::string> add(std::string_view pageJson);
  /// Why it ended before the end.
  void stop(std::string why) { stopped_ = std::move(why); }
  /// The gateway was not reached at all.
  void fail(std::string why) {
    stop(std::move(why));
    failed_ = true;
  }
  /// For an id that no exception bears.
  void addUnknown(const std::string& id, std::string_view why);

  [[nodiscard]] std::size_t seen() const {
    return replayed_ + duplicates_ + failing_ + superseded_;
  }
  /// Where to go on; empty at the end.
  [[nodiscard]] const std::string& next() const { return next_; }
  [[nodiscard]] bool stopped() const { return !stopped_.empty(); }
  /// How many stay exceptions.
  [[nodiscard]] std::size_t remaining() const { return failing_ + superseded_; }

  /// "Replayed: 25, …, still failing: 1.", causes below.
  [[nodiscard]] std::string text() const;
  /// {"preview","seen","replayed","requeued","duplicates","failed","superseded","stopped",
  ///  "causes":[{"peer","code","count","first","message"}],"items":[…]}; items of a preview only.
  /// What is superseded is a cause, too.
  [[nodiscard]] std::string json() const;

 private:
  struct Cause {
    std::size_t count = 0;
    std::string first;    ///< Id.
    std::string message;  ///< Of the first.
  };
  void addCause(std::string peer, std::string code, std::string_view id, std::string_view message);

  const bool preview_;
  bool failed_ = false;
  std::size_t replayed_ = 0;
  std::size_t requeued_ = 0;  ///< Of those.
  std::size_t duplicates_ = 0;
  std::size_t failing_ = 0;
  std::size_t superseded_ = 0;
  std::map<std::pair<std::string, std::string>, Cause> causes_;
  std::vector<std::string> items_;  ///< JSON.
  std::string next_;
  std::string stopped_;
};

}  // namespace lianqiao::cli
