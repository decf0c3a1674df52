#pragma once

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lianqiao/roles.h"
#include "lianqiao/session.h"
#include "plugin/watchdog.h"

namespace lianqiao::plugin {

/// A Sink whose calls a Watchdog looks after. Thread-safe like the sink it owns. REQUIRES: the
/// watchdog outlives it.
class WatchedSink final : public Sink {
 public:
  WatchedSink(std::unique_ptr<Sink> sink, std::string adapter, std::string peer, Watchdog& dog)
      : sink_(std::move(sink)), adapter_(std::move(adapter)), peer_(std::move(peer)), dog_(dog) {}

  Outcome deliver(const Delivery& delivery, Deadline deadline) override {
    const auto watch = dog_.watch({adapter_, peer_, "deliver"}, deadline);
    return sink_->deliver(delivery, deadline);
  }
  [[nodiscard]] std::size_t batchLimit() const override { return sink_->batchLimit(); }
  std::vector<Outcome> deliverBatch(std::span<const Delivery> deliveries,
                                    Deadline deadline) override {
    const auto watch = dog_.watch({adapter_, peer_, "deliver"}, deadline);
    return sink_->deliverBatch(deliveries, deadline);
  }
  Result<void> probe(Deadline deadline) override { return sink_->probe(deadline); }

 private:
  const std::unique_ptr<Sink> sink_;
  const std::string adapter_;
  const std::string peer_;
  Watchdog& dog_;
};

/// The same for a Source.
class WatchedSource final : public Source {
 public:
  WatchedSource(std::unique_ptr<Source> source, std::string adapter, std::string peer,
                Watchdog& dog)
      : source_(std::move(source)),
        adapter_(std::move(adapter)),
        peer_(std::move(peer)),
        dog_(dog) {}

  Result<Batch> poll(std::string_view cursor, Deadline deadline) override {
    const auto watch = dog_.watch({adapter_, peer_, "poll"}, deadline);
    return source_->poll(cursor, deadline);
  }
  Result<void> confirm(const Batch& batch, std::span<const ItemVerdict> verdicts) override {
    return source_->confirm(batch, verdicts);
  }

 private:
  const std::unique_ptr<Source> source_;
  const std::string adapter_;
  const std::string peer_;
  Watchdog& dog_;
};

/// The same for a Session, each of whose calls has a deadline.
class WatchedSession final : public Session {
 public:
  /// How its calls are named.
  static constexpr std::array<std::string_view, 4> kCalls{"open", "step", "acknowledge", "close"};

  WatchedSession(std::unique_ptr<Session> session, std::string adapter, std::string peer,
                 Watchdog& dog)
      : session_(std::move(session)),
        adapter_(std::move(adapter)),
        peer_(std::move(peer)),
        dog_(dog) {}

  Result<void> open(Deadline deadline) override {
    const auto watch = dog_.watch({adapter_, peer_, kCalls[0]}, deadline);
    return session_->open(deadline);
  }
  Result<Arrivals> step(const SessionTurn& turn) override {
    const auto watch = dog_.watch({adapter_, peer_, kCalls[1]}, turn.deadline);
    return session_->step(turn);
  }
  Result<void> acknowledge(std::string_view token, std::span<const ItemVerdict> verdicts,
                           Deadline deadline) override {
    const auto watch = dog_.watch({adapter_, peer_, kCalls[2]}, deadline);
    return session_->acknowledge(token, verdicts, deadline);
  }
  void close(Closing closing, Deadline deadline) override {
    const auto watch = dog_.watch({adapter_, peer_, kCalls[3]}, deadline);
    session_->close(closing, deadline);
  }

 private:
  const std::unique_ptr<Session> session_;
  const std::string adapter_;
  const std::string peer_;
  Watchdog& dog_;
};

}  // namespace lianqiao::plugin
