#include "runtime/gateway.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>

#include "admin/client.h"
#include "base/ip_address.h"
#include "base/named_thread.h"
#include "lianqiao/codes.h"
#include "lifecycle/life_moves.h"
#include "observe/metric_names.h"
#include "redis/obstacle.h"
#include "setup/offline_host.h"
#include "spool/spool_file.h"
#include "spool/spooled_queue.h"
#include "storage/awaited_queue.h"
#include "storage/redis_work_queue.h"

namespace lianqiao::runtime {
namespace {

using namespace std::chrono_literals;

constexpr auto kStopGrace = 5s;
constexpr auto kHungGrace = 5s;
constexpr std::chrono::milliseconds kOpening = 5s;  // of a queue that has little to read

Error configError(std::string detail) { return {codes::kConfig, std::move(detail)}; }

/// Peers that records of `peer` may go to, by the routes that do not exclude it.
std::set<std::string> destinationsOf(const config::GatewayConfig& config, const std::string& peer) {
  std::set<std::string> destinations;
  for (const config::Route& route : config.routes) {
    const bool excluded = std::any_of(
        route.when.begin(), route.when.end(), [&](const config::RouteCondition& condition) {
          return condition.path == "peer" &&
                 std::find(condition.values.begin(), condition.values.end(), peer) ==
                     condition.values.end();
        });
    if (!excluded) destinations.insert(route.to.begin(), route.to.end());
  }
  return destinations;
}

config::RetryPolicy retryOf(const config::GatewayConfig& config, const config::PeerConfig& peer) {
  const auto policy = config.retry.find(peer.outbound.retry);
  return policy == config.retry.end() ? config::RetryPolicy{} : policy->second;
}

}  // namespace

Gateway::Gateway(setup::Setup setup, observe::Log& log)
    : data_(setup.config.data),
      node_(setup.config.node),
      log_(log),
      ids_(clock_, base::randomSeed()),
      adminToken_(setup::randomHex(24)),
      references_(setup.config.references),
      setup_(std::move(setup)),
      watchdog_(
          clock_, kHungGrace, [this](const plugin::HungCall& call) { tellHung(call); },
          [this](const plugin::HungCall& call) {
            log_.write(LogLevel::info, "plugin", {{"peer", call.peer}},
                       "The late call has come back.");
          }),
      sentAgain_(data_ / "recompute"),
      pipeline_(setup_.pipeline),
      table_(std::make_shared<PeerTable>()),
      peerWatch_(log, clock_, node_,
                 [this](const std::string& peer, const review::Outage& outage) {
                   outages_.add(peer, outage);
                 }),
      entries_(
          pipeline_, clock_, ids_, [this] { return queue_->submissions().comparesFormer(); },
          [this](std::span<const record::Reference> ids) {
            return queue_->references().keysOf(ids, queue::References::For::waited);
          },
          references_) {
  watchdog_.start();
}

Gateway::~Gateway() { stop(); }

Result<std::unique_ptr<Gateway>> Gateway::start(setup::Setup setup, observe::Log& log) {
  const config::GatewayConfig config = setup.config;
  std::unique_ptr<Gateway> gateway(new Gateway(std::move(setup), log));
  if (auto locked = gateway->lockData(); !locked) return locked.error();
  gateway->openGuard(config);
  if (auto opened = gateway->openQueue(config); !opened) return opened.error();
  gateway->openHistory(config);
  if (auto made = gateway->makePeers(); !made) return made.error();
  gateway->startReconciling();
  if (auto started = gateway->startIntake(config); !started) return started.error();
  if (auto started = gateway->startAdmin(config); !started) return started.error();
  return gateway;
}

Result<void> Gateway::lockData() {
  std::error_code error;
  std::filesystem::create_directories(data_, error);
  const std::filesystem::path path = data_ / "lock";
  lockFile_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lockFile_ < 0) {
    return configError(
        "The data folder " + data_.string() +
        " cannot be written; check that it exists, has space and belongs to this user.");
  }
  if (flock(lockFile_, LOCK_EX | LOCK_NB) != 0) {
    return configError("Another gateway runs on the data folder " + data_.string() +
                       "; stop it or give this one its own.");
  }
  return {};
}

void Gateway::openGuard(const config::GatewayConfig& config) {
  flights_ = std::make_shared<crash::FlightBook>(
      data_, config.node,
      [this](LogLevel level, std::string_view message) { log_.write(level, "app", {}, message); });
  // Before the queue: what ended the process is known though Redis may be away.
  guard_ = std::make_unique<crash::CrashGuard>(
      *flights_, data_, clock_,
      [this](LogLevel level, std::string_view message) {
        log_.write(level, "intake", {{"code", codes::kPluginCrashed}}, message);
      },
      crash::CrashGuard::Options());
}

Result<void> Gateway::openQueue(const config::GatewayConfig& config) {
  storage::QueueOptions options;
  options.node = config.node;
  options.data = data_;
  options.flights = flights_;
  options.takers = takers_;
  journal_ =
      std::make_shared<queue::JournalMark>(config.history.enabled ? config.history.journal : 0);
  {
    const base::Lock lock(reloading_);
    journal_->setConfiguration(setup::versionOf(setup_.digests));
    lives_ = std::make_shared<base::Snapshot<record::LifeTables>>(
        std::make_shared<const record::LifeTables>(
            lifecycle::tablesOf(setup_.deadlines.cycles, setup_.deadlines.rules)));
  }
  options.journal = journal_;
  options.lives = lives_;
  options.steps = config.steps;
  options.log = [this](LogLevel level, std::string_view message) {
    log_.write(level, "queue", {}, message);
  };
  spool::SpoolOptions spool;
  spool.folder = data_ / "spool";
  storage::AwaitedQueue::Open open = [this, redis = config.redis, retention = config.retention,
                                      options](const std::stop_token& stop) {
    storage::QueueOptions stoppable = options;
    stoppable.stop = stop;
    return storage::RedisWorkQueue::open(redis, retention, stoppable, clock_, ids_);
  };
  // While a large file is read the spool takes what comes.
  auto queue = config.redis.managed && config.spool.enabled
                   ? storage::AwaitedQueue::open(open, options.log, clock_, kOpening)
                   : open({});
  // A node that has had its Redis before takes what comes into its spool until that is back. At the
  // first start it is more likely to be the wrong address.
  const bool waits = !queue && redis::isObstacle(queue.error().code) &&
                     queue.error().code != codes::kQueueUnsafe &&
                     queue.error().code != codes::kNodeTaken && !config.redis.managed &&
                     config.spool.enabled && spool::SpoolFile::isThere(spool.folder);
  if (!queue && !waits) return queue.error();
  queue_ = queue ? std::move(queue).value()
                 : std::make_unique<storage::AwaitedQueue>(std::move(open), queue.error(),
                                                           options.log, clock_);
  if (!config.spool.enabled) return {};
  spool.size = config.spool.size;
  spool.log = [this](LogLevel level, std::string_view message) {
    log_.write(level, "spool", {}, message);
  };
  auto spooled = spool::SpooledQueue::open(std::move(queue_), std::move(spool), clock_);
  if (!spooled) return spooled.error();
  queue_ = std::move(spooled).value();
  return {};
}

void Gateway::openHistory(const config::GatewayConfig& config) {
  if (!config.history.enabled) return;
  if (config.history.sent.count() > 0) sent_ = std::make_unique<record::SentPayloads>();
  history_ = std::make_unique<KeptHistory>(config, data_, *queue_, sent_.get(), clock_, log_);
  const base::Lock lock(reloading_);
  files_ = setup::KeptConfiguration::read(config);
  history_->use(config, setup::versionOf(setup_.digests), files_);
}

PeerRuntime::Services Gateway::services() {
  return {data_,
          *queue_,
          *takers_,
          clock_,
          ids_,
          log_,
          metrics_,
          watchdog_,
          stopping_,
          *guard_,
          references_,
          [this](PeerRuntime& peer, const HttpRequest& request) {
            return reconciler_->manifest(peer, request);
          },
          sent_.get()};
}

std::shared_ptr<PeerRuntime> Gateway::PeerTable::find(std::string_view name) const {
  const auto found = peers.find(name);
  return found == peers.end() ? nullptr : found->second;
}

void Gateway::PeerTable::setRoutes(const config::GatewayConfig& config) {
  for (const config::PeerConfig& peer : config.peers)
    destinations[peer.name] = destinationsOf(config, peer.name);
}

Result<void> Gateway::makePeers() {
  const base::Lock lock(reloading_);
  auto table = std::make_shared<PeerTable>();
  for (const config::PeerConfig& peer : setup_.config.peers) {
    auto made =
        PeerRuntime::make(peer, retryOf(setup_.config, peer), *setup_.adapters.find(peer.adapter),
                          setup_.adapters.buildOf(peer.adapter), setup_.pipeline, services());
    if (!made) return made.error();
    table->peers[peer.name] = std::move(made).value();
  }
  table->setRoutes(setup_.config);
  table_.set(std::move(table));
  return {};
}

Result<void> Gateway::startIntake(const config::GatewayConfig& config) {
  {
    const base::Lock lock(reloading_);
    for (const std::string& caution : setup::cautionsOf(setup_))
      log_.write(LogLevel::warning, "config", {}, caution);
  }
  const auto table = table_.get();
  lookAtExceptions(*table);  // who is at his share is sent nothing from the first on
  for (const auto& [name, runtime] : table->peers) runtime->startDelivery();
  replay_ = std::make_unique<intake::Replay>(queue_->submissions(), queue_->records(), entries_);
  ownRecords_ = std::make_unique<intake::OwnRecords>(
      queue_->records(), pipeline_,
      [this](std::string_view name, std::string_view id) { return olderRecords(name, id); },
      clock_);
  arrivals_ = std::make_unique<intake::Arrivals>(
      *replay_, queue_->references(), queue_->pollRights(),
      [this, early = config.steps.early.count() > 0] {
        return early || pipeline_.namesReferences();
      },
      [this](LogLevel level, std::string_view message) {
        log_.write(level, "intake", {}, message);
      });
  arrivals_->start();
  startDeadlines(config);
  pool_ = std::make_unique<intake::WorkPool>(config.intake.threads);
  service_ = std::make_unique<intake::Service>(
      config.intake,
      [this](std::string_view name) -> std::shared_ptr<intake::Endpoint> {
        const auto runtime = peer(name);
        if (runtime == nullptr) return nullptr;
        return {runtime, &runtime->endpoint()};
      },
      queue_->submissions(), *ownRecords_, queue_->health(), *pool_,
      [this](std::string_view name, int status, std::size_t items) {
        if (const auto runtime = peer(name)) runtime->count(status, items);
      },
      [this](std::string_view name, const Error& error) {
        const bool stranger =
            error.code == codes::kUnauthenticated || error.code == codes::kClockSkew;
        log_.write(stranger ? LogLevel::warning : LogLevel::error, "intake",
                   {{"peer", name}, {"code", error.code}}, error.detail);
      },
      [this](std::string_view caller, std::string_view name, const Error& why) {
        // Each of its connections has another port.
        const auto address = base::IpAddress::parse(caller);
        refusedCallers_.add(address ? address->text() : std::string(caller), name, why);
      });
  auto front = http::HttpFront::start(
      config.peersListener, config.intake,
      [this](const HttpRequest& head) { return service_->admit(head); },
      [this](HttpRequest request, std::unique_ptr<http::Responder> responder) {
        service_->handle(std::move(request), std::move(responder));
      });
  if (!front) return front.error();
  front_ = std::move(front).value();
  for (const auto& [name, runtime] : table->peers) runtime->startPolling();
  backlogWatch_ =
      base::startThread("backlog", [this](const std::stop_token& stop) { watchPeers(stop); });
  return {};
}

void Gateway::startDeadlines(const config::GatewayConfig& config) {
  const base::Lock lock(reloading_);
  deadlines_ = std::make_unique<DeadlineWatch>(
      DeadlineWatch::Services{[this] { return queue_->deadlines(); }, queue_->submissions(),
                              queue_->pollRights(), pipeline_, clock_, ids_,
                              config.retention.duplicates,
                              [this](LogLevel level, std::string_view message) {
                                log_.write(level, "deadlines", {}, message);
                              }},
      std::make_shared<const lifecycle::Deadlines>(setup_.deadlines));
  deadlines_->start();
}

void Gateway::startReconciling() {
  const auto peers = [this] {
    std::vector<std::shared_ptr<PeerRuntime>> all;
    const auto table = table_.get();
    for (const auto& [name, runtime] : table->peers) all.push_back(runtime);
    return all;
  };
  reconciler_ = std::make_unique<Reconciler>(
      Reconciler::Services{[this] { return historyState().writing ? historyStore() : nullptr; },
                           peers, [this] { return stopping_.load(); }, clock_, log_, data_});
  reconciler_->start();
  scheduledReports_ = std::make_unique<ScheduledReports>(ScheduledReports::Services{
      [this] { return historyState().writing ? historyStore() : nullptr; },
      [this] { return reports(); }, pipeline_, queue_->submissions(), clock_, ids_,
      [this](LogLevel level, std::string_view message) {
        log_.write(level, "reports", {}, message);
      },
      data_});
  scheduledReports_->start();
}

Result<void> Gateway::startAdmin(const config::GatewayConfig& config) {
  resend_ = std::make_unique<resend::Resend>(
      queue_->resends(), queue_->records(),
      [this] { return historyState().writing ? historyStore() : nullptr; },
      [this](const std::string& name) {
        const auto runtime = peer(name);
        return runtime != nullptr && runtime->takes();
      },
      clock_, ids_);
  api_ = std::make_unique<admin::Api>(
      admin::Backend{*queue_, *this, *resend_, clock_, config.node, clock_.wall()});
  auto server =
      AdminPort::start(config.adminListener, adminToken_,
                       [this](const HttpRequest& request) { return api_->handle(request); });
  if (!server) return server.error();
  admin_ = std::move(server).value();
  return admin::writeNodeFile(data_, {.address = config.adminListener.address,
                                      .port = admin_->port(),
                                      .peersPort = front_->port(),
                                      .token = adminToken_.reveal()});
}

void Gateway::tellHung(const plugin::HungCall& call) {
  metrics_.counter(observe::names::kAttempts, {{"peer", call.peer}, {"result", codes::kPluginHung}})
      .add();
  log_.write(LogLevel::error, "plugin", {{"peer", call.peer}, {"code", codes::kPluginHung}},
             "Adapter " + call.adapter + " does not come back from " + call.call +
                 " though its deadline has passed: its peer waits, the others go on. Restart the "
                 "gateway if it lasts.");
}

void Gateway::stop() {
  if (stopping_.exchange(true)) return;
  // First: a call that hangs can make the stop so long that the process is killed.
  if (flights_) flights_->beginStop();
  if (admin_) {
    admin::removeNodeFile(data_);
    admin_->stop();
  }
  if (reconciler_) reconciler_->stop();
  if (scheduledReports_) scheduledReports_->stop();
  const base::Lock lock(reloading_);
  handovers_.clear();
  backlogWatch_.request_stop();
  if (backlogWatch_.joinable()) backlogWatch_.join();
  const auto table = table_.get();
  // Pollers and sessions first: they wait for what they have last taken in to be stored.
  for (const auto& [name, runtime] : table->peers) runtime->beginStopPolling();
  for (const auto& [name, runtime] : table->peers) runtime->stopPolling();
  if (arrivals_) arrivals_->stop();
  if (deadlines_) deadlines_->stop();
  if (front_) front_->stop(kStopGrace);
  if (pool_) pool_->stop();
  for (const auto& [name, runtime] : table->peers) runtime->stopDelivery();
  if (queue_) {
    if (auto flushed = queue_->deliveries().flush(); !flushed) {
      log_.write(LogLevel::warning, "app", {},
                 "The last settlements could not be written; their deliveries are tried again: " +
                     flushed.error().detail);
    }
  }
  if (history_) history_->stop();
  history_.reset();
  queue_.reset();
  if (lockFile_ >= 0) close(lockFile_);
  lockFile_ = -1;
}

}  // namespace lianqiao::runtime
