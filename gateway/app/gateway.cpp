#include "app/gateway.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "admin/client.h"
#include "app/offline_host.h"
#include "base/named_thread.h"
#include "config/lint.h"
#include "lianqiao/codes.h"
#include "observe/metric_names.h"
#include "plugin/guarded_call.h"
#include "queue/redis_work_queue.h"

namespace lianqiao::app {
namespace {

using namespace std::chrono_literals;

constexpr auto kBacklogEvery = 1s;
constexpr auto kStopGrace = 5s;
constexpr auto kHungGrace = 5s;

Error configError(std::string detail) { return {std::string(codes::kConfig), std::move(detail)}; }

/// Peers that records of `peer` may go to, by the routes that do not exclude it.
std::set<std::string> destinationsOf(const config::GatewayConfig& config, const std::string& peer) {
  std::set<std::string> destinations;
  for (const config::Route& route : config.routes) {
    const bool excluded = std::any_of(route.when.begin(), route.when.end(), [&](const config::RouteCondition& condition) {
      return condition.path == "peer" && std::find(condition.values.begin(), condition.values.end(), peer) == condition.values.end();
    });
    if (!excluded) destinations.insert(route.to.begin(), route.to.end());
  }
  return destinations;
}

}  // namespace

Gateway::Gateway(Setup setup, observe::Log& log)
    : setup_(std::move(setup)),
      log_(log),
      ids_(clock_, base::randomSeed()),
      adminToken_(randomHex(24)),
      watchdog_(clock_, kHungGrace, [this](const plugin::HungCall& call) { tellHung(call); },
                [this](const plugin::HungCall& call) {
                  log_.write(LogLevel::info, "plugin", {{"peer", call.peer}}, "The late call has come back.");
                }) {
  watchdog_.start();
}

Gateway::~Gateway() { stop(); }

Result<std::unique_ptr<Gateway>> Gateway::start(Setup setup, observe::Log& log) {
  std::unique_ptr<Gateway> gateway(new Gateway(std::move(setup), log));
  if (auto locked = gateway->lockData(); !locked) return locked.error();
  if (auto opened = gateway->openQueue(); !opened) return opened.error();
  gateway->entries_ = std::make_unique<intake::EntryMaker>(*gateway->setup_.pipeline, gateway->clock_, gateway->ids_);
  for (const config::PeerConfig& peer : gateway->setup_.config.peers) {
    if (auto made = gateway->makePeer(peer); !made) return made.error();
  }
  if (auto started = gateway->startIntake(); !started) return started.error();
  if (auto started = gateway->startAdmin(); !started) return started.error();
  return gateway;
}

Result<void> Gateway::lockData() {
  const std::filesystem::path& data = setup_.config.data;
  std::error_code error;
  std::filesystem::create_directories(data, error);
  const std::filesystem::path path = data / "lock";
  lockFile_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lockFile_ < 0) {
    return configError("The data folder " + data.string() + " cannot be written; check that it exists, has space and belongs to this user.");
  }
  if (flock(lockFile_, LOCK_EX | LOCK_NB) != 0) {
    return configError("Another gateway runs on the data folder " + data.string() + "; stop it or give this one its own.");
  }
  return {};
}

Result<void> Gateway::openQueue() {
  queue::QueueOptions options;
  options.node = setup_.config.node;
  options.data = setup_.config.data;
  options.log = [this](LogLevel level, std::string_view message) { log_.write(level, "queue", {}, message); };
  auto queue = queue::RedisWorkQueue::open(setup_.config.redis, setup_.config.retention, std::move(options), clock_, ids_);
  if (!queue) return queue.error();
  queue_ = std::move(queue).value();
  return {};
}

Result<void> Gateway::makePeer(const config::PeerConfig& peer) {
  const Descriptor& adapter = *setup_.adapters->find(peer.adapter);
  PeerParts& parts = peers_[peer.name];
  parts.items = &metrics_.counter(observe::names::kItems, {{"peer", peer.name}});
  parts.accepted = &metrics_.counter(observe::names::kRequests, {{"peer", peer.name}, {"status", "202"}});
  if (!peer.enabled) return {};
  const std::filesystem::path folder = setup_.config.data / "peers" / peer.name;
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return configError("The folder " + folder.string() + " cannot be made: " + error.message() + ".");

  auto client = delivery::HttpClient::make(peer.outbound.tls, clock_);
  if (!client) return client.error();
  parts.client = std::move(client).value();
  plugin::PeerServices services;
  services.send = [client = parts.client.get()](const HttpCall& call, Deadline deadline) { return client->send(call, deadline); };
  services.log = [this, name = peer.name](LogLevel level, std::string_view message) {
    log_.write(level, "adapter", {{"peer", name}}, message);
  };
  services.count = [this, name = peer.name](std::string_view counter, std::uint64_t n) {
    metrics_.counter(observe::names::kAdapter, {{"peer", name}, {"name", counter}}).add(n);
  };
  services.nonce = randomHex;
  services.stopRequested = [this] { return stopping_.load(); };
  services.clock = &clock_;
  services.dataDirectory = folder;
  parts.host = std::make_unique<plugin::PeerHost>(std::move(services));

  const auto make = [&](std::string_view call, auto factory, auto& role) -> Result<void> {
    if (factory == nullptr) return {};
    auto made = plugin::guardedCall({peer.adapter, peer.name, call}, [&] { return factory(peer.settings, *parts.host); });
    if (!made) return made.error();
    role = std::move(made).value();
    return {};
  };
  if (auto made = make("makeReceiver", adapter.makeReceiver, parts.receiver); !made) return made;
  if (auto made = make("makeSource", adapter.makeSource, parts.source); !made) return made;
  if (auto made = make("makeSink", adapter.makeSink, parts.sink); !made) return made;
  if (parts.source) {
    parts.source = std::make_unique<plugin::WatchedSource>(std::move(parts.source), peer.adapter, peer.name, watchdog_);
  }
  if (parts.sink) {
    parts.sink = std::make_unique<plugin::WatchedSink>(std::move(parts.sink), peer.adapter, peer.name, watchdog_);
  }
  if (parts.sink && !peer.outbound.pull) makeLane(peer, parts);
  return {};
}

void Gateway::makeLane(const config::PeerConfig& peer, PeerParts& parts) {
  const auto policy = setup_.config.retry.find(peer.outbound.retry);
  auto& attempts = metrics_.histogram(observe::names::kDeliverySeconds, {{"peer", peer.name}});
  auto& delivered = metrics_.counter(observe::names::kAttempts, {{"peer", peer.name}, {"result", "delivered"}});
  delivery::Lane::Services services{
      *queue_, *setup_.pipeline, clock_,
      [this, &attempts, &delivered](std::string_view name, const Outcome& outcome, std::chrono::milliseconds took) {
        attempts.observe(std::chrono::duration<double>(took).count());
        if (outcome.verdict == Verdict::delivered) {
          delivered.add();
        } else {
          metrics_.counter(observe::names::kAttempts, {{"peer", name}, {"result", outcome.code}}).add();
        }
      }};
  parts.lane = std::make_unique<delivery::Lane>(
      peer, policy == setup_.config.retry.end() ? config::RetryPolicy{} : policy->second, *parts.sink, std::move(services),
      base::randomSeed());
}

Result<void> Gateway::startIntake() {
  for (const std::string& caution : config::cautions(setup_.config)) log_.write(LogLevel::warning, "config", {}, caution);
  outbox_ = std::make_unique<intake::Outbox>(*queue_, *setup_.pipeline);
  replay_ = std::make_unique<intake::Replay>(*queue_, *entries_);
  pool_ = std::make_unique<intake::WorkPool>(setup_.config.intake.threads);
  const intake::Authenticator::RememberNonce nonces = [this](std::string_view scope, std::string_view nonce, std::string_view use,
                                                            std::chrono::milliseconds keep) {
    return queue_->rememberNonce(scope, nonce, use, keep);
  };
  intake::Service::Endpoints endpoints;
  for (const config::PeerConfig& peer : setup_.config.peers) {
    endpoints.emplace(peer.name, std::make_unique<intake::Endpoint>(peer, peers_[peer.name].receiver.get(), clock_, nonces));
  }
  service_ = std::make_unique<intake::Service>(
      setup_.config.intake, std::move(endpoints), *entries_, *outbox_, *queue_, *pool_,
      [this](std::string_view peer, int status, std::size_t items) {
        const PeerParts& parts = peers_.find(peer)->second;
        parts.items->add(items);
        if (status == 202) {
          parts.accepted->add();
        } else {
          metrics_.counter(observe::names::kRequests, {{"peer", peer}, {"status", std::to_string(status)}}).add();
        }
      },
      [this](std::string_view peer, const Error& error) {
        log_.write(LogLevel::error, "intake", {{"peer", peer}, {"code", error.code}}, error.detail);
      });
  queue_->onReady([this](std::string_view peer) {
    const auto found = peers_.find(peer);
    if (found != peers_.end() && found->second.lane) found->second.lane->wake();
  });
  auto front = intake::HttpFront::start(
      setup_.config.peersListener, setup_.config.intake, [this](const HttpRequest& head) { return service_->admit(head); },
      [this](HttpRequest request, std::unique_ptr<intake::Responder> responder) {
        service_->handle(std::move(request), std::move(responder));
      });
  if (!front) return front.error();
  front_ = std::move(front).value();

  for (const config::PeerConfig& peer : setup_.config.peers) {
    PeerParts& parts = peers_[peer.name];
    if (!parts.source) continue;
    const intake::Endpoint& endpoint = *service_->endpoints().at(peer.name);
    parts.poller = std::make_unique<intake::Poller>(peer, *parts.source, *entries_, *queue_, clock_,
                                                    [&endpoint] { return endpoint.backlogged.load(); });
  }
  backlogWatch_ = base::startThread("backlog", [this](const std::stop_token& stop) { watchBacklog(stop); });
  return {};
}

void Gateway::watchBacklog(const std::stop_token& stop) {
  std::map<std::string, std::set<std::string>> destinations;
  for (const config::PeerConfig& peer : setup_.config.peers) destinations[peer.name] = destinationsOf(setup_.config, peer.name);
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    metrics_.gauge(observe::names::kQueueUp).set(queue_->available() ? 1 : 0);
    std::map<std::string, std::uint64_t> waiting;
    for (const config::PeerConfig& peer : setup_.config.peers) {
      if (peers_.at(peer.name).sink == nullptr && !peer.outbound.pull) continue;
      auto depth = queue_->depth(peer.name);
      if (!depth) continue;
      waiting[peer.name] = depth->waiting + depth->retrying;
      metrics_.gauge(observe::names::kWaiting, {{"peer", peer.name}}).set(static_cast<double>(waiting[peer.name] + depth->leased));
      const auto age = depth->oldest ? clock_.wall() - *depth->oldest : std::chrono::milliseconds(0);
      metrics_.gauge(observe::names::kOldestSeconds, {{"peer", peer.name}}).set(std::chrono::duration<double>(age).count());
    }
    for (const config::PeerConfig& peer : setup_.config.peers) {
      const bool over = std::any_of(destinations[peer.name].begin(), destinations[peer.name].end(), [&](const std::string& name) {
        return waiting[name] > peer.inbound.backlog;
      });
      service_->endpoints().at(peer.name)->backlogged.store(over, std::memory_order_relaxed);
    }
    wake.wait_for(lock, stop, kBacklogEvery, [] { return false; });
  }
}

Result<void> Gateway::startAdmin() {
  admin::Services services{*queue_, clock_, setup_.config.node, clock_.wall(), {}, {}, {}, {}, {}, {}, {}};
  for (const config::PeerConfig& peer : setup_.config.peers) {
    const PeerParts& parts = peers_.at(peer.name);
    services.peers.push_back({.name = peer.name,
                              .title = peer.title,
                              .adapter = peer.adapter,
                              .enabled = peer.enabled,
                              .receives = parts.receiver != nullptr,
                              .polls = parts.source != nullptr,
                              .delivers = parts.lane != nullptr,
                              .pull = peer.outbound.pull});
  }
  const auto convert = [](Result<intake::ReplayReport> report) -> Result<admin::ReplayResult> {
    if (!report) return report.error();
    return admin::ReplayResult{report->replayed, report->duplicates, report->failed, report->failures};
  };
  services.delivery = [this](const std::string& peer) { return laneState(peer); };
  services.polling = [this](const std::string& peer) { return pollerState(peer); };
  services.replayOne = [this, convert](const std::string& id) { return convert(replay_->one(id)); };
  services.replayAll = [this, convert](const queue::ExceptionFilter& filter) { return convert(replay_->all(filter)); };
  services.mask = [this](const std::string& event) { return setup_.pipeline->masked(event); };
  services.metrics = [this] { return metrics_.text(); };
  api_ = std::make_unique<admin::Api>(std::move(services));
  auto server = admin::Server::start(setup_.config.adminListener, adminToken_,
                                     [this](const HttpRequest& request) { return api_->handle(request); });
  if (!server) return server.error();
  admin_ = std::move(server).value();
  return admin::writeNodeFile(setup_.config.data, {.address = setup_.config.adminListener.address,
                                                   .port = admin_->port(),
                                                   .peersPort = front_->port(),
                                                   .token = adminToken_.reveal()});
}

void Gateway::tellHung(const plugin::HungCall& call) {
  metrics_.counter(observe::names::kAttempts, {{"peer", call.peer}, {"result", codes::kPluginHung}}).add();
  log_.write(LogLevel::error, "plugin", {{"peer", call.peer}, {"code", codes::kPluginHung}},
             "Adapter " + call.adapter + " does not come back from " + call.call +
                 " though its deadline has passed: its peer waits, the others go on. Restart the gateway if it lasts.");
}

admin::PeerState Gateway::laneState(const std::string& peer) const {
  const PeerParts& parts = peers_.at(peer);
  if (!parts.lane) return {"off", {}, {}};
  if (watchdog_.isHung(peer, "deliver")) {
    return {"hung", std::string(codes::kPluginHung), "its adapter does not come back from a delivery"};
  }
  const delivery::LaneStatus status = parts.lane->status();
  return {status.state, status.cause, status.detail};
}

admin::PeerState Gateway::pollerState(const std::string& peer) const {
  const PeerParts& parts = peers_.at(peer);
  if (!parts.poller) return {"off", {}, {}};
  if (watchdog_.isHung(peer, "poll")) {
    return {"hung", std::string(codes::kPluginHung), "its adapter does not come back from a poll"};
  }
  const intake::PollerStatus status = parts.poller->status();
  return {status.state, status.cause, status.detail};
}

void Gateway::stop() {
  if (stopping_.exchange(true)) return;
  if (admin_) {
    admin::removeNodeFile(setup_.config.data);
    admin_->stop();
  }
  backlogWatch_.request_stop();
  if (backlogWatch_.joinable()) backlogWatch_.join();
  // Pollers first: they wait for their last batch to be stored.
  for (auto& [name, parts] : peers_) {
    if (parts.poller) parts.poller->stop();
  }
  if (front_) front_->stop(kStopGrace);
  if (pool_) pool_->stop();
  for (auto& [name, parts] : peers_) {
    if (parts.lane) parts.lane->stop();
  }
  if (queue_) {
    if (auto flushed = queue_->flush(); !flushed) {
      log_.write(LogLevel::warning, "app", {},
                 "The last settlements could not be written; their deliveries are tried again: " + flushed.error().detail);
    }
  }
  queue_.reset();
  if (lockFile_ >= 0) close(lockFile_);
  lockFile_ = -1;
}

}  // namespace lianqiao::app
