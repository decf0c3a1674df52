#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lianqiao/roles.h"
#include "lianqiao/session.h"
#include "plugin/watchdog.h"

namespace lianqiao::plugin {

/// A role whose calls with a deadline a Watchdog looks after. Thread-safe like the role it owns.
/// REQUIRES: the watchdog outlives it.
template <typename Role>
class Watched : public Role {
 public:
  Watched(std::unique_ptr<Role> role, std::string adapter, std::string peer, Watchdog& dog)
      : role_(std::move(role)), adapter_(std::move(adapter)), peer_(std::move(peer)), dog_(dog) {}

 protected:
  [[nodiscard]] Role& role() const { return *role_; }
  [[nodiscard]] Watchdog::Watch watch(std::string_view call, Deadline deadline) const {
    return dog_.watch({adapter_, peer_, call}, deadline);
  }

 private:
  const std::unique_ptr<Role> role_;
  const std::string adapter_;
  const std::string peer_;
  Watchdog& dog_;
};

class WatchedSink final : public Watched<Sink> {
 public:
  static constexpr std::string_view kDeliver = "deliver";

  using Watched::Watched;
  Outcome deliver(const Delivery& delivery, Deadline deadline) override {
    const auto watching = watch(kDeliver, deadline);
    return role().deliver(delivery, deadline);
  }
  [[nodiscard]] std::size_t batchLimit() const override { return role().batchLimit(); }
  std::vector<Outcome> deliverBatch(std::span<const Delivery> deliveries,
                                    Deadline deadline) override {
    const auto watching = watch(kDeliver, deadline);
    return role().deliverBatch(deliveries, deadline);
  }
  Result<void> probe(Deadline deadline) override { return role().probe(deadline); }
};

class WatchedSource final : public Watched<Source> {
 public:
  static constexpr std::string_view kPoll = "poll";

  using Watched::Watched;
  Result<Batch> poll(std::string_view cursor, Deadline deadline) override {
    const auto watching = watch(kPoll, deadline);
    return role().poll(cursor, deadline);
  }
  Result<void> confirm(const Batch& batch, std::span<const ItemVerdict> verdicts) override {
    return role().confirm(batch, verdicts);
  }
};

class WatchedSession final : public Watched<Session> {
 public:
  static constexpr std::string_view kOpen = "open";
  static constexpr std::string_view kStep = "step";
  static constexpr std::string_view kAcknowledge = "acknowledge";
  static constexpr std::string_view kClose = "close";
  static constexpr std::array kCalls{kOpen, kStep, kAcknowledge, kClose};

  using Watched::Watched;
  Result<void> open(Deadline deadline) override {
    const auto watching = watch(kOpen, deadline);
    return role().open(deadline);
  }
  Result<Arrivals> step(const SessionTurn& turn) override {
    const auto watching = watch(kStep, turn.deadline);
    return role().step(turn);
  }
  Result<void> acknowledge(std::string_view token, std::span<const ItemVerdict> verdicts,
                           Deadline deadline) override {
    const auto watching = watch(kAcknowledge, deadline);
    return role().acknowledge(token, verdicts, deadline);
  }
  void close(Closing closing, Deadline deadline) override {
    const auto watching = watch(kClose, deadline);
    role().close(closing, deadline);
  }
};

}  // namespace lianqiao::plugin
