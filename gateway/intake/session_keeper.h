#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "config/gateway_config.h"
#include "intake/asker.h"
#include "intake/inflow.h"
#include "intake/paced_loop.h"
#include "lianqiao/session.h"

namespace lianqiao::intake {

/// Keeps one session alive on a thread of its own: open, then step after step, of which each gives
/// items → pipeline → queue (durable, or in the spool) → acknowledge. One step's items are under
/// way at a time: while they are being stored, further steps only keep alive. So they do while
/// records are not wanted, or neither Redis nor the spool takes any.
///
/// What fails ends the session; it is opened anew after a pause. The pause doubles from one second
/// to five minutes, of which jitter takes up to half; after deliver.refused it is 30 s at least.
/// The pauses begin anew once a step's items were acknowledged, or the session has lasted for a
/// minute. What was not acknowledged the platform sends again.
///
/// Of several nodes on one Redis the one with the right to ask the peer has it open. A node that
/// cannot ask Redis for that keeps what it has open and opens nothing. REQUIRES: everything passed
/// in outlives it.
class SessionKeeper final : public Asker {
 public:
  static constexpr std::size_t kMostItems = 500;  ///< A step.

  /// For metrics: it was opened (an empty code), or failed, or could not be opened.
  using Observer = std::function<void(std::string_view code)>;

  /// `seed` is of the jitter.
  SessionKeeper(const config::PeerConfig& peer, Session& session, const EntryMaker& entries,
                storage::WorkQueue& queue, base::Clock& clock, Inflow::Pause pause,
                std::uint64_t seed, Observer observe = {}, PeerGuard guard = {},
                ExceptionShare* share = nullptr);
  ~SessionKeeper() override;

  bool resume() override;
  void beginStop() override { loop_.beginStop(); }
  /// Acknowledges what is being stored, and closes the session.
  void stop() override;
  [[nodiscard]] bool isOpen() const override { return open_; }
  [[nodiscard]] InboundStatus status() const override { return inflow_.status(); }

 private:
  using Wait = std::chrono::milliseconds;
  using TimePoint = std::chrono::steady_clock::time_point;

  Wait turn();
  void end();
  /// How long to wait where this node may not have it open; nothing where it may.
  std::optional<Wait> heldOff();
  Wait open();
  Wait step();
  /// Why this step may take nothing in.
  std::optional<Error> takesNothing() const;
  void take(Arrivals arrivals);
  /// What the store has answered within `time` is acknowledged. The pause, where the session is
  /// lost.
  std::optional<Wait> settle(Wait time);
  std::optional<Wait> acknowledge(const Inflow::Stored& verdicts);
  Wait lose(const Error& why);
  Wait pause(std::string_view code);
  void close(Session::Closing closing);
  /// Calls the adapter under the crash guard, once begun with open().
  template <typename Call>
  auto guarded(std::string_view name, Call call);

  const std::string adapter_;
  const Wait deadline_;  // of one call
  Session& session_;
  storage::WorkQueue& queue_;
  base::Clock& clock_;
  const Observer observe_;
  const PeerGuard guard_;
  Inflow inflow_;
  std::atomic<bool> open_{false};  // set by the thread alone

  // Of the thread alone.
  std::mt19937_64 random_;
  Wait pause_;              // the next one, without its jitter
  bool suspected_ = false;  // permit_ is of this opening and has not come through
  Permit permit_;
  std::optional<TimePoint> openedAt_;
  TimePoint askRightAt_{};  // not before; of an open session while Redis does not answer
  std::optional<TimePoint> notOursSince_;  // of an open session, as it seems
  TimePoint stepAt_{};                     // the next step, where nothing is being stored
  Wait next_{0};                           // within which it must be stepped again
  std::optional<std::string> storing_;     // the token of what is being stored
  PacedLoop loop_;                         // last: its thread uses the others
};

}  // namespace lianqiao::intake
