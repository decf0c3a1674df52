#include "intake/poller.h"

#include <algorithm>
#include <utility>

#include "lianqiao/codes.h"
#include "plugin/guarded_call.h"
#include "review/record_store.h"

namespace lianqiao::intake {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

// How often a node that may not poll looks whether it may.
constexpr milliseconds kLookLeast = 100ms;
constexpr milliseconds kLookMost = 2s;

}  // namespace

Poller::Poller(const config::PeerConfig& peer, Source& source, const EntryMaker& entries,
               storage::WorkQueue& queue, base::Clock& clock, Inflow::Pause pause, PeerGuard guard,
               ExceptionShare* share)
    : adapter_(peer.adapter),
      settings_(peer.inbound),
      source_(source),
      queue_(queue),
      clock_(clock),
      guard_(std::move(guard)),
      inflow_(peer, entries, queue, std::move(pause), share) {
  loop_.start("poll-" + peer.name, [this] { return once(); });
}

Poller::~Poller() { stop(); }

void Poller::stop() {
  if (loop_.stop()) inflow_.giveUpRight();
}

bool Poller::resume() { return inflow_.status().state == "failing" && loop_.hurry(); }

std::optional<Error> Poller::awaitsQueue() const {
  if (const auto obstacle = queue_.health().obstacle())
    return Error{obstacle->code, "Polling goes on once Redis takes records: " + obstacle->detail};
  const auto spool = queue_.health().spool();
  if (queue_.health().available() && !(spool && spool->submissions > 0)) return std::nullopt;
  return Error{codes::kQueueAway,
               "Redis is away, or is still being given what the spool kept; polling goes on after "
               "that."};
}

milliseconds Poller::once() {
  if (loop_.takeHurry()) failures_ = 0;
  if (const auto why = inflow_.unwanted()) {
    inflow_.note("waiting", *why);
    return std::max<milliseconds>(settings_.pollEvery, 1s);
  }
  if (const auto why = awaitsQueue()) {
    inflow_.note("waiting", *why);
    return 1s;
  }
  auto right = inflow_.right();
  if (!right) return failed(right.error());
  if (!*right) {
    right_.clear();
    inflow_.note("elsewhere", {"", "Another node of this gateway polls this peer."});
    return std::clamp<milliseconds>(settings_.pollEvery, kLookLeast, kLookMost);
  }
  if (**right != right_) {
    auto stored = queue_.pollRights().cursor(inflow_.peer());
    if (!stored) return failed(stored.error());
    cursor_ = std::move(stored).value();
    right_ = **right;
  }
  Permit permit = guard_.poll(cursor_);
  if (permit.way() != Permit::Way::open) {
    inflow_.noteHeldBack(permit);
    return 1s;
  }
  auto batch = plugin::guardedCall({adapter_, inflow_.peer(), "poll"}, [&] {
    return source_.poll(cursor_, clock_.steady() + settings_.pollDeadline);
  });
  if (!batch) return failed(batch.error());
  inflow_.noteUnread(batch->unread);
  if (batch->items.empty() && batch->closes.empty() && batch->cursor == cursor_ && !batch->more) {
    failures_ = 0;
    inflow_.note("ok");
    return settings_.pollEvery;
  }
  const std::string before = cursor_;
  auto verdicts = store(*batch, permit);
  if (!verdicts) return failed(verdicts.error());
  permit.resume();
  auto confirmed = plugin::guardedCall({adapter_, inflow_.peer(), "confirm"},
                                       [&] { return source_.confirm(*batch, *verdicts); });
  inflow_.noteItems(batch->items.size());
  if (!confirmed) return failed(confirmed.error());
  if (pace_.repeats(*batch, before, *verdicts)) {
    return failed({codes::kProtocol,
                   "The source gives the same items again and again, says there are more, and its "
                   "cursor does not "
                   "move on; ask the platform, or mend the adapter."});
  }
  failures_ = 0;
  inflow_.note("ok");
  return pace_.after(*batch, settings_.pollEvery);
}

Inflow::Stored Poller::store(const Batch& batch, Permit& permit) {
  queue::Submission submission = inflow_.made(batch.items);
  submission.cursor = queue::CursorUpdate{inflow_.peer(), batch.cursor, right_};
  permit.rest();
  inflow_.store(std::move(submission));
  auto verdicts = inflow_.await();
  if (!verdicts) return verdicts;
  cursor_ = batch.cursor;
  if (auto closed = closeExceptions(batch.closes); !closed) return closed.error();
  return verdicts;
}

Result<void> Poller::closeExceptions(const std::vector<std::string>& ids) {
  for (const std::string& id : ids) {
    const auto exception = queue_.records().exception(id);
    if (!exception) return exception.error();
    if (!*exception || (*exception)->peer != inflow_.peer() || !(*exception)->inbound) continue;
    if (auto dropped = queue_.records().dropException(id); !dropped) return dropped.error();
  }
  return {};
}

milliseconds Poller::failed(const Error& error) {
  failures_ = std::min(failures_ + 1, 10);
  const milliseconds wait =
      std::min<milliseconds>(std::max<milliseconds>(settings_.pollEvery, 1s) * failures_, 5min);
  inflow_.noteFailing(error, clock_.wall() + wait);
  return wait;
}

}  // namespace lianqiao::intake
