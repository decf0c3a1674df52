#include "reconcile/our_day.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "base/digest64.h"

namespace lianqiao::reconcile {

std::uint64_t fieldDigest(std::string_view field) { return base::digest64(field); }

void OurDay::add(OurThing thing) {
  const std::uint8_t bucket = heldBucket(thing.identity);
  things_.push_back({std::move(thing), bucket});
}

void OurDay::seal() {
  const auto place = [](const Kept& one) { return std::tie(one.bucket, one.identity, one.type); };
  std::stable_sort(things_.begin(), things_.end(),
                   [&](const Kept& a, const Kept& b) { return place(a) < place(b); });
  // Of equal ones the last stays.
  const auto last = std::unique(things_.rbegin(), things_.rend(),
                                [&](const Kept& a, const Kept& b) { return place(a) == place(b); });
  things_.erase(things_.begin(), last.base());
  std::map<std::string_view, HeldSum> sums;
  std::size_t bucket = 0;
  for (std::size_t i = 0; i < things_.size(); ++i) {
    for (; bucket <= things_[i].bucket; ++bucket) begins_[bucket] = i;
    if (things_[i].state != OurThing::State::settled) continue;
    sums[things_[i].type].add(
        heldHash(things_[i].identity, things_[i].revision, things_[i].content));
  }
  for (; bucket <= kHeldBuckets; ++bucket) begins_[bucket] = things_.size();
  for (const auto& [type, sum] : sums) groups_.push_back({std::string(type), sum});
}

OurDay::Buckets OurDay::buckets(std::string_view type) const {
  Buckets sums;
  for (const Kept& one : things_) {
    if (one.state != OurThing::State::settled || (!type.empty() && one.type != type)) continue;
    sums[one.bucket].add(heldHash(one.identity, one.revision, one.content));
  }
  return sums;
}

std::span<const OurDay::Kept> OurDay::inBucket(std::uint8_t bucket) const {
  return std::span(things_).subspan(begins_[bucket], begins_[bucket + 1U] - begins_[bucket]);
}

}  // namespace lianqiao::reconcile
