#include "delivery/retry_policy.h"

#include <algorithm>
#include <cmath>

namespace lianqiao::delivery {

std::optional<std::chrono::milliseconds> nextTry(
    const config::RetryPolicy& policy, int attempt, std::chrono::milliseconds age, double random,
    std::optional<std::chrono::milliseconds> notBefore) {
  using std::chrono::milliseconds;
  const double cap = static_cast<double>(policy.cap.count());
  const double grown =
      static_cast<double>(policy.first.count()) * std::pow(policy.factor, std::max(0, attempt - 1));
  // A floor of a tenth keeps a lucky zero from hammering a peer that just failed.
  const double ceiling = std::min(cap, grown);
  milliseconds wait(static_cast<milliseconds::rep>(ceiling * (0.1 + 0.9 * random)));
  if (notBefore && wait < *notBefore) wait = *notBefore;
  if (age + wait > policy.maxAge) return std::nullopt;
  return wait;
}

}  // namespace lianqiao::delivery
