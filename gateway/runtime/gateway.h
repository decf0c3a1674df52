#pragma once

#include <atomic>
#include <future>
#include <map>
#include <memory>
#include <set>
#include <thread>

#include "admin/api.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/snapshot.h"
#include "crash/crash_guard.h"
#include "crash/flight_book.h"
#include "http/http_front.h"
#include "intake/arrivals.h"
#include "intake/own_records.h"
#include "intake/replay.h"
#include "intake/service.h"
#include "observe/log.h"
#include "observe/metrics.h"
#include "observe/refused_callers.h"
#include "queue/journal_mark.h"
#include "record/life_tables.h"
#include "resend/resend.h"
#include "runtime/admin_port.h"
#include "runtime/deadline_watch.h"
#include "runtime/kept_history.h"
#include "runtime/outage_notes.h"
#include "runtime/peer_runtime.h"
#include "runtime/peer_watch.h"
#include "runtime/reconciler.h"
#include "runtime/reload_plan.h"
#include "runtime/scheduled_reports.h"
#include "runtime/sent_again.h"
#include "runtime/silence_watch.h"
#include "setup/kept_configuration.h"
#include "setup/setup.h"
#include "storage/work_queue.h"

namespace lianqiao::runtime {

/// The running gateway: builds every part in the order of dependence, stops them in reverse. One
/// per process. start() and stop() are for one thread; reload() is for any.
class Gateway : private admin::Operations {
 public:
  /// Everything up and serving, or the first Error and nothing left running. The data folder is
  /// locked to this process.
  static Result<std::unique_ptr<Gateway>> start(setup::Setup setup, observe::Log& log);
  ~Gateway() override;

  /// Reads the configuration folder again, checks all of it, and applies it peer by peer, each
  /// wholly or not at all. What runs is exchanged, never paused: requests and attempts under way
  /// end on what they began with; a changed peer's next delivery waits for those of its own, a
  /// poller for its batch. Returns when all is applied; of a peer whose former attempts last longer
  /// than a few seconds the report says so.
  ReloadReport reload() LIANQIAO_EXCLUDES(reloading_);

  /// Stops intake, lets attempts end, gives leases back, closes Redis. Idempotent.
  void stop() LIANQIAO_EXCLUDES(reloading_);

  [[nodiscard]] std::uint16_t peersPort() const { return front_->port(); }
  [[nodiscard]] std::uint16_t adminPort() const { return admin_->port(); }

 private:
  /// The peers as they are between two reloads. Immutable.
  struct PeerTable {
    std::map<std::string, std::shared_ptr<PeerRuntime>, std::less<>> peers;
    /// By sender: whom its records may go to.
    std::map<std::string, std::set<std::string>> destinations;
    /// Removed since the start: what is owed to them is still watched.
    std::set<std::string> gone;
    [[nodiscard]] std::shared_ptr<PeerRuntime> find(std::string_view name) const;
    void setRoutes(const config::GatewayConfig& config);
  };
  /// A former runtime that comes to its end, and then the start of the next.
  struct Handover {
    std::shared_future<void> started;
    std::atomic<bool> over{false};
    std::jthread thread;
  };

  Gateway(setup::Setup setup, observe::Log& log);
  Result<void> lockData();
  void openGuard(const config::GatewayConfig& config);
  Result<void> openQueue(const config::GatewayConfig& config);
  void openHistory(const config::GatewayConfig& config);
  Result<void> makePeers() LIANQIAO_EXCLUDES(reloading_);
  Result<void> startIntake(const config::GatewayConfig& config);
  void startReconciling();
  void startDeadlines(const config::GatewayConfig& config) LIANQIAO_EXCLUDES(reloading_);
  Result<void> startAdmin(const config::GatewayConfig& config);
  PeerRuntime::Services services();
  /// Of the history: what that peer sent or was owed.
  Result<std::vector<intake::OwnRecord>> olderRecords(std::string_view peer, std::string_view id);
  void tellHung(const plugin::HungCall& call);
  std::shared_ptr<PeerRuntime> peer(std::string_view name) const {
    return table_.get()->find(name);
  }

  // gateway_operations.cpp: admin::Operations.
  [[nodiscard]] admin::HistoryState historyState() const override;
  [[nodiscard]] history::HistoryStore* historyStore() const override;
  [[nodiscard]] std::vector<report::Report> reports() const override LIANQIAO_EXCLUDES(reloading_);
  void rebuildHistory() override { history_->rebuild(); }
  Result<admin::SentPayload> sent(const history::Trail& trail,
                                  const history::Delivery& delivery) override
      LIANQIAO_EXCLUDES(reloading_);
  [[nodiscard]] std::vector<admin::PeerFacts> peers() const override;
  [[nodiscard]] admin::PeerState delivery(const std::string& peer) const override;
  [[nodiscard]] admin::PeerState polling(const std::string& peer) const override;
  [[nodiscard]] std::vector<admin::Refusing> refusing() const override;
  [[nodiscard]] std::vector<std::string> ignored(const std::string& peer) const override;
  [[nodiscard]] std::string mask(const std::string& event) const override;
  [[nodiscard]] std::string metricsText() const override { return metrics_.text(); }
  Result<admin::ReplayAnswer> replayOne(const std::string& exceptionId,
                                        admin::ReplayOptions mode) override;
  Result<admin::ReplayAnswer> replayPage(const review::ExceptionFilter& filter,
                                         admin::ReplayOptions mode) override;
  admin::ReloadAnswer reloadConfiguration() override LIANQIAO_EXCLUDES(reloading_);
  admin::Resumed resume(const std::string& name) override;
  Result<admin::ReconcileAnswer> reconcile(const admin::ReconcileWish& wish) override;
  [[nodiscard]] std::vector<admin::ReconciledLine> reconciled(
      const std::string& peer) const override;
  void noteClosed(const review::ExceptionInfo& exception, const std::string& note) override;
  void noteResend(const review::ResendList& list) override;
  void noteRawShown(const std::string& what, const std::string& by) override;

  // gateway_signs.cpp
  void lookAtSigns(const PeerTable& table);
  [[nodiscard]] std::vector<observe::RefusedCaller> refusedCallers() const override;
  [[nodiscard]] std::uint64_t refusedCallersGone() const override;
  [[nodiscard]] std::optional<admin::Silence> silence(const std::string& peer) const override;

  // gateway_watch.cpp
  void watchPeers(const std::stop_token& stop);
  void showSpool(const queue::SpoolDepth& spool);
  void showCounts();
  void showRefusing();
  void lookAtExceptions(const PeerTable& table);
  void lookAtBacklog(const PeerTable& table);
  void showSession(const std::string& peer, const admin::SessionState& session);
  void lookAtPeer(const PeerRuntime& runtime, const std::optional<PeerWatch::Backlog>& backlog);

  // gateway_reload.cpp
  std::map<std::string, std::shared_ptr<PeerRuntime>> makeChanged(ReloadPlan& plan)
      LIANQIAO_REQUIRES(reloading_);
  void exchange(const std::map<std::string, std::shared_ptr<PeerRuntime>>& made,
                ReloadReport& report) LIANQIAO_REQUIRES(reloading_);
  void handOver(std::shared_ptr<PeerRuntime> former, std::shared_ptr<PeerRuntime> next)
      LIANQIAO_REQUIRES(reloading_);
  void awaitHandovers(ReloadReport& report) LIANQIAO_REQUIRES(reloading_);
  void keepConfiguration(const ReloadReport& report) LIANQIAO_REQUIRES(reloading_);
  void tell(const ReloadReport& report);

  const std::filesystem::path data_;
  const std::string node_;
  observe::Log& log_;
  observe::Metrics metrics_;
  base::SystemClock clock_;
  base::IdSource ids_;
  std::atomic<bool> stopping_{false};
  int lockFile_ = -1;
  Secret adminToken_;

  const config::ReferenceSettings references_;
  mutable base::Mutex reloading_;
  setup::Setup setup_ LIANQIAO_GUARDED_BY(reloading_);
  /// As it is in force: of what a reload has refused the former files.
  setup::KeptConfiguration files_ LIANQIAO_GUARDED_BY(reloading_);

  plugin::Watchdog watchdog_;                   // before the roles that it looks after
  std::shared_ptr<crash::FlightBook> flights_;  // before all that notes in it
  std::unique_ptr<crash::CrashGuard> guard_;
  const std::shared_ptr<queue::Takers> takers_ = std::make_shared<queue::Takers>();
  std::shared_ptr<queue::JournalMark> journal_;                // set by openQueue()
  std::shared_ptr<base::Snapshot<record::LifeTables>> lives_;  // likewise
  std::unique_ptr<storage::WorkQueue> queue_;
  std::unique_ptr<record::SentPayloads> sent_;  // on its way to the history
  std::unique_ptr<KeptHistory> history_;        // null where none is kept
  SentAgain sentAgain_;
  SwitchedPipeline pipeline_;  // of all peers: for replays and masks
  base::Snapshot<PeerTable> table_;
  OutageNotes outages_;
  PeerWatch peerWatch_;
  SilenceWatch silence_{log_, clock_};
  observe::RefusedCallers refusedCallers_{clock_};
  // Of the watching thread.
  std::map<std::string, std::uint64_t> exceptionCauses_;       // "peer code"
  std::map<std::string, review::PeerShares> exceptionShares_;  // by peer, last time
  std::set<std::pair<std::string, std::string>> refusing_;     // peer, code: shown ever
  std::set<std::string> obstacles_;                            // codes shown ever
  const intake::EntryMaker entries_;
  std::unique_ptr<intake::Replay> replay_;
  std::unique_ptr<resend::Resend> resend_;
  std::unique_ptr<intake::Arrivals> arrivals_;
  std::unique_ptr<DeadlineWatch> deadlines_;
  // Before the pool: what is left there knows the service.
  std::unique_ptr<intake::OwnRecords> ownRecords_;
  std::unique_ptr<intake::Service> service_;
  std::unique_ptr<intake::WorkPool> pool_;
  std::unique_ptr<http::HttpFront> front_;
  std::unique_ptr<admin::Api> api_;
  std::unique_ptr<AdminPort> admin_;
  std::jthread backlogWatch_;
  std::unique_ptr<Reconciler> reconciler_;  // its thread asks peers and history
  std::unique_ptr<ScheduledReports> scheduledReports_;
  std::map<std::string, Handover> handovers_ LIANQIAO_GUARDED_BY(reloading_);
};

}  // namespace lianqiao::runtime
