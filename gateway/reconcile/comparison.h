#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "lianqiao/result.h"
#include "reconcile/other_side.h"
#include "reconcile/our_day.h"

/// Finds what two sides hold differently of one day. Pure but for the calls of the other side.
namespace lianqiao::reconcile {

struct Difference {
  std::string identity;
  std::string type;    ///< Empty where only they have it and do not say.
  std::string record;  ///< Ours; empty where only they have it.
  std::string ourRevision;
  std::string theirRevision;
  std::vector<std::size_t> fields{};  ///< Which differ, where they tell them.
  WallTime at{};                      ///< What puts it into the day, as far as it is known.
  WallTime confirmed{};               ///< When they last said that they have it; 0: never.
};

struct Comparison {
  std::string day;
  std::uint64_t ours = 0;  ///< Settled ones.
  std::uint64_t theirs = 0;
  std::size_t exchanges = 0;
  std::vector<Difference> onlyOurs;
  std::vector<Difference> onlyTheirs;
  std::vector<Difference> differing;
  std::vector<Difference> open;  ///< On their way at either side; no differences.
  /// What is wrong with their answer, kMostFindings at most.
  std::vector<Problem> findings;
  /// False: it was cut short, of another day, or contradicts itself, so that nothing is concluded
  /// from what is missing in it. The lists are then a part of the truth.
  bool whole = true;

  [[nodiscard]] bool equal() const {
    return whole && findings.empty() && onlyOurs.empty() && onlyTheirs.empty() && differing.empty();
  }
};

inline constexpr std::size_t kMostFindings = 100;
/// Of a day, at either side.
inline constexpr std::size_t kMostThings = 1'000'000;
/// Of one listing: a side that pages for ever ends here.
inline constexpr std::size_t kMostPages = 10'000;

/// `query` is what the other side was asked for. What only it has and puts after `settledBefore` is
/// open. Fails with what a call of the other side failed with, or with reconcile.too_many. `query`
/// and `ours` must outlive the call alone.
Result<Comparison> compare(const OurDay& ours, const HeldQuery& query, WallTime settledBefore,
                           OtherSide& other);

}  // namespace lianqiao::reconcile
