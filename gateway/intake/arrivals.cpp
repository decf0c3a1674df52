#include "intake/arrivals.h"

#include "lianqiao/codes.h"
#include "queue/submissions.h"

namespace lianqiao::intake {
namespace {

/// Of the rights that nodes share by name; no peer may be called so.
constexpr std::string_view kRight = "#arrivals";
constexpr std::size_t kMostWaiters = 100;
constexpr std::chrono::milliseconds kPause{5000};  // after a failure

/// What a later one has overtaken came late.
std::string codeOf(const ReplayItem& item) {
  return item.result == ReplayItem::Result::superseded ? std::string(codes::kLateStep) : item.code;
}

std::string detailOf(const ReplayItem& item) {
  std::vector<Problem> problems = item.problems;
  if (problems.empty()) problems.push_back({codeOf(item), {}, item.message});
  std::string text;
  appendProblems(problems, text);
  return text;
}

}  // namespace

Arrivals::Arrivals(Replay& replay, queue::References& references, queue::PollRights& rights,
                   std::function<bool()> wanted, base::LogLine log)
    : replay_(replay),
      references_(references),
      rights_(rights),
      wanted_(std::move(wanted)),
      log_(std::move(log)) {}

void Arrivals::start() {
  loop_.start(
      "arrivals", [this] { return turn(); }, [this] { rights_.giveUp(kRight); });
}

std::chrono::milliseconds Arrivals::turn() {
  if (!wanted_()) return kEvery;
  const auto taken = once();
  if (taken) {
    told_ = false;
    return *taken ? std::chrono::milliseconds(0) : kEvery;
  }
  if (!told_) log_(LogLevel::warning, "What waited cannot be taken up: " + taken.error().detail);
  told_ = true;
  return kPause;
}

Result<bool> Arrivals::once() {
  const auto right = rights_.take(kRight);
  if (!right) return right.error();
  if (!*right) return false;
  const auto arrived = references_.arrived(kMostWaiters);
  if (!arrived) return arrived.error();
  if (arrived->ids.empty()) return false;
  const auto page = replay_.those(arrived->ids);
  if (!page) return page.error();
  for (const ReplayItem& item : page->items)
    if (auto concluded = conclude(item, arrived->what); !concluded) return concluded.error();
  if (page->stopped) return *page->stopped;
  return true;
}

/// Whatever became of it, it does not wait for `what` any more.
Result<void> Arrivals::conclude(const ReplayItem& item, const std::string& what) {
  const bool stays =
      item.result == ReplayItem::Result::failing || item.result == ReplayItem::Result::superseded;
  if (!stays) return {};
  std::string next;
  if (item.code == codes::kEarlyStep) {
    next = queue::References::kSame;
  } else if (item.awaits != what) {
    next = item.awaits;
  }
  const auto done = references_.waitOn(item.id, next, codeOf(item), detailOf(item));
  return done ? Result<void>() : done.error();
}

}  // namespace lianqiao::intake
