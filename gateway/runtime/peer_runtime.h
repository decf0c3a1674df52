#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "admin/api.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/mutex.h"
#include "config/gateway_config.h"
#include "crash/crash_guard.h"
#include "delivery/deliverer.h"
#include "http/http_client.h"
#include "intake/asker.h"
#include "intake/endpoint.h"
#include "intake/entry.h"
#include "intake/outbox.h"
#include "lianqiao/descriptor.h"
#include "observe/log.h"
#include "observe/metrics.h"
#include "plugin/host.h"
#include "plugin/watched_roles.h"
#include "queue/exception_room.h"
#include "runtime/counterpart_use.h"
#include "runtime/switched_pipeline.h"
#include "storage/work_queue.h"

namespace lianqiao::runtime {

/// One peer as it runs with one version of its configuration: its adapter's roles, the services
/// given to them, its endpoint at the front, its deliverer, and what asks it for records. A changed
/// configuration makes another one, and this one ends. Held by shared_ptr: a request under way ends
/// on the runtime that it began with.
///
/// Thread-safe, but start…() and stop…() are for one thread at a time.
class PeerRuntime {
 public:
  /// Of the gateway; outlives every runtime.
  struct Services {
    std::filesystem::path data;
    storage::WorkQueue& queue;
    queue::Takers& takers;
    base::Clock& clock;
    base::IdSource& ids;
    observe::Log& log;
    observe::Metrics& metrics;
    plugin::Watchdog& watchdog;
    const std::atomic<bool>& stopping;
    crash::CrashGuard& guard;
    config::ReferenceSettings references;
    /// Our account of a day for a peer that asks (Reconciler::manifest).
    std::function<Result<std::string>(PeerRuntime&, const HttpRequest&)> manifest;
    record::SentPayloads* sent = nullptr;  ///< Null where no history is kept.
  };

  /// Makes the adapter's roles; nothing runs yet. A peer that is switched off has none. `build`
  /// tells which build of the adapter it is. Fails with config.invalid or what the adapter's
  /// factory said.
  static Result<std::shared_ptr<PeerRuntime>> make(
      const config::PeerConfig& peer, const config::RetryPolicy& retry, const Descriptor& adapter,
      std::string_view build, std::shared_ptr<const pipeline::Pipeline> pipeline,
      const Services& services);
  ~PeerRuntime();
  PeerRuntime(const PeerRuntime&) = delete;
  PeerRuntime& operator=(const PeerRuntime&) = delete;

  /// From the next record on.
  void use(std::shared_ptr<const pipeline::Pipeline> pipeline) {
    pipeline_.use(std::move(pipeline));
  }

  void startDelivery() LIANQIAO_EXCLUDES(mutex_);
  /// Of its source, or its session: by either the peer is asked.
  void startPolling() LIANQIAO_EXCLUDES(mutex_);
  /// Tells adapter, deliverer and asker to come to an end; waits for nothing.
  void beginStop() LIANQIAO_EXCLUDES(mutex_);
  /// After beginStop(): false when an attempt is still under way though its deadline and a grace
  /// are over.
  bool awaitDeliveryEnd() LIANQIAO_EXCLUDES(mutex_);
  void stopDelivery() LIANQIAO_EXCLUDES(mutex_);
  void beginStopPolling() LIANQIAO_EXCLUDES(mutex_);
  void stopPolling() LIANQIAO_EXCLUDES(mutex_);

  /// A person knows that the peer is well again: resume() of Deliverer, Asker.
  bool resumeDelivery() LIANQIAO_EXCLUDES(mutex_);
  bool resumePolling() LIANQIAO_EXCLUDES(mutex_);
  void count(int status, std::size_t items);

  [[nodiscard]] const config::PeerConfig& config() const { return peer_; }
  /// Something can be owed to it.
  [[nodiscard]] bool takes() const {
    return sink_ != nullptr || (peer_.enabled && peer_.outbound.pull);
  }
  [[nodiscard]] intake::Endpoint& endpoint() { return *endpoint_; }
  [[nodiscard]] bool hasCounterpart() const { return counterpart_ != nullptr; }
  /// Its role counterpart, for one user at a time. Fails with reconcile.unsupported where it has
  /// none, with intake.overloaded while somebody else uses it.
  Result<CounterpartUse> useCounterpart();
  /// The payload of an event as text, as it goes out to this peer now.
  Result<std::string> asSent(std::string_view event) const;
  /// Asks for things that it holds and takes them in; how many became new records. Fails as
  /// useCounterpart(), as the adapter, or as the queue.
  Result<std::size_t> fetch(const HeldQuery& query, const std::vector<std::string>& ids);
  /// Begins with what `former`, of the same peer, knows of its backlog and exceptions.
  void startFrom(const PeerRuntime& former);
  /// The exceptions of deliveries to it, as the store has just told: one thread, again and again.
  void knowDeliveryExceptions(const queue::ExceptionShare& stored);
  [[nodiscard]] bool deliveryExceptionsFull() const { return deliveryExceptions_.full(); }
  [[nodiscard]] admin::PeerFacts facts() const;
  [[nodiscard]] admin::PeerState deliveryState() const LIANQIAO_EXCLUDES(mutex_);
  [[nodiscard]] admin::PeerState pollingState() const LIANQIAO_EXCLUDES(mutex_);

 private:
  PeerRuntime(const config::PeerConfig& peer, config::RetryPolicy retry, const Descriptor& adapter,
              std::string_view build, std::shared_ptr<const pipeline::Pipeline> pipeline,
              const Services& services);
  Result<void> makeRoles(const Descriptor& adapter);
  Result<std::vector<ItemVerdict>> takeIn(std::vector<RawItem> items);
  void watchRoles();
  void tellSetTime() const;
  intake::Inflow::Pause unwanted();
  plugin::PeerServices servicesFor(const std::filesystem::path& folder);
  void countAttempt(const Outcome& outcome, std::chrono::milliseconds took);
  std::shared_ptr<delivery::Deliverer> deliverer() const LIANQIAO_EXCLUDES(mutex_);
  std::shared_ptr<intake::Asker> asker() const LIANQIAO_EXCLUDES(mutex_);
  /// The poller of its source or the keeper of its session, running; null where it has neither.
  std::shared_ptr<intake::Asker> makeAsker();
  /// Why its session carries no delivery now; nothing while it does.
  std::optional<Error> sessionShut() const LIANQIAO_EXCLUDES(mutex_);
  /// The call of its source or session that does not come back; empty where all do.
  std::string_view hungCall() const;

  const config::PeerConfig peer_;
  const config::RetryPolicy retry_;
  const Services services_;
  const crash::PeerGuard guard_;
  const bool deliversInSession_;
  std::atomic<bool> ending_{false};
  observe::Counter& items_;  // resolved once: they are counted on every request
  observe::Counter& accepted_;
  observe::Counter& delivered_;
  observe::Histogram& attempts_;

  queue::ExceptionRoom deliveryExceptions_;
  queue::ExceptionShare deliveryMark_;  // of the look before
  SwitchedPipeline pipeline_;
  const intake::EntryMaker entries_;
  const delivery::Schedule schedule_;
  intake::Outbox outbox_;
  // Roles go before the services given to them.
  std::unique_ptr<http::HttpClient> client_;
  std::unique_ptr<plugin::PeerHost> host_;
  std::unique_ptr<Receiver> receiver_;
  std::unique_ptr<Source> source_;
  std::unique_ptr<Session> session_;
  std::unique_ptr<Sink> sink_;
  std::unique_ptr<Counterpart> counterpart_;
  std::atomic<bool> counterpartInUse_{false};
  std::unique_ptr<intake::Endpoint> endpoint_;

  mutable base::Mutex mutex_;
  std::shared_ptr<delivery::Deliverer> deliverer_ LIANQIAO_GUARDED_BY(mutex_);
  std::shared_ptr<intake::Asker> asker_ LIANQIAO_GUARDED_BY(mutex_);
};

}  // namespace lianqiao::runtime
