#include <utility>

#include "base/named_thread.h"
#include "lianqiao/codes.h"
#include "lifecycle/life_moves.h"
#include "runtime/gateway.h"

/// The part of Gateway that exchanges peers while it runs.
namespace lianqiao::runtime {
namespace {

using namespace std::chrono_literals;
using Fate = ReloadOutcome::Result;

/// How long a reload waits for former attempts and polls before it answers.
constexpr auto kAnswerWithin = 10s;

}  // namespace

ReloadReport Gateway::reload() {
  const base::Lock lock(reloading_);
  if (stopping_) {
    ReloadReport report;
    report.detail = "The gateway is stopping.";
    return report;
  }
  std::erase_if(handovers_, [](const auto& handover) { return handover.second.over.load(); });
  ReloadReport report;
  {
    ReloadPlan plan(setup_, setup_.config.directory);
    std::map<std::string, std::shared_ptr<PeerRuntime>> made;
    std::optional<setup::Setup> next;
    if (!plan.report().refusedWhole()) {
      made = makeChanged(plan);
      next = plan.settle();
    }
    report = std::move(plan.report());
    if (next) {
      setup_ = std::move(*next);
      // Before the first record that is made by it.
      lives_->set(std::make_shared<const record::LifeTables>(
          lifecycle::tablesOf(setup_.deadlines.cycles, setup_.deadlines.rules)));
      exchange(made, report);
      deadlines_->use(std::make_shared<const lifecycle::Deadlines>(setup_.deadlines));
      keepConfiguration(report);
      journal_->setConfiguration(setup::versionOf(setup_.digests));
      for (const std::string& caution : setup::cautionsOf(setup_))
        log_.write(LogLevel::warning, "config", {}, caution);
      awaitHandovers(report);
    }
  }
  tell(report);
  return report;
}

std::map<std::string, std::shared_ptr<PeerRuntime>> Gateway::makeChanged(ReloadPlan& plan) {
  std::vector<std::string> busy;
  for (const auto& [name, outcome] : plan.report().peers) {
    const bool ends = outcome.result == Fate::removed;
    if (ends && handovers_.contains(name)) busy.push_back(name);
  }
  std::map<std::string, std::shared_ptr<PeerRuntime>> made;
  for (const config::PeerConfig* peer : plan.toMake()) {
    if (handovers_.contains(peer->name)) {
      busy.push_back(peer->name);
      continue;
    }
    auto runtime = PeerRuntime::make(*peer, plan.retryOf(*peer), plan.adapterOf(*peer),
                                     plan.adapterBuildOf(*peer), setup_.pipeline, services());
    if (runtime) {
      made[peer->name] = std::move(runtime).value();
    } else {
      plan.refuse(peer->name, runtime.error().code + ": " + runtime.error().detail);
    }
  }
  for (const std::string& name : busy) {
    plan.refuse(name,
                "Its last change still waits for a call of its former adapter to come back; reload "
                "again later.");
  }
  return made;
}

void Gateway::exchange(const std::map<std::string, std::shared_ptr<PeerRuntime>>& made,
                       ReloadReport& report) {
  const std::shared_ptr<const PeerTable> former = table_.get();
  auto table = std::make_shared<PeerTable>();
  table->gone = former->gone;
  std::vector<std::pair<std::shared_ptr<PeerRuntime>, std::shared_ptr<PeerRuntime>>> changed;
  for (const config::PeerConfig& peer : setup_.config.peers) {
    std::shared_ptr<PeerRuntime> runtime = former->find(peer.name);
    const auto fresh = made.find(peer.name);
    if (fresh != made.end() && report.peers[peer.name].result != Fate::refused) {
      changed.emplace_back(std::move(runtime), fresh->second);
      runtime = fresh->second;
    }
    table->peers[peer.name] = std::move(runtime);
    table->gone.erase(peer.name);
  }
  for (const auto& [name, runtime] : former->peers) {
    if (table->peers.contains(name)) continue;
    changed.emplace_back(runtime, nullptr);
    table->gone.insert(name);
  }
  table->setRoutes(setup_.config);
  pipeline_.use(setup_.pipeline);
  for (const auto& [name, runtime] : table->peers) runtime->use(setup_.pipeline);
  table_.set(std::move(table));
  for (auto& [before, after] : changed) {
    if (before != nullptr) peerWatch_.forget(before->config().name);
    if (before == nullptr) {
      after->startDelivery();
      after->startPolling();
    } else {
      handOver(std::move(before), std::move(after));
    }
  }
}

void Gateway::handOver(std::shared_ptr<PeerRuntime> former, std::shared_ptr<PeerRuntime> next) {
  const std::string& name = former->config().name;
  if (next) next->startFrom(*former);
  Handover& handover = handovers_[name];
  auto started = std::make_shared<std::promise<void>>();
  handover.started = started->get_future().share();
  former->beginStop();
  handover.thread =
      base::startThread("swap-" + name, [former, next, started, &guard = *guard_,
                                         &over = handover.over](const std::stop_token& stop) {
        // What is not back though its time is over may never be: its lease lapses, and order per
        // key is the queue's to keep. A poll must be back: two pollers would move one cursor.
        const bool ended = former->awaitDeliveryEnd();
        if (ended) former->stopDelivery();
        if (next && !stop.stop_requested()) next->startDelivery();
        former->stopPolling();
        // Now that the former settings cannot spend the one more try that the new ones get.
        guard.forgive(former->config().name);
        if (next && !stop.stop_requested()) next->startPolling();
        over = ended;
        started->set_value();
        former->stopDelivery();
        over = true;
      });
}

void Gateway::awaitHandovers(ReloadReport& report) {
  const auto until = std::chrono::steady_clock::now() + kAnswerWithin;
  for (const auto& [name, handover] : handovers_) {
    if (handover.started.wait_until(until) == std::future_status::ready) continue;
    std::string& detail = report.peers[name].detail;
    detail += detail.empty() ? "" : "; ";
    detail +=
        "a call of its former adapter is still under way, what follows it starts when it has come "
        "back";
  }
}

void Gateway::keepConfiguration(const ReloadReport& report) {
  if (!history_) return;
  auto files = setup::KeptConfiguration::read(setup_.config);
  for (const auto& [name, outcome] : report.peers)
    if (const auto digests = setup_.digests.peers.find(name);
        outcome.result == Fate::refused && digests != setup_.digests.peers.end())
      files.keepPeer(files_, name, digests->second);
  if (report.routes.result == Fate::refused) files.keepRoutes(files_);
  files_ = std::move(files);
  history_->use(setup_.config, setup::versionOf(setup_.digests), files_);
}

void Gateway::tell(const ReloadReport& report) {
  const auto tellFindings = [this](const yaml::Findings& findings, std::string_view peer) {
    for (const yaml::Finding& finding : findings.all()) {
      log_.write(LogLevel::error, "reload", {{"peer", peer}, {"code", codes::kConfig}},
                 finding.text());
    }
  };
  tellFindings(report.findings, "-");
  for (const auto& [name, outcome] : report.peers) {
    if (outcome.result == Fate::unchanged) continue;
    const bool refused = outcome.result == Fate::refused;
    tellFindings(outcome.findings, name);
    log_.write(refused ? LogLevel::error : LogLevel::info, "reload", {{"peer", name}},
               std::string(nameOf(outcome.result)) +
                   (outcome.detail.empty() ? "" : ": " + outcome.detail));
  }
  if (report.routes.result == Fate::refused) {
    log_.write(LogLevel::error, "reload", {}, "Routes refused: " + report.routes.detail);
  }
  for (const std::string& key : report.restart) {
    log_.write(LogLevel::warning, "reload", {},
               "The setting " + key + " of lianqiao.yaml changed and takes a restart.");
  }
  log_.write(LogLevel::info, "reload", {},
             report.refusedWhole() ? "Nothing of the new configuration is applied. " + report.detail
             : report.complete()
                 ? "The new configuration is in force."
                 : "The new configuration is in force, but for what is named above.");
}

}  // namespace lianqiao::runtime
