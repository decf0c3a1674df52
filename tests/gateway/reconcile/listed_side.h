#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "reconcile/other_side.h"

namespace lianqiao::reconcile {

/// An other side that holds these things and tells them, page by page. What a test changes of its
/// answers is a lie.
class ListedSide final : public OtherSide {
 public:
  struct Thing {
    std::string type;
    HeldItem item;
  };

  std::vector<Thing> things;
  std::size_t pageSize = 1000;
  bool digests = true;
  std::string day = "2026-11-30";
  std::function<void(HeldSummary&)> onSummary = [](HeldSummary&) {};
  std::function<void(std::vector<HeldSum>&)> onBuckets = [](std::vector<HeldSum>&) {};
  std::function<void(HeldPage&)> onPage = [](HeldPage&) {};
  int calls = 0;

  [[nodiscard]] bool tellsDigests() const override { return digests; }

  Result<HeldSummary> summary() override {
    ++calls;
    std::map<std::string, HeldSum> sums;
    for (const Thing& one : things) sums[one.type].add(hashOf(one.item));
    HeldSummary summary{day, {}};
    for (const auto& [type, sum] : sums) summary.groups.push_back({type, sum});
    onSummary(summary);
    return summary;
  }

  Result<std::vector<HeldSum>> buckets(std::string_view type) override {
    ++calls;
    std::vector<HeldSum> sums(kHeldBuckets);
    for (const Thing& one : things)
      if (one.type == type) sums[heldBucket(one.item.id)].add(hashOf(one.item));
    onBuckets(sums);
    return sums;
  }

  Result<HeldPage> listBuckets(std::string_view type, std::span<const std::uint8_t> asked,
                               std::string_view after) override {
    return page(after, [&](const Thing& one) {
      return one.type == type &&
             std::find(asked.begin(), asked.end(), heldBucket(one.item.id)) != asked.end();
    });
  }

  Result<HeldPage> list(std::string_view after) override {
    return page(after, [](const Thing&) { return true; });
  }

 private:
  static std::uint64_t hashOf(const HeldItem& item) {
    return heldHash(item.id, item.revision, heldContent(item.fields));
  }

  Result<HeldPage> page(std::string_view after, const std::function<bool(const Thing&)>& wanted) {
    ++calls;
    HeldPage page;
    page.day = day;
    std::size_t seen = 0;
    const std::size_t from = after.empty() ? 0 : std::stoul(std::string(after));
    for (const Thing& one : things) {
      if (!wanted(one)) continue;
      if (seen >= from && page.items.size() < pageSize) page.items.push_back(one.item);
      ++seen;
    }
    page.total = seen;
    if (from + page.items.size() < seen) page.next = std::to_string(from + page.items.size());
    onPage(page);
    return page;
  }
};

}  // namespace lianqiao::reconcile
