/// The part of Gateway that knows of each peer when it was last heard of, whether that is long ago,
/// and when it was away, over restarts and nodes.
#include "runtime/gateway.h"

namespace lianqiao::runtime {

void Gateway::lookAtSigns(const PeerTable& table) {
  review::PeerSigns* signs = queue_->signs();
  if (signs == nullptr) return;
  std::vector<SilenceWatch::Sender> senders;
  for (const auto& [name, runtime] : table.peers) {
    if (!outages_.takeUp(*signs, node_, name, peerWatch_)) return;
    const admin::PeerFacts facts = runtime->facts();
    if (facts.enabled && (facts.receives || facts.polls))
      senders.push_back({name, runtime->config().expect});
  }
  // While Redis is away what is known stands; that it is away is said elsewhere.
  static_cast<void>(silence_.look(*signs, senders));
  outages_.write(*signs);
}

std::vector<observe::RefusedCaller> Gateway::refusedCallers() const {
  return refusedCallers_.all();
}

std::uint64_t Gateway::refusedCallersGone() const { return refusedCallers_.gone(); }

std::optional<admin::Silence> Gateway::silence(const std::string& peer) const {
  return silence_.silence(peer);
}

}  // namespace lianqiao::runtime
