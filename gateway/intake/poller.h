#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/gateway_config.h"
#include "intake/asker.h"
#include "intake/inflow.h"
#include "intake/paced_loop.h"
#include "intake/poll_pace.h"
#include "lianqiao/roles.h"
#include "storage/work_queue.h"

namespace lianqiao::intake {

/// Polls one source on a thread of its own: poll → pipeline → queue (items and cursor in one atomic
/// step) → confirm. The cursor advances only with durable records. On failure it backs off up to
/// ten intervals (at most 5 min) and goes on for ever; so it does with a source that only repeats
/// itself (deliver.protocol). Of several nodes on one Redis only the one with the right polls.
/// REQUIRES: everything passed in outlives it.
class Poller final : public Asker {
 public:
  Poller(const config::PeerConfig& peer, Source& source, const EntryMaker& entries,
         storage::WorkQueue& queue, base::Clock& clock, Inflow::Pause pause, PeerGuard guard = {},
         ExceptionShare* share = nullptr);
  ~Poller() override;

  bool resume() override;
  void beginStop() override { loop_.beginStop(); }
  void stop() override;
  [[nodiscard]] bool isOpen() const override { return false; }
  [[nodiscard]] InboundStatus status() const override { return inflow_.status(); }

 private:
  /// One poll to its end; how long to wait before the next.
  std::chrono::milliseconds once();
  /// Why there is no poll now though its records are wanted; nothing where there is one.
  std::optional<Error> awaitsQueue() const;
  std::chrono::milliseconds failed(const Error& error);
  /// Items, cursor and closings are durable before it returns.
  Inflow::Stored store(const Batch& batch, Permit& permit);
  /// Closes what the source says is over; an exception of another peer is left alone.
  Result<void> closeExceptions(const std::vector<std::string>& ids);

  const std::string adapter_;
  const config::Inbound settings_;
  Source& source_;
  storage::WorkQueue& queue_;
  base::Clock& clock_;
  const PeerGuard guard_;
  // Of the thread alone, but for the status.
  Inflow inflow_;
  int failures_ = 0;
  PollPace pace_;
  std::string right_;  // with which cursor_ was read
  std::string cursor_;
  PacedLoop loop_;  // last: its thread uses the others
};

}  // namespace lianqiao::intake
