#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "base/named_thread.h"
#include "lianqiao/codes.h"
#include "observe/metric_names.h"
#include "review/record_store.h"
#include "runtime/gateway.h"

/// The part of Gateway that looks at its peers and its queue each second: for back-pressure, the
/// metrics and the log.
namespace lianqiao::runtime {
namespace {

using namespace std::chrono_literals;
namespace names = observe::names;

constexpr auto kLookEvery = 1s;

void raiseTo(observe::Counter& counter, std::uint64_t value) {
  if (value > counter.value()) counter.add(value - counter.value());
}

admin::Refusing exceptionsFull(const std::string& peer, const std::string& way,
                               const config::ExceptionLimits& limits, const std::string& what,
                               const std::string& then) {
  return {peer, std::string(codes::kExceptionsFull),
          what + " (" + std::to_string(limits.count) + " or " + std::to_string(limits.bytes >> 20) +
              " MiB: " + way + ".exceptions, " + way + ".exception_bytes): " + then +
              ". Mend the cause, then lianqiao replay --peer " + peer +
              ", or lianqiao close what nobody needs",
          way == "outbound"};
}

double residentBytes() {
  std::ifstream file("/proc/self/statm");
  double size = 0;
  double resident = 0;
  file >> size >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

}  // namespace

void Gateway::watchPeers(const std::stop_token& stop) {
  metrics_.gauge(names::kBuild, {{"version", LIANQIAO_VERSION}}).set(1);
  metrics_.gauge(names::kStart)
      .set(std::chrono::duration<double>(clock_.wall().time_since_epoch()).count());
  while (!stop.stop_requested()) {
    metrics_.gauge(names::kQueueUp).set(queue_->health().available() ? 1 : 0);
    if (const auto spool = queue_->health().spool()) showSpool(*spool);
    metrics_.gauge(names::kResident).set(residentBytes());
    raiseTo(metrics_.counter(names::kLogDropped), log_.dropped());
    // What began before the start goes on: it is taken up before anybody is looked at.
    lookAtSigns(*table_.get());
    lookAtBacklog(*table_.get());
    lookAtExceptions(*table_.get());
    showCounts();
    showRefusing();
    base::awaitStop(stop, kLookEvery);
  }
}

void Gateway::showCounts() {
  if (const auto counts = queue_->records().counts()) {
    for (const auto& [peer, count] : *counts) {
      raiseTo(metrics_.counter(names::kAccepted, {{"peer", peer}}), count.accepted);
      raiseTo(metrics_.counter(names::kDuplicates, {{"peer", peer}}), count.duplicates);
      raiseTo(metrics_.counter(names::kQuarantined, {{"peer", peer}}), count.quarantined);
    }
  }
  const auto causes = queue_->records().exceptionCounts();
  if (!causes) return;
  for (auto& [cause, count] : exceptionCauses_) count = 0;
  for (const auto& [cause, count] : *causes) exceptionCauses_[cause] = count;
  for (const auto& [cause, count] : exceptionCauses_) {
    const std::size_t blank = std::min(cause.find(' '), cause.size());
    metrics_
        .gauge(names::kExceptions, {{"peer", cause.substr(0, blank)},
                                    {"code", cause.substr(std::min(blank + 1, cause.size()))}})
        .set(static_cast<double>(count));
  }
}

std::vector<admin::Refusing> Gateway::refusing() const {
  std::vector<admin::Refusing> all;
  if (auto why = queue_->submissions().refusal())
    all.push_back({{}, std::move(why->code), std::move(why->detail)});
  const auto table = table_.get();
  for (const auto& [name, runtime] : table->peers) {
    const config::Inbound& inbound = runtime->config().inbound;
    if (runtime->endpoint().backlogged.load())
      all.push_back({name, std::string(codes::kOverloaded),
                     "more than " + std::to_string(inbound.backlog) +
                         " records (inbound.backlog) wait where its go; see which destination does "
                         "not take them"});
    if (runtime->endpoint().exceptions.full())
      all.push_back(exceptionsFull(name, "inbound", inbound.exceptions,
                                   "its exceptions have reached their share",
                                   "its senders get 429, its source pauses"));
    if (runtime->deliveryExceptionsFull())
      all.push_back(exceptionsFull(name, "outbound", runtime->config().outbound.exceptions,
                                   "too many of its deliveries are exceptions",
                                   "nothing is sent to it, what is owed waits"));
    if (auto why = runtime->endpoint().refused.get())
      all.push_back({name, std::move(why->code), std::move(why->detail)});
    const admin::PeerState polling = runtime->pollingState();
    if (polling.state == "resting" || polling.cause == codes::kQueueRefused)
      all.push_back({name, polling.cause, polling.detail});
  }
  return all;
}

void Gateway::showRefusing() {
  const auto table = table_.get();
  for (const auto& [name, runtime] : table->peers)
    if (const auto lasted = runtime->endpoint().refused.over())
      log_.write(LogLevel::info, "intake", {{"peer", name}, {"code", codes::kQueueRefused}},
                 "Records of this peer are stored again; the last one was refused " +
                     std::to_string(lasted->count()) + " s after the first.");
  std::set<std::pair<std::string, std::string>> now;
  for (const admin::Refusing& one : refusing()) now.emplace(one.peer, one.code);
  refusing_.insert(now.begin(), now.end());
  for (const auto& one : refusing_)
    metrics_.gauge(names::kRefusing, {{"peer", one.first}, {"code", one.second}})
        .set(now.contains(one) ? 1 : 0);
  const auto obstacle = queue_->health().obstacle();
  if (obstacle) obstacles_.insert(obstacle->code);
  for (const std::string& code : obstacles_)
    metrics_.gauge(names::kObstacle, {{"code", code}})
        .set(obstacle && obstacle->code == code ? 1 : 0);
}

/// What is in Redis is as it was last read, while that is away.
void Gateway::lookAtExceptions(const PeerTable& table) {
  std::map<std::string, queue::ExceptionShare, std::less<>> marks;
  for (const auto& [name, runtime] : table.peers)
    marks.emplace(name, runtime->endpoint().exceptions.mark());
  auto stored = queue_->records().exceptionShares();
  const bool told = stored.ok();
  if (told) exceptionShares_ = std::move(stored).value();
  const auto spool = queue_->health().spool();
  for (const auto& [name, runtime] : table.peers) {
    queue::ExceptionShare share = exceptionShares_[name].inbound;
    if (told) runtime->knowDeliveryExceptions(exceptionShares_[name].deliveries);
    if (spool) {
      const auto kept = spool->exceptions.find(name);
      if (kept != spool->exceptions.end()) {
        share.count += kept->second.count;
        share.bytes += kept->second.bytes;
      }
    }
    runtime->endpoint().exceptions.know(share, marks[name]);
    metrics_.gauge(names::kExceptionBytes, {{"peer", name}}).set(static_cast<double>(share.bytes));
  }
}

void Gateway::showSpool(const queue::SpoolDepth& spool) {
  metrics_.gauge(names::kSpoolRequests).set(static_cast<double>(spool.submissions));
  metrics_.gauge(names::kSpoolBytes).set(static_cast<double>(spool.bytes));
  metrics_.gauge(names::kSpoolAside).set(static_cast<double>(spool.aside));
  const auto age = spool.oldest ? clock_.wall() - *spool.oldest : std::chrono::milliseconds(0);
  metrics_.gauge(names::kSpoolOldestSeconds).set(std::chrono::duration<double>(age).count());
}

void Gateway::lookAtBacklog(const PeerTable& table) {
  std::map<std::string, std::uint64_t> waiting;
  std::map<std::string, PeerWatch::Backlog> backlogs;
  std::set<std::string> owed = table.gone;
  for (const auto& [name, runtime] : table.peers) {
    if (runtime->takes()) owed.insert(name);
  }
  for (const std::string& name : owed) {
    auto depth = queue_->records().depth(name);
    if (!depth) continue;
    const std::uint64_t open = depth->waiting + depth->retrying + depth->leased;
    waiting[name] = depth->waiting + depth->retrying;
    metrics_.gauge(names::kWaiting, {{"peer", name}}).set(static_cast<double>(open));
    const auto age = depth->oldest ? clock_.wall() - *depth->oldest : std::chrono::milliseconds(0);
    metrics_.gauge(names::kOldestSeconds, {{"peer", name}})
        .set(std::chrono::duration<double>(age).count());
    backlogs[name] = {open, age};
  }
  for (const auto& [name, runtime] : table.peers) {
    const auto backlog = backlogs.find(name);
    lookAtPeer(*runtime, backlog == backlogs.end() ? std::nullopt : std::optional(backlog->second));
    const std::set<std::string>& destinations = table.destinations.at(name);
    const std::size_t most = runtime->config().inbound.backlog;
    const bool over = std::any_of(destinations.begin(), destinations.end(),
                                  [&](const std::string& to) { return waiting[to] > most; });
    runtime->endpoint().backlogged.store(over, std::memory_order_relaxed);
  }
}

void Gateway::showSession(const std::string& peer, const admin::SessionState& session) {
  metrics_.gauge(names::kSessionOpen, {{"peer", peer}}).set(session.openSince ? 1 : 0);
  if (session.lastHeard)
    metrics_.gauge(names::kSessionHeard, {{"peer", peer}})
        .set(std::chrono::duration<double>(session.lastHeard->time_since_epoch()).count());
}

void Gateway::lookAtPeer(const PeerRuntime& runtime,
                         const std::optional<PeerWatch::Backlog>& backlog) {
  const std::string& name = runtime.config().name;
  peerWatch_.look(name, PeerWatch::Way::delivery, runtime.deliveryState(), backlog);
  const admin::PeerState polling = runtime.pollingState();
  peerWatch_.look(name, PeerWatch::Way::polling, polling, std::nullopt);
  if (polling.session) showSession(name, *polling.session);
  const bool down = polling.state == "resting" ||
                    peerWatch_.downSince(name, PeerWatch::Way::delivery).has_value();
  metrics_.gauge(names::kPaused, {{"peer", name}}).set(down ? 1 : 0);
}

}  // namespace lianqiao::runtime
