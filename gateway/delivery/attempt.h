#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "lianqiao/roles.h"
#include "pipeline/pipeline.h"
#include "queue/deliveries.h"
#include "queue/references.h"

namespace lianqiao::delivery {

/// One thread's attempts at one peer: payloads are made, the adapter is called, whatever it does
/// there is an outcome for each. Not thread-safe. REQUIRES: everything passed in outlives it.
class Attempt {
 public:
  struct Peer {
    const std::string& name;
    const std::string& adapter;
    Sink& sink;
  };
  /// Another node may have it by now: it was not sent.
  struct Elsewhere {};
  struct End {
    queue::Lease lease;
    /// What the peer said · why the outbound mapping cannot express it (the peer was not asked) ·
    /// Elsewhere.
    std::variant<Outcome, Error, Elsewhere> what;
  };

  /// `references`: where the peer's own ids of things are known; null: nowhere.
  Attempt(Peer peer, queue::Deliveries& queue, const pipeline::Pipeline& pipeline,
          queue::References* references = nullptr)
      : peer_(peer), queue_(queue), pipeline_(pipeline), references_(references) {}

  /// One call of the adapter: deliver() for one lease, deliverBatch() for several. An end for each
  /// lease.
  std::vector<End> make(std::vector<queue::Lease> leases, Deadline deadline);

  /// Of the ends of one call the outcome that tells how the peer is: refused before all, then of a
  /// record that it took or judged, which shows that it is well. nullptr: it was not asked.
  static const Outcome* telling(const std::vector<End>& ends);

 private:
  /// What a delivery views into, until the call is over.
  struct Prepared {
    expression::Workspace workspace;
    std::string idempotencyKey;
    std::string text;
  };

  bool lookUp(const std::vector<End>& ends);
  std::optional<Delivery> prepare(End& end, Prepared& prepared);
  std::vector<Outcome> call(Deadline deadline);

  const Peer peer_;
  queue::Deliveries& queue_;
  const pipeline::Pipeline& pipeline_;
  queue::References* const references_;
  std::vector<Prepared> prepared_;
  std::vector<Delivery> deliveries_;
};

}  // namespace lianqiao::delivery
