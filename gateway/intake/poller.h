#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/mutex.h"
#include "config/gateway_config.h"
#include "guard/crash_guard.h"
#include "intake/entry.h"
#include "intake/exception_share.h"
#include "intake/poll_pace.h"
#include "lianqiao/roles.h"
#include "middle/work_queue.h"

namespace lianqiao::intake {

using guard::Passage;
using guard::PeerGuard;

struct PollerStatus {
  std::string peer;
  /// ok · failing · waiting (backlog, suspects) · resting (it ended the process three times) ·
  /// elsewhere (another node polls)
  std::string state;
  std::string cause;
  std::string detail;
  std::optional<WallTime> lastPolled;
  std::optional<WallTime> since;  ///< resting.
  std::string unread;             ///< What the source sees and does not read, in its words.
  std::uint64_t items = 0;
};

/// Polls one source on a thread of its own: poll → pipeline → queue (items and cursor in one atomic
/// step) → confirm. The cursor advances only with durable records. On failure it backs off up to
/// ten intervals (at most 5 min) and goes on for ever; so it does with a source that only repeats
/// itself (deliver.protocol). Of several nodes on one Redis only the one with the right polls.
/// REQUIRES: everything passed in outlives it.
class Poller {
 public:
  /// Why its records are not wanted now; nothing while they are.
  using Pause = std::function<std::optional<Error>()>;

  Poller(const config::PeerConfig& peer, Source& source, const EntryMaker& entries,
         middle::WorkQueue& queue, base::Clock& clock, Pause pause, PeerGuard guard = {},
         ExceptionShare* share = nullptr);
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  /// A person knows that the source is well again: it is polled now. Whether it was backing off.
  bool resume();
  /// Asks the thread to end; waits for nothing.
  void beginStop();
  /// Ends after the batch under way. Idempotent.
  void stop();
  [[nodiscard]] PollerStatus status() const;

 private:
  /// Waits that long, less when resumed; false once it is to stop.
  bool awaitNext(std::chrono::milliseconds wait);
  /// One poll to its end; how long to wait before the next.
  std::chrono::milliseconds once(expression::Workspace& workspace);
  std::chrono::milliseconds failed(const Error& error);
  std::chrono::milliseconds heldBack(const Passage& passage);
  void note(std::string state, const Error& error);
  void noteUnread(std::string_view unread);
  /// Closes what the source says is over; an exception of another peer is left alone.
  Result<void> closeExceptions(const std::vector<std::string>& ids);

  const std::string peer_;
  const std::string adapter_;
  const config::Inbound settings_;
  Source& source_;
  const EntryMaker& entries_;
  middle::WorkQueue& queue_;
  base::Clock& clock_;
  const Pause pause_;
  const PeerGuard guard_;
  ExceptionShare* const share_;  // Of its peer; null: nobody counts.
  // Of the thread alone.
  int failures_ = 0;
  PollPace pace_;
  std::string right_;  // with which cursor_ was read
  std::string cursor_;

  mutable base::Mutex mutex_;
  base::Condition wake_;
  PollerStatus status_ LIANQIAO_GUARDED_BY(mutex_);
  bool waiting_ LIANQIAO_GUARDED_BY(mutex_) = false;  // for the next poll
  bool resumed_ LIANQIAO_GUARDED_BY(mutex_) = false;
  bool stopping_ LIANQIAO_GUARDED_BY(mutex_) = false;
  std::jthread thread_;
};

}  // namespace lianqiao::intake
