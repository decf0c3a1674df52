#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "lianqiao/counterpart.h"
#include "reconcile/comparison.h"
#include "reconcile/our_day.h"

namespace lianqiao::reconcile {

/// The other side's things of some buckets, page by page, held against ours. Of one comparison.
class Listing {
 public:
  /// Of one type, or of all where it is empty. What is passed by reference must outlive it; what is
  /// found is added to `into`.
  Listing(const OurDay& ours, const HeldQuery& query, std::string type,
          const std::vector<std::uint8_t>& buckets, WallTime settledBefore, Comparison& into);

  using PageOf = std::function<Result<HeldPage>(std::string_view after)>;
  /// Every page, counted as exchanges.
  Result<void> read(const PageOf& pageOf);
  /// What was listed has these sums, or else their list and their digests contradict each other.
  void holdTo(const std::vector<HeldSum>& declared);
  /// What nobody has listed is what only we have.
  void finish();
  /// How many different things were listed.
  [[nodiscard]] std::size_t size() const { return theirs_.size(); }

 private:
  Result<void> takePage(HeldPage page, std::string_view after);
  void take(const HeldItem& item);
  /// It is neither of another day nor of a bucket that was not asked for.
  [[nodiscard]] bool belongs(const HeldItem& item, std::uint8_t bucket);
  void judge(const HeldItem& item, const std::string& content, std::uint8_t bucket);
  void notWhole(std::string_view code, std::string message);

  const OurDay& ours_;
  const HeldQuery& query_;
  const std::string type_;
  std::array<bool, kHeldBuckets> asked_{};
  const WallTime settledBefore_;
  Comparison& made_;
  std::unordered_set<std::string> theirs_;  ///< Identities.
  std::uint64_t listed_ = 0;                ///< Doubled ones too.
  std::optional<std::uint64_t> total_;
  std::array<HeldSum, kHeldBuckets> sums_{};
  bool whole_ = true;
};

/// Adds it where there is room.
void addFinding(Comparison& to, std::string_view code, std::string message);
/// What somebody else wrote, cut and in quotes.
[[nodiscard]] std::string quotedText(std::string_view text);
[[nodiscard]] Difference differenceOf(const OurDay::Kept& ours);

}  // namespace lianqiao::reconcile
