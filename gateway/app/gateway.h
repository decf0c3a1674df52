#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <thread>

#include "admin/api.h"
#include "admin/server.h"
#include "app/setup.h"
#include "base/clock.h"
#include "base/ids.h"
#include "delivery/http_client.h"
#include "delivery/lane.h"
#include "intake/http_front.h"
#include "intake/outbox.h"
#include "intake/poller.h"
#include "intake/replay.h"
#include "intake/service.h"
#include "observe/log.h"
#include "observe/metrics.h"
#include "plugin/host.h"
#include "plugin/watched_roles.h"
#include "queue/work_queue.h"

namespace lianqiao::app {

/// The running gateway: builds every part in the order of dependence, stops them in reverse. One per
/// process. start() and stop() are for one thread.
class Gateway {
 public:
  /// Everything up and serving, or the first Error and nothing left running. The data folder is locked to
  /// this process.
  static Result<std::unique_ptr<Gateway>> start(Setup setup, observe::Log& log);
  ~Gateway();

  /// Stops intake, lets attempts end, gives leases back, closes Redis. Idempotent.
  void stop();

  [[nodiscard]] std::uint16_t peersPort() const { return front_->port(); }
  [[nodiscard]] std::uint16_t adminPort() const { return admin_->port(); }

 private:
  /// One peer's adapter roles and the things lent to them; roles go before the host.
  struct PeerParts {
    std::unique_ptr<delivery::HttpClient> client;
    std::unique_ptr<plugin::PeerHost> host;
    std::unique_ptr<Receiver> receiver;
    std::unique_ptr<Source> source;
    std::unique_ptr<Sink> sink;
    std::unique_ptr<delivery::Lane> lane;
    std::unique_ptr<intake::Poller> poller;
    observe::Counter* items = nullptr;     // resolved once: they are counted on every request
    observe::Counter* accepted = nullptr;
  };

  Gateway(Setup setup, observe::Log& log);
  Result<void> lockData();
  Result<void> openQueue();
  Result<void> makePeer(const config::PeerConfig& peer);
  void makeLane(const config::PeerConfig& peer, PeerParts& parts);
  Result<void> startIntake();
  Result<void> startAdmin();
  void watchBacklog(const std::stop_token& stop);
  void tellHung(const plugin::HungCall& call);
  admin::PeerState laneState(const std::string& peer) const;
  admin::PeerState pollerState(const std::string& peer) const;

  const Setup setup_;
  observe::Log& log_;
  observe::Metrics metrics_;
  base::SystemClock clock_;
  base::IdSource ids_;
  std::atomic<bool> stopping_{false};
  int lockFile_ = -1;
  Secret adminToken_;

  plugin::Watchdog watchdog_;  // before the roles that it looks after
  std::unique_ptr<queue::WorkQueue> queue_;
  std::map<std::string, PeerParts, std::less<>> peers_;
  std::unique_ptr<intake::EntryMaker> entries_;
  std::unique_ptr<intake::Outbox> outbox_;
  std::unique_ptr<intake::Replay> replay_;
  std::unique_ptr<intake::WorkPool> pool_;
  std::unique_ptr<intake::Service> service_;
  std::unique_ptr<intake::HttpFront> front_;
  std::unique_ptr<admin::Api> api_;
  std::unique_ptr<admin::Server> admin_;
  std::jthread backlogWatch_;
};

}  // namespace lianqiao::app
