#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "admin/operations.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "history/store.h"
#include "observe/log.h"
#include "reconcile/comparison.h"
#include "reconcile/our_side.h"
#include "runtime/peer_runtime.h"
#include "runtime/reconciled_days.h"

namespace lianqiao::runtime {

/// Compares days with the other side, by hand and each night, and answers peers that ask for our
/// manifest. Thread-safe. Runs where the history is written: on other nodes there is none.
class Reconciler {
 public:
  struct Services {
    /// Null where this node writes no history.
    std::function<history::HistoryStore*()> history;
    std::function<std::vector<std::shared_ptr<PeerRuntime>>()> peers;
    /// True: nobody is asked any more.
    std::function<bool()> stopping;
    const base::Clock& clock;
    observe::Log& log;
    std::filesystem::path data;
  };

  explicit Reconciler(Services services);
  ~Reconciler() { stop(); }
  Reconciler(const Reconciler&) = delete;
  Reconciler& operator=(const Reconciler&) = delete;

  /// Begins to reconcile daily.
  void start();
  /// Ends after the call of an adapter that is under way, where `stopping` says so. Idempotent.
  void stop();

  /// Compares and keeps the result. Fails with what kept it from that; that is kept, too.
  Result<admin::ReconcileAnswer> reconcile(PeerRuntime& peer, const admin::ReconcileWish& wish);
  /// Our manifest, as that peer asks for it.
  Result<std::string> manifest(PeerRuntime& peer, const HttpRequest& request)
      LIANQIAO_EXCLUDES(days_mutex_);
  /// The last one, of each declared direction.
  [[nodiscard]] std::vector<admin::ReconciledLine> lines(const PeerRuntime& peer) const;

 private:
  /// What we held when a peer asked: its next questions are about the same.
  struct Answered {
    std::shared_ptr<const reconcile::OurSide> side;
    HeldQuery query{};
    std::chrono::steady_clock::time_point at{};
  };

  struct Compared {
    reconcile::Comparison made;
    std::size_t uncompared = 0;
    std::chrono::milliseconds took{};
  };

  Result<Compared> compared(PeerRuntime& peer, bool out, const std::string& day);
  /// Nothing where it is too old, or there is none.
  std::optional<Answered> answeredBefore(const std::string& name, std::chrono::seconds within)
      LIANQIAO_EXCLUDES(days_mutex_);
  void remember(const std::string& name, const Answered& answered) LIANQIAO_EXCLUDES(days_mutex_);
  Result<reconcile::OurSide> ourSide(PeerRuntime& peer, bool out, const HeldQuery& query);
  void keep(PeerRuntime& peer, bool out, const std::string& day, const Result<Compared>& result);
  void run(const std::stop_token& stop);
  void lookAt(PeerRuntime& peer);
  [[nodiscard]] bool isDue(const PeerRuntime& peer, bool out, const std::string& day);

  const Services services_;
  ReconciledDays last_;
  base::Mutex days_mutex_;
  std::map<std::string, Answered> answered_ LIANQIAO_GUARDED_BY(days_mutex_);
  // Of the thread.
  std::map<std::string, std::chrono::steady_clock::time_point> tried_;
  std::jthread thread_;
};

}  // namespace lianqiao::runtime
