#include "runtime/peer_runtime.h"

#include <utility>

#include "base/rfc3339.h"
#include "intake/poller.h"
#include "intake/session_keeper.h"
#include "lianqiao/codes.h"
#include "observe/metric_names.h"
#include "plugin/guarded_call.h"
#include "setup/offline_host.h"

namespace lianqiao::runtime {
namespace {

using namespace std::chrono_literals;

constexpr auto kAttemptGrace = 5s;
constexpr auto kLate = 1min;

intake::HeadMarks marksOf(const config::PeerConfig& peer, const Descriptor& adapter) {
  const CallerMarks& marks = adapter.callerMarks;
  return {marks,
          marks.skew.empty() ? std::chrono::milliseconds(0) : peer.settings.duration(marks.skew)};
}

}  // namespace

PeerRuntime::PeerRuntime(const config::PeerConfig& peer, config::RetryPolicy retry,
                         const Descriptor& adapter, std::string_view build,
                         std::shared_ptr<const pipeline::Pipeline> pipeline,
                         const Services& services)
    : peer_(peer),
      retry_(std::move(retry)),
      services_(services),
      guard_(services.guard, peer.name, build),
      deliversInSession_(adapter.deliversInSession),
      items_(services.metrics.counter(observe::names::kItems, {{"peer", peer.name}})),
      accepted_(services.metrics.counter(observe::names::kRequests,
                                         {{"peer", peer.name}, {"status", "202"}})),
      delivered_(services.metrics.counter(observe::names::kAttempts,
                                          {{"peer", peer.name}, {"result", "delivered"}})),
      attempts_(
          services.metrics.histogram(observe::names::kDeliverySeconds, {{"peer", peer.name}})),
      deliveryExceptions_(peer.outbound.exceptions.count, peer.outbound.exceptions.bytes),
      pipeline_(std::move(pipeline)),
      entries_(
          pipeline_, services.clock, services.ids,
          [&submissions = services.queue.submissions()] { return submissions.comparesFormer(); },
          [&references = services.queue.references()](std::span<const record::Reference> ids) {
            return references.keysOf(ids, queue::References::For::arriving);
          },
          services.references),
      schedule_(peer.outbound.schedule),
      outbox_(services.queue.deliveries(), pipeline_, &deliveryExceptions_,
              &services.queue.references(), services.references.wait,
              [this] { return schedule_.opens(services_.clock.wall()); }) {}

PeerRuntime::~PeerRuntime() {
  stopPolling();
  stopDelivery();
}

Result<std::shared_ptr<PeerRuntime>> PeerRuntime::make(
    const config::PeerConfig& peer, const config::RetryPolicy& retry, const Descriptor& adapter,
    std::string_view build, std::shared_ptr<const pipeline::Pipeline> pipeline,
    const Services& services) {
  std::shared_ptr<PeerRuntime> made(
      new PeerRuntime(peer, retry, adapter, build, std::move(pipeline), services));
  if (peer.enabled) {
    if (auto roles = made->makeRoles(adapter); !roles) return roles.error();
  }
  made->endpoint_ = std::make_unique<intake::Endpoint>(
      made->peer_, made->receiver_.get(), made->entries_, made->outbox_, services.clock,
      [&nonces = services.queue.nonces()](std::string_view scope, std::string_view nonce,
                                          std::string_view use, std::chrono::milliseconds keep) {
        return nonces.remember(scope, nonce, use, keep);
      },
      made->guard_, marksOf(made->peer_, adapter));
  const config::Reconciliation& reconcile = peer.reconcile;
  if (peer.enabled && (reconcile.out || reconcile.in))
    made->endpoint_->manifest = [runtime = made.get()](const HttpRequest& request) {
      return runtime->services_.manifest(*runtime, request);
    };
  return made;
}

Result<void> PeerRuntime::makeRoles(const Descriptor& adapter) {
  const std::filesystem::path folder = services_.data / "peers" / peer_.name;
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    return Error{codes::kConfig,
                 "The folder " + folder.string() + " cannot be made: " + error.message() + "."};
  }
  auto client = http::HttpClient::make(peer_.outbound.tls, services_.clock, peer_.outbound.proxy);
  if (!client) return client.error();
  client_ = std::move(client).value();
  host_ = std::make_unique<plugin::PeerHost>(servicesFor(folder));

  const auto make = [&](std::string_view call, auto factory, auto& role) -> Result<void> {
    if (factory == nullptr) return {};
    auto made = plugin::guardedCall({peer_.adapter, peer_.name, call},
                                    [&] { return factory(peer_.settings, *host_); });
    if (!made) return made.error();
    role = std::move(made).value();
    return {};
  };
  if (auto made = make("makeReceiver", adapter.makeReceiver, receiver_); !made) return made;
  if (auto made = make("makeSource", adapter.makeSource, source_); !made) return made;
  if (auto made = make("makeSession", adapter.makeSession, session_); !made) return made;
  if (auto made = make("makeSink", adapter.makeSink, sink_); !made) return made;
  if (auto made = make("makeCounterpart", adapter.makeCounterpart, counterpart_); !made)
    return made;
  watchRoles();
  return {};
}

void PeerRuntime::watchRoles() {
  if (source_) {
    source_ = std::make_unique<plugin::WatchedSource>(std::move(source_), peer_.adapter, peer_.name,
                                                      services_.watchdog);
  }
  if (session_) {
    session_ = std::make_unique<plugin::WatchedSession>(std::move(session_), peer_.adapter,
                                                        peer_.name, services_.watchdog);
  }
  if (sink_) {
    sink_ = std::make_unique<plugin::WatchedSink>(std::move(sink_), peer_.adapter, peer_.name,
                                                  services_.watchdog);
  }
}

plugin::PeerServices PeerRuntime::servicesFor(const std::filesystem::path& folder) {
  plugin::PeerServices services;
  services.send = [this](const HttpCall& call, Deadline deadline) {
    return client_->send(call, deadline);
  };
  services.log = [this](LogLevel level, std::string_view message) {
    services_.log.write(level, "adapter", {{"peer", peer_.name}}, message);
  };
  services.count = [this](std::string_view counter, std::uint64_t n) {
    services_.metrics.counter(observe::names::kAdapter, {{"peer", peer_.name}, {"name", counter}})
        .add(n);
  };
  services.nonce = setup::randomHex;
  services.stopRequested = [this] { return ending_.load() || services_.stopping.load(); };
  services.itemShapes = [this] { return pipeline_.itemShapes(peer_.name); };
  services.clock = &services_.clock;
  services.dataDirectory = folder;
  return services;
}

void PeerRuntime::startDelivery() {
  if (!sink_ || peer_.outbound.pull) return;
  tellSetTime();
  delivery::Deliverer::Collaborators collaborators{
      services_.queue.deliveries(),
      pipeline_,
      services_.clock,
      [this](std::string_view, const Outcome& outcome, std::chrono::milliseconds took) {
        countAttempt(outcome, took);
      },
      &deliveryExceptions_,
      {},
      &services_.queue.references(),
      services_.references.wait,
      services_.sent};
  if (deliversInSession_) collaborators.shut = [this] { return sessionShut(); };
  auto deliverer = std::make_shared<delivery::Deliverer>(
      peer_, retry_, *sink_, std::move(collaborators), base::randomSeed());
  services_.takers.set(peer_.name, deliverer);
  const base::Lock lock(mutex_);
  deliverer_ = std::move(deliverer);
}

/// A set time that began while nobody ran is made up for as long as it lasts.
void PeerRuntime::tellSetTime() const {
  const WallTime now = services_.clock.wall();
  const auto running = schedule_.running(now);
  if (!running || now - running->begin < kLate) return;
  services_.log.write(LogLevel::info, "delivery", {{"peer", peer_.name}},
                      "Its set time began at " + base::formatTime(running->begin) +
                          ", before this start: what is owed to it is sent now, until " +
                          base::formatTime(running->end) + ".");
}

intake::Inflow::Pause PeerRuntime::unwanted() {
  return [this]() -> std::optional<Error> {
    if (endpoint_->backlogged.load())
      return Error{codes::kOverloaded,
                   "Too many records wait for delivery; it is asked again when they are fewer."};
    return endpoint_->exceptions.full();
  };
}

void PeerRuntime::startPolling() {
  auto asker = makeAsker();
  const base::Lock lock(mutex_);
  asker_ = std::move(asker);
}

std::shared_ptr<intake::Asker> PeerRuntime::makeAsker() {
  if (source_) {
    return std::make_shared<intake::Poller>(peer_, *source_, entries_, services_.queue,
                                            services_.clock, unwanted(), guard_,
                                            &endpoint_->exceptions);
  }
  if (!session_) return nullptr;
  return std::make_shared<intake::SessionKeeper>(
      peer_, *session_, entries_, services_.queue, services_.clock, unwanted(), base::randomSeed(),
      [this](std::string_view code) {
        const std::string& peer = peer_.name;
        (code.empty() ? services_.metrics.counter(observe::names::kSessionsOpened, {{"peer", peer}})
                      : services_.metrics.counter(observe::names::kSessionsLost,
                                                  {{"peer", peer}, {"code", code}}))
            .add();
      },
      guard_, &endpoint_->exceptions);
}

std::optional<Error> PeerRuntime::sessionShut() const {
  const auto running = asker();
  if (running && running->isOpen()) return std::nullopt;
  const bool elsewhere = running && running->status().state == "elsewhere";
  return elsewhere
             ? Error{"", "Another node of this gateway has its session and delivers."}
             : Error{codes::kConnect, "Its session is not open; what is owed waits for that."};
}

void PeerRuntime::beginStop() {
  ending_ = true;
  beginStopPolling();
  if (const auto running = deliverer()) running->beginStop();
}

bool PeerRuntime::awaitDeliveryEnd() {
  const auto running = deliverer();
  return !running || running->awaitEnd(peer_.outbound.deadline + kAttemptGrace);
}

void PeerRuntime::stopDelivery() {
  const auto running = deliverer();
  if (!running) return;
  services_.takers.remove(peer_.name, running.get());
  running->stop();
}

void PeerRuntime::beginStopPolling() {
  if (const auto running = asker()) running->beginStop();
}

void PeerRuntime::stopPolling() {
  if (const auto running = asker()) running->stop();
}

bool PeerRuntime::resumeDelivery() {
  const auto running = deliverer();
  return running && running->resume();
}

bool PeerRuntime::resumePolling() {
  const auto running = asker();
  return running && running->resume();
}

void PeerRuntime::startFrom(const PeerRuntime& former) {
  endpoint_->backlogged = former.endpoint_->backlogged.load();
  endpoint_->exceptions.startFrom(former.endpoint_->exceptions);
  deliveryExceptions_.startFrom(former.deliveryExceptions_);
}

/// A settlement tells nobody when it is stored, but by the next look it is.
void PeerRuntime::knowDeliveryExceptions(const queue::ExceptionShare& stored) {
  const queue::ExceptionShare before = std::exchange(deliveryMark_, deliveryExceptions_.mark());
  deliveryExceptions_.know(stored, before);
}

void PeerRuntime::count(int status, std::size_t items) {
  items_.add(items);
  if (status == 202) {
    accepted_.add();
  } else {
    services_.metrics
        .counter(observe::names::kRequests,
                 {{"peer", peer_.name}, {"status", std::to_string(status)}})
        .add();
  }
}

void PeerRuntime::countAttempt(const Outcome& outcome, std::chrono::milliseconds took) {
  attempts_.observe(std::chrono::duration<double>(took).count());
  if (outcome.verdict == Verdict::delivered) {
    delivered_.add();
  } else {
    services_.metrics
        .counter(observe::names::kAttempts, {{"peer", peer_.name}, {"result", outcome.code}})
        .add();
  }
}

admin::PeerFacts PeerRuntime::facts() const {
  return {.name = peer_.name,
          .title = peer_.title,
          .adapter = peer_.adapter,
          .enabled = peer_.enabled,
          .receives = receiver_ != nullptr,
          .polls = source_ != nullptr || session_ != nullptr,
          .delivers = sink_ != nullptr && !peer_.outbound.pull,
          .pull = peer_.enabled && peer_.outbound.pull,
          .closed = guard_.closedSince().has_value(),
          .contact = peer_.contact,
          .opens = schedule_.opens(services_.clock.wall())};
}

admin::PeerState PeerRuntime::deliveryState() const {
  const auto running = deliverer();
  if (!running) return {"off", {}, {}};
  if (services_.watchdog.isHung(peer_.name, plugin::WatchedSink::kDeliver)) {
    return {"hung", std::string(codes::kPluginHung),
            "its adapter does not come back from a delivery"};
  }
  const delivery::DelivererStatus status = running->status();
  return {.state = status.state,
          .cause = status.cause,
          .detail = status.detail,
          .nextTry = status.nextTry,
          .worked = status.lastDelivered.has_value()};
}

admin::PeerState PeerRuntime::pollingState() const {
  if (const auto since = guard_.closedSince()) {
    return {"resting", std::string(codes::kPluginCrashed),
            "The process ended again and again while the adapter had a request of this peer, each "
            "time another one: all are refused. Mend or exchange the adapter and start the gateway "
            "again; or lianqiao resume " +
                peer_.name + ".",
            since};
  }
  const auto running = asker();
  if (!running) return {"off", {}, {}};
  const intake::InboundStatus status = running->status();
  admin::PeerState state{status.state, status.cause, status.detail, status.since, status.unread};
  state.nextTry = status.nextTry;
  state.worked = status.state == "ok";
  if (status.session) {
    state.session = admin::SessionState{.openSince = status.session->openSince,
                                        .lastHeard = status.session->lastHeard,
                                        .opened = status.session->opened,
                                        .lostAt = status.session->lostAt,
                                        .lostCause = status.session->lostCause,
                                        .lostDetail = status.session->lostDetail};
  }
  if (const std::string_view call = hungCall(); !call.empty()) {
    state.state = "hung";
    state.cause = codes::kPluginHung;
    state.detail = "its adapter does not come back from " + std::string(call);
  }
  return state;
}

std::string_view PeerRuntime::hungCall() const {
  if (services_.watchdog.isHung(peer_.name, plugin::WatchedSource::kPoll)) return "a poll";
  for (const std::string_view call : plugin::WatchedSession::kCalls)
    if (services_.watchdog.isHung(peer_.name, call)) return call;
  return {};
}

std::shared_ptr<delivery::Deliverer> PeerRuntime::deliverer() const {
  const base::Lock lock(mutex_);
  return deliverer_;
}

std::shared_ptr<intake::Asker> PeerRuntime::asker() const {
  const base::Lock lock(mutex_);
  return asker_;
}

}  // namespace lianqiao::runtime
