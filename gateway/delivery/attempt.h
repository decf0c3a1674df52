#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "config/gateway_config.h"
#include "lianqiao/roles.h"
#include "pipeline/pipeline.h"
#include "queue/deliveries.h"
#include "queue/references.h"
#include "record/sent_payloads.h"

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
  /// It was not sent, for the peer's own id of its thing is not known yet; it is tried again.
  struct Lacking {
    Error why;
    std::chrono::milliseconds after;
  };
  struct End {
    queue::Lease lease;
    /// What the peer said · why the outbound mapping cannot express it (the peer was not asked) ·
    /// Elsewhere · Lacking.
    std::variant<Outcome, Error, Elsewhere, Lacking> what;
    std::string digest = {};  ///< Of the payload that was delivered, where it is kept.
  };

  /// `references`: where the peer's own ids of things are known; null: nowhere. `wait`: so long a
  /// delivery may lack one. `sent`, where not null, gets the payloads that were delivered.
  Attempt(Peer peer, queue::Deliveries& queue, const pipeline::Pipeline& pipeline,
          queue::References* references = nullptr,
          std::chrono::milliseconds wait = config::ReferenceSettings().wait,
          record::SentPayloads* sent = nullptr)
      : peer_(peer),
        queue_(queue),
        pipeline_(pipeline),
        references_(references),
        wait_(wait),
        sent_(sent) {}

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

  void lack(End& end, Error why);
  bool lookUp(const std::vector<End>& ends);
  std::optional<Delivery> prepare(End& end, Prepared& prepared);
  std::vector<Outcome> call(Deadline deadline);
  void handOver(End& end, std::string payload);

  const Peer peer_;
  queue::Deliveries& queue_;
  const pipeline::Pipeline& pipeline_;
  queue::References* const references_;
  const std::chrono::milliseconds wait_;
  record::SentPayloads* const sent_;
  std::vector<Prepared> prepared_;
  std::vector<Delivery> deliveries_;
};

}  // namespace lianqiao::delivery
