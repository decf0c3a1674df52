#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "config/gateway_config.h"
#include "crash/crash_guard.h"
#include "intake/entry.h"
#include "intake/exception_share.h"
#include "storage/work_queue.h"

namespace lianqiao::intake {

using crash::PeerGuard;
using crash::Permit;

/// What operators see of a session, beside its state.
struct SessionStatus {
  std::optional<WallTime> openSince;  ///< Nothing: it is not open.
  std::optional<WallTime> lastHeard;  ///< The platform's last sign of life.
  std::uint64_t opened = 0;           ///< How often, since this node has the peer's settings.
  std::optional<WallTime> lostAt;     ///< When it last failed, or could not be opened.
  std::string lostCause;
  std::string lostDetail;
};

/// What operators see of a peer that this node asks.
struct InboundStatus {
  /// ok · opening (a session) · failing · waiting (backlog, suspects) · resting (it ended the
  /// process three times) · elsewhere (another node asks it)
  std::string state;
  std::string cause;
  std::string detail;
  std::optional<WallTime> since;      ///< resting.
  std::optional<WallTime> nextTry{};  ///< failing: when it is asked again.
  std::string unread;                 ///< What the source sees and does not read, in its words.
  std::uint64_t items = 0;
  std::optional<SessionStatus> session;
};

/// What a poller and a session have in common: whether records are wanted now and whether this
/// node is the one to ask, how what came becomes durable, and what operators see of it. Of one
/// thread, but status() and note…() are for any. REQUIRES: everything passed in outlives it.
class Inflow {
 public:
  /// Why its records are not wanted now; nothing while they are.
  using Pause = std::function<std::optional<Error>()>;
  using Stored = Result<std::vector<ItemVerdict>>;

  Inflow(const config::PeerConfig& peer, const EntryMaker& entries, storage::WorkQueue& queue,
         Pause pause, ExceptionShare* share);

  [[nodiscard]] const std::string& peer() const { return peer_; }
  [[nodiscard]] std::optional<Error> unwanted() const { return pause_(); }
  /// The right to ask the peer, which one node at a time has (PollRights::take).
  Result<std::optional<std::string>> right() { return queue_.pollRights().take(peer_); }
  void giveUpRight() { queue_.pollRights().giveUp(peer_); }

  /// The items through the pipeline.
  queue::Submission made(std::vector<RawItem> items);
  /// Hands over. REQUIRES: the answer to the one before was taken.
  void store(queue::Submission submission);
  /// The store's answer; nothing when `time` has passed before.
  std::optional<Stored> await(std::chrono::milliseconds time);
  Stored await();

  void note(std::string state, const Error& why = {}, std::optional<WallTime> since = {})
      LIANQIAO_EXCLUDES(mutex_);
  /// note() of what failed; it is asked again at `next`.
  void noteFailing(const Error& why, WallTime next) LIANQIAO_EXCLUDES(mutex_);
  /// What the crash guard says of a way that is not open.
  void noteHeldBack(const Permit& permit);
  void noteUnread(std::string_view unread) LIANQIAO_EXCLUDES(mutex_);
  void noteItems(std::size_t count) LIANQIAO_EXCLUDES(mutex_);
  void noteSession(const std::function<void(SessionStatus&)>& change) LIANQIAO_EXCLUDES(mutex_);
  [[nodiscard]] InboundStatus status() const LIANQIAO_EXCLUDES(mutex_);

 private:
  const std::string peer_;
  const EntryMaker& entries_;
  storage::WorkQueue& queue_;
  const Pause pause_;
  ExceptionShare* const share_;  // Of its peer; null: nobody counts.

  expression::Workspace workspace_;
  queue::ExceptionShare aside_;  // of what is being stored
  std::future<Stored> stored_;

  mutable base::Mutex mutex_;
  InboundStatus status_ LIANQIAO_GUARDED_BY(mutex_);
};

}  // namespace lianqiao::intake
