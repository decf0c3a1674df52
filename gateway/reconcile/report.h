#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "reconcile/comparison.h"

/// A comparison for people and programs. Numbers of persons in ids are masked. Pure.
namespace lianqiao::reconcile {

/// What was compared, and how.
struct Reported {
  std::string peer;
  bool out = true;
  std::vector<std::string> fields;  ///< Names of what was compared.
  std::size_t uncompared = 0;
  std::optional<std::size_t> fetched{};  ///< Of what only they have: taken in by this call.
  std::chrono::milliseconds took{};
  /// Records that only we had when this day was compared before, and when that was: one that the
  /// other side has confirmed since then, and still does not have, is named.
  std::vector<std::string> missingBefore{};
  WallTime before{};
};

/// {"peer","day","direction","equal","whole","ours","theirs","exchanges","took_ms","uncompared",
///  "fetched","counts":{…},"only_ours":[…],"only_theirs":[…],"differing":[…],"open":[…],
///  "findings":[{"code","message"}]}, in each list {"id","type","record","our_revision",
///  "their_revision","fields","at","confirmed","confirmed_again"}. Lists have kMostTold entries at
/// most, the counts all.
std::string jsonOf(const Comparison& made, const Reported& about);

/// For the other side's engineer: one line for each difference and finding, with a byte order mark,
/// ids that a spreadsheet keeps as text, and nothing that it would run as a formula.
std::string csvOf(const Comparison& made, const Reported& about);

inline constexpr std::size_t kMostTold = 50'000;

}  // namespace lianqiao::reconcile
