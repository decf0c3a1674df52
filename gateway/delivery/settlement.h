#pragma once

#include <chrono>

#include "config/gateway_config.h"
#include "lianqiao/roles.h"
#include "queue/deliveries.h"

/// What becomes of a lease. Pure; details are cut to what is kept.
namespace lianqiao::delivery {

/// What a settlement after an attempt depends on besides its outcome.
struct Circumstances {
  const config::RetryPolicy& retry;
  std::chrono::milliseconds age;   ///< By which the retry policy gives up.
  std::chrono::milliseconds rest;  ///< That a peer is given which refuses us.
  double random;                   ///< Uniform in [0, 1).
};

/// delivered → delivered · rejected → buried · refused → retry after the rest, never buried: the
/// record is not at fault · retry, throttled → retry, or buried with deliver.too_old once the
/// policy gives up.
queue::Settlement settlementOf(queue::Lease lease, const Outcome& outcome,
                               const Circumstances& now);
/// Back to the queue: the attempt does not count.
queue::Settlement unattempted(queue::Lease lease);
/// Tried again after that time, without having asked the peer.
queue::Settlement retried(queue::Lease lease, Error why, std::chrono::milliseconds after);
/// An exception, without asking the peer.
queue::Settlement buried(queue::Lease lease, Error why);

}  // namespace lianqiao::delivery
