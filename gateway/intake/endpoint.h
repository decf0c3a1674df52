#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/refusal_tally.h"
#include "config/gateway_config.h"
#include "crash/crash_guard.h"
#include "http/shares.h"
#include "intake/authenticate.h"
#include "intake/entry.h"
#include "intake/exception_share.h"
#include "intake/outbox.h"
#include "intake/rate_limit.h"
#include "intake/store_refusal.h"
#include "lianqiao/descriptor.h"

namespace lianqiao::intake {

using crash::PeerGuard;
using crash::Permit;

/// The smaller of two limits, of which 0 is none.
inline std::size_t least(std::size_t one, std::size_t other) {
  return one == 0 || other == 0 ? std::max(one, other) : std::min(one, other);
}

/// What the gateway's front knows of one peer. Thread-safe. REQUIRES: what is passed in outlives
/// it.
struct Endpoint {
  Endpoint(const config::PeerConfig& peer, Receiver* receiverOfPeer,
           const EntryMaker& entriesOfPeer, Outbox& outboxOfPeer, const base::Clock& clock,
           Authenticator::RememberNonce nonces, PeerGuard guardOfPeer = {}, HeadMarks marks = {})
      : name(peer.name),
        adapter(peer.adapter),
        enabled(peer.enabled),
        pull(peer.outbound.pull),
        pullLease(peer.outbound.pullLease),
        bodyLimit(least(peer.inbound.body, marks.of.mostBody)),
        concurrency(peer.inbound.concurrency),
        receiver(peer.inbound.mappings.empty() ? nullptr : receiverOfPeer),
        entries(entriesOfPeer),
        outbox(outboxOfPeer),
        authenticator(peer.name, peer.auth, clock, std::move(nonces), marks),
        exceptions(peer.inbound.exceptions.count, peer.inbound.exceptions.bytes),
        rate(peer.inbound.ratePerSecond, peer.inbound.burst, clock),
        guard(std::move(guardOfPeer)),
        strangers(clock),
        refused(clock) {}

  /// Our account of a day, as JSON, for the peer that asks; null: there is none.
  using Manifest = std::function<Result<std::string>(const HttpRequest& request)>;

  const std::string name;
  const std::string adapter;
  const bool enabled;
  const bool pull;
  const std::chrono::milliseconds pullLease;
  const std::size_t bodyLimit;  ///< 0 = the intake's.
  const int concurrency;
  /// Null: this peer sends nothing by itself, or nothing that a mapping could read (it may then be
  /// without any authentication). Owned by app.
  Receiver* const receiver;
  const EntryMaker& entries;
  Outbox& outbox;
  Authenticator authenticator;
  ExceptionShare exceptions;
  RateLimit rate;
  Manifest manifest;  ///< Set before the first request.
  const PeerGuard guard;
  /// Set by the backlog monitor: a destination of this peer's records is over its bound.
  std::atomic<bool> backlogged{false};
  mutable base::RefusalTally strangers;
  StoreRefusal refused;
  const std::shared_ptr<http::PeerLoad> load = std::make_shared<http::PeerLoad>();
};

}  // namespace lianqiao::intake
