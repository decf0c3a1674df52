#include "intake/poller.h"

#include <algorithm>
#include <future>
#include <utility>

#include "base/cut.h"
#include "base/named_thread.h"
#include "lianqiao/codes.h"
#include "plugin/guarded_call.h"
#include "records/record_store.h"

namespace lianqiao::intake {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

// How often a node that may not poll looks whether it may.
constexpr milliseconds kLookLeast = 100ms;
constexpr milliseconds kLookMost = 2s;

constexpr std::size_t kMostUnread = 500;

}  // namespace

Poller::Poller(const config::PeerConfig& peer, Source& source, const EntryMaker& entries,
               middle::WorkQueue& queue, base::Clock& clock, Pause pause, PeerGuard guard,
               ExceptionShare* share)
    : peer_(peer.name),
      adapter_(peer.adapter),
      settings_(peer.inbound),
      source_(source),
      entries_(entries),
      queue_(queue),
      clock_(clock),
      pause_(std::move(pause)),
      guard_(std::move(guard)),
      share_(share) {
  status_.peer = peer_;
  status_.state = "ok";
  thread_ = base::startThread("poll-" + peer_, [this](const std::stop_token&) {
    expression::Workspace workspace;
    for (milliseconds wait{0}; awaitNext(wait); wait = once(workspace)) {
    }
  });
}

Poller::~Poller() { stop(); }

void Poller::beginStop() {
  {
    const base::Lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notifyAll();
}

void Poller::stop() {
  beginStop();
  if (!thread_.joinable()) return;
  thread_.join();
  queue_.pollRights().giveUp(peer_);
}

bool Poller::resume() {
  bool backsOff = false;
  {
    const base::Lock lock(mutex_);
    resumed_ = status_.state == "failing";
    backsOff = resumed_ && waiting_;
  }
  wake_.notifyAll();
  return backsOff;
}

PollerStatus Poller::status() const {
  const base::Lock lock(mutex_);
  return status_;
}

bool Poller::awaitNext(milliseconds wait) {
  const auto next = base::realNow() + wait;
  const base::Lock lock(mutex_);
  waiting_ = true;
  while (!stopping_ && !resumed_) {
    if (!wake_.waitUntil(mutex_, next)) break;
  }
  waiting_ = false;
  if (std::exchange(resumed_, false)) failures_ = 0;
  return !stopping_;
}

milliseconds Poller::once(expression::Workspace& workspace) {
  if (const auto why = pause_()) {
    note("waiting", *why);
    return std::max<milliseconds>(settings_.pollEvery, 1s);
  }
  const auto spool = queue_.health().spool();
  if (const auto obstacle = queue_.health().obstacle()) {
    note("waiting",
         {obstacle->code, "Polling goes on once Redis takes records: " + obstacle->detail});
    return 1s;
  }
  if (!queue_.health().available() || (spool && spool->submissions > 0)) {
    note("waiting", {"intake.queue_away",
                     "Redis is away, or is still being given what the spool kept; polling goes on "
                     "after that."});
    return 1s;
  }
  auto right = queue_.pollRights().take(peer_);
  if (!right) return failed(right.error());
  if (!*right) {
    right_.clear();
    note("elsewhere", {"", "Another node of this gateway polls this peer."});
    return std::clamp<milliseconds>(settings_.pollEvery, kLookLeast, kLookMost);
  }
  if (**right != right_) {
    auto stored = queue_.pollRights().cursor(peer_);
    if (!stored) return failed(stored.error());
    cursor_ = std::move(stored).value();
    right_ = **right;
  }
  Passage passage = guard_.poll(cursor_);
  if (passage.way() != Passage::Way::open) return heldBack(passage);
  auto batch = plugin::guardedCall({adapter_, peer_, "poll"}, [&] {
    return source_.poll(cursor_, clock_.steady() + settings_.pollDeadline);
  });
  if (!batch) return failed(batch.error());
  noteUnread(batch->unread);
  if (batch->items.empty() && batch->closes.empty() && batch->cursor == cursor_ && !batch->more) {
    failures_ = 0;
    note("ok", {});
    return settings_.pollEvery;
  }

  queue::Submission submission;
  submission.cursor = queue::CursorUpdate{peer_, batch->cursor, right_};
  const std::size_t count = batch->items.size();
  for (const RawItem& item : batch->items)
    submission.entries.push_back(entries_.make(peer_, item, workspace));
  passage.rest();
  const queue::ExceptionShare aside =
      share_ ? share_->begun(submission.entries) : queue::ExceptionShare();
  std::promise<Result<std::vector<ItemVerdict>>> stored;
  auto settled = stored.get_future();
  queue_.submissions().submit(std::move(submission),
                              [&stored](Result<std::vector<ItemVerdict>> verdicts) {
                                stored.set_value(std::move(verdicts));
                              });
  auto verdicts = settled.get();
  if (share_) share_->ended(aside);
  if (!verdicts) return failed(verdicts.error());
  const std::string before = std::exchange(cursor_, batch->cursor);

  if (auto closed = closeExceptions(batch->closes); !closed) return failed(closed.error());
  passage.resume();
  auto confirmed = plugin::guardedCall({adapter_, peer_, "confirm"},
                                       [&] { return source_.confirm(*batch, *verdicts); });
  {
    const base::Lock lock(mutex_);
    status_.items += count;
  }
  if (!confirmed) return failed(confirmed.error());
  if (pace_.repeats(*batch, before, *verdicts)) {
    return failed({codes::kProtocol,
                   "The source gives the same items again and again, says there are more, and its "
                   "cursor does not "
                   "move on; ask the platform, or mend the adapter."});
  }
  failures_ = 0;
  note("ok", {});
  return pace_.after(*batch, settings_.pollEvery);
}

Result<void> Poller::closeExceptions(const std::vector<std::string>& ids) {
  for (const std::string& id : ids) {
    const auto exception = queue_.records().exception(id);
    if (!exception) return exception.error();
    if (!*exception || (*exception)->peer != peer_ || !(*exception)->inbound) continue;
    if (auto dropped = queue_.records().dropException(id); !dropped) return dropped.error();
  }
  return {};
}

milliseconds Poller::failed(const Error& error) {
  failures_ = std::min(failures_ + 1, 10);
  note("failing", error);
  return std::min<milliseconds>(std::max<milliseconds>(settings_.pollEvery, 1s) * failures_, 5min);
}

milliseconds Poller::heldBack(const Passage& passage) {
  if (passage.way() == Passage::Way::busy) {
    note("waiting", {codes::kPluginCrashed,
                     "The process ended while it was polled; such sources are polled one at a "
                     "time, and it is not its turn."});
    return 1s;
  }
  note("resting", {codes::kPluginCrashed,
                   "The process ended three times while its adapter polled it at this place: it is "
                   "asked nothing any more. Take away "
                   "what it stumbles over, then lianqiao resume " +
                       peer_ + "; or exchange the adapter and start the gateway again."});
  const base::Lock lock(mutex_);
  status_.since = passage.since();
  return 1s;
}

void Poller::noteUnread(std::string_view unread) {
  const base::Lock lock(mutex_);
  status_.unread = base::cutBeforeNumber(unread, kMostUnread);
}

void Poller::note(std::string state, const Error& error) {
  const base::Lock lock(mutex_);
  status_.state = std::move(state);
  status_.cause = error.code;
  status_.detail = error.detail;
  status_.lastPolled = clock_.wall();
  status_.since.reset();
}

}  // namespace lianqiao::intake
