#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "queue/takers.h"

namespace lianqiao::test {

/// A taker that is what the test says; without a word of it, one that demands nothing.
class CalledTaker final : public queue::Taker {
 public:
  std::function<Demand()> onDemand;
  std::function<void(Result<std::vector<queue::Lease>>)> onTake;
  std::function<void()> onWake;

  Demand demand() override { return onDemand ? onDemand() : Demand{}; }
  void take(Result<std::vector<queue::Lease>> leases) override {
    if (onTake) onTake(std::move(leases));
  }
  void wake() override {
    if (onWake) onWake();
  }
};

/// `wake` is called with the name of whichever of the tests' receivers may have something; empty:
/// nobody is told any more.
inline void listen(queue::Takers& takers, const std::function<void(std::string_view peer)>& wake) {
  for (const std::string peer : {"province", "city", "grid"}) {
    const auto taker = std::make_shared<CalledTaker>();
    if (wake) taker->onWake = [wake, peer] { wake(peer); };
    takers.set(peer, taker);
  }
}

}  // namespace lianqiao::test
