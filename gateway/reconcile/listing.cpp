#include "reconcile/listing.h"

#include <algorithm>

#include "base/visible.h"
#include "lianqiao/codes.h"

namespace lianqiao::reconcile {
namespace {

constexpr std::size_t kQuoted = 80;

}  // namespace

void addFinding(Comparison& to, std::string_view code, std::string message) {
  if (to.findings.size() < kMostFindings) to.findings.emplace_back(code, "", std::move(message));
}

std::string quotedText(std::string_view text) {
  const std::string_view cut = text.substr(0, kQuoted);
  return '"' +
         base::visible(cut.substr(0, cut.size() - base::unfinishedBytes(cut)),
                       base::LineEnds::escaped) +
         '"';
}

Difference differenceOf(const OurDay::Kept& ours) {
  Difference made;
  made.identity = ours.identity;
  made.type = ours.type;
  made.record = ours.record;
  made.ourRevision = ours.revision;
  made.at = ours.at;
  made.confirmed = ours.confirmed;
  return made;
}

Listing::Listing(const OurDay& ours, const HeldQuery& query, std::string type,
                 const std::vector<std::uint8_t>& buckets, WallTime settledBefore, Comparison& into)
    : ours_(ours),
      query_(query),
      type_(std::move(type)),
      settledBefore_(settledBefore),
      made_(into) {
  for (const std::uint8_t bucket : buckets) asked_[bucket] = true;
}

void Listing::notWhole(std::string_view code, std::string message) {
  whole_ = false;
  made_.whole = false;
  addFinding(made_, code, std::move(message));
}

Result<void> Listing::read(const PageOf& pageOf) {
  std::string after;
  for (std::size_t pages = 0; pages < kMostPages; ++pages) {
    ++made_.exchanges;
    auto page = pageOf(after);
    if (!page) return page.error();
    const std::string next = page->next;
    if (auto taken = takePage(std::move(*page), after); !taken || !whole_) return taken;
    if (next.empty()) {
      if (total_ && *total_ != listed_)
        notWhole(codes::kReconcileCutShort, "The list declares " + std::to_string(*total_) +
                                                " things and has " + std::to_string(listed_) +
                                                ": it is cut short, or its count lies.");
      return {};
    }
    after = next;
  }
  notWhole(codes::kReconcileCutShort,
           "The list has more than " + std::to_string(kMostPages) + " pages: it has no end.");
  return {};
}

Result<void> Listing::takePage(HeldPage page, std::string_view after) {
  if (!page.day.empty() && page.day != query_.day) {
    notWhole(codes::kReconcileWrongDay,
             "The list is of " + quotedText(page.day) + " instead of " + query_.day + ".");
    return {};
  }
  if (page.total) total_ = page.total;
  for (const HeldItem& item : page.items) take(item);
  if (theirs_.size() > kMostThings)
    return Error{codes::kReconcileTooMany, "The other side lists more than " +
                                               std::to_string(kMostThings) +
                                               " things of one day; compare fewer types."};
  if (!page.next.empty() && page.next == after)
    notWhole(codes::kReconcileCutShort, "The list names the same page again and again.");
  return {};
}

void Listing::take(const HeldItem& item) {
  ++listed_;
  const std::uint8_t bucket = heldBucket(item.id);
  if (!belongs(item, bucket)) return;
  const std::string content = item.content.empty() ? heldContent(item.fields) : item.content;
  sums_[bucket].add(heldHash(item.id, item.revision, content));
  if (!theirs_.insert(item.id).second) {
    addFinding(made_, codes::kReconcileDuplicate,
               "The other side lists " + quotedText(item.id) + " twice.");
    return;
  }
  judge(item, content, bucket);
}

bool Listing::belongs(const HeldItem& item, std::uint8_t bucket) {
  if (item.id.empty()) {
    notWhole(codes::kReconcileCount, "A thing in the list has no id.");
    return false;
  }
  if (!asked_[bucket]) {
    notWhole(codes::kReconcileCount,
             "The list has " + quotedText(item.id) + ", of a bucket that was not asked for.");
    return false;
  }
  if (item.at == WallTime() || (item.at >= query_.begin && item.at < query_.end)) return true;
  addFinding(made_, codes::kReconcileWrongDay,
             "The list has " + quotedText(item.id) + ", which by its own time is of another day.");
  return false;
}

void Listing::judge(const HeldItem& item, const std::string& content, std::uint8_t bucket) {
  const OurDay::Kept* differing = nullptr;
  for (const OurDay::Kept& one : ours_.inBucket(bucket)) {
    if (one.identity != item.id || (!type_.empty() && one.type != type_)) continue;
    const bool same = one.revision == item.revision && one.content == content;
    if (same || one.state == OurThing::State::open) return;
    differing = &one;
  }
  Difference made = differing == nullptr ? Difference() : differenceOf(*differing);
  made.theirRevision = item.revision;
  if (differing == nullptr) {
    made.identity = item.id;
    made.type = type_;
    made.at = item.at;
    (item.at >= settledBefore_ ? made_.open : made_.onlyTheirs).push_back(std::move(made));
    return;
  }
  if (item.fields.size() == differing->fields.size())
    for (std::size_t i = 0; i < item.fields.size(); ++i)
      if (fieldDigest(item.fields[i]) != differing->fields[i]) made.fields.push_back(i);
  made_.differing.push_back(std::move(made));
}

void Listing::holdTo(const std::vector<HeldSum>& declared) {
  if (!whole_) return;
  for (std::size_t bucket = 0; bucket < kHeldBuckets; ++bucket)
    if (asked_[bucket] && sums_[bucket] != declared[bucket]) {
      notWhole(codes::kReconcileCount,
               "The manifest's list of a bucket is not what its digest says: it is cut short, it "
               "lies, or it has changed meanwhile.");
      return;
    }
}

void Listing::finish() {
  if (!whole_) return;
  for (std::size_t bucket = 0; bucket < kHeldBuckets; ++bucket) {
    if (!asked_[bucket]) continue;
    for (const OurDay::Kept& one : ours_.inBucket(static_cast<std::uint8_t>(bucket))) {
      if (one.state != OurThing::State::settled || (!type_.empty() && one.type != type_)) continue;
      if (!theirs_.contains(one.identity)) made_.onlyOurs.push_back(differenceOf(one));
    }
  }
}

}  // namespace lianqiao::reconcile
