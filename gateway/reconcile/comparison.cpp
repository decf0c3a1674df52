#include "reconcile/comparison.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <set>

#include "lianqiao/codes.h"
#include "reconcile/listing.h"

namespace lianqiao::reconcile {
namespace {

std::vector<std::uint8_t> allBuckets() {
  std::vector<std::uint8_t> all(kHeldBuckets);
  std::iota(all.begin(), all.end(), std::uint8_t{0});
  return all;
}

/// One call of compare().
class Run {
 public:
  Run(const OurDay& ours, const HeldQuery& query, WallTime settledBefore, OtherSide& other)
      : ours_(ours), query_(query), settledBefore_(settledBefore), other_(other) {
    made_.day = query.day;
    for (const HeldGroup& group : ours.groups()) made_.ours += group.all.count;
  }

  Result<Comparison> all() {
    if (auto done = other_.tellsDigests() ? byDigests() : byList(); !done) return done.error();
    for (const OurDay::Kept& one : ours_.things())
      if (one.state == OurThing::State::open) made_.open.push_back(differenceOf(one));
    for (auto* list : {&made_.onlyOurs, &made_.onlyTheirs, &made_.differing, &made_.open})
      std::stable_sort(list->begin(), list->end(), [](const auto& a, const auto& b) {
        return std::tie(a.type, a.identity) < std::tie(b.type, b.identity);
      });
    return std::move(made_);
  }

 private:
  Result<void> byDigests() {
    ++made_.exchanges;
    auto theirs = other_.summary();
    if (!theirs) return theirs.error();
    if (theirs->day != made_.day) {
      made_.whole = false;
      addFinding(made_, codes::kReconcileWrongDay,
                 "The manifest is of " + quotedText(theirs->day) + " instead of " + made_.day +
                     "; ask the other side which time gives its day.");
      return {};
    }
    std::set<std::string> seen;
    for (const HeldGroup& group : theirs->groups) {
      made_.theirs += group.all.count;
      if (seen.insert(group.type).second) continue;
      made_.whole = false;
      addFinding(made_, codes::kReconcileDuplicate,
                 "The manifest names the type " + quotedText(group.type) + " twice.");
    }
    if (!made_.whole) return {};
    for (const HeldGroup& group : theirs->groups)
      if (auto done = oneType(group.type, group.all); !done) return done;
    if (seen.contains("")) return {};
    for (const HeldGroup& group : ours_.groups())
      if (!seen.contains(group.type)) listed(group.type, allBuckets()).finish();
    return {};
  }

  Result<void> oneType(const std::string& type, const HeldSum& declared) {
    if (declared == ourSum(type)) return {};
    ++made_.exchanges;
    auto theirs = other_.buckets(type);
    if (!theirs) return theirs.error();
    HeldSum sum;
    for (const HeldSum& one : *theirs) {
      sum.count += one.count;
      sum.sum += one.sum;
    }
    if (theirs->size() != kHeldBuckets || sum != declared) {
      made_.whole = false;
      addFinding(made_, codes::kReconcileCount,
                 "The buckets of " + (type.empty() ? "the day" : type) +
                     " do not add up to what the manifest declares: it lies, or has changed "
                     "meanwhile.");
    }
    if (theirs->size() != kHeldBuckets) return {};
    const OurDay::Buckets ours = ours_.buckets(type);
    std::vector<std::uint8_t> differing;
    for (std::size_t i = 0; i < kHeldBuckets; ++i)
      if ((*theirs)[i] != ours[i]) differing.push_back(static_cast<std::uint8_t>(i));
    if (differing.empty()) return {};
    Listing listing = listed(type, differing);
    const auto page = [&](std::string_view after) {
      return other_.listBuckets(type, differing, after);
    };
    if (auto read = listing.read(page); !read) return read;
    listing.holdTo(*theirs);
    listing.finish();
    return {};
  }

  Result<void> byList() {
    Listing listing = listed("", allBuckets());
    const auto page = [&](std::string_view after) { return other_.list(after); };
    if (auto read = listing.read(page); !read) return read;
    made_.theirs = listing.size();
    listing.finish();
    return {};
  }

  Listing listed(const std::string& type, const std::vector<std::uint8_t>& buckets) {
    return Listing(ours_, query_, type, buckets, settledBefore_, made_);
  }

  [[nodiscard]] HeldSum ourSum(const std::string& type) const {
    HeldSum sum;
    for (const HeldGroup& group : ours_.groups()) {
      if (!type.empty() && group.type != type) continue;
      sum.count += group.all.count;
      sum.sum += group.all.sum;
    }
    return sum;
  }

  const OurDay& ours_;
  const HeldQuery& query_;
  const WallTime settledBefore_;
  OtherSide& other_;
  Comparison made_;
};

}  // namespace

Result<Comparison> compare(const OurDay& ours, const HeldQuery& query, WallTime settledBefore,
                           OtherSide& other) {
  return Run(ours, query, settledBefore, other).all();
}

}  // namespace lianqiao::reconcile
