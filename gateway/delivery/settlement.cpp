#include "delivery/settlement.h"

#include <string>
#include <utility>

#include "delivery/retry_policy.h"
#include "lianqiao/codes.h"
#include "record/redact.h"

namespace lianqiao::delivery {
namespace {

using Kind = queue::Settlement::Kind;

queue::Settlement settle(Kind kind, queue::Lease lease) {
  queue::Settlement settled;
  settled.kind = kind;
  lease.event.clear();
  settled.lease = std::move(lease);
  return settled;
}

queue::Settlement settle(Kind kind, queue::Lease lease, std::string code, std::string_view detail) {
  queue::Settlement settled = settle(kind, std::move(lease));
  settled.code = std::move(code);
  settled.detail = record::maskedStart(detail, queue::Settlement::kDetailBytes);
  return settled;
}

}  // namespace

queue::Settlement unattempted(queue::Lease lease) {
  return settle(Kind::returned, std::move(lease));
}

queue::Settlement buried(queue::Lease lease, Error why) {
  return settle(Kind::buried, std::move(lease), std::move(why.code), why.detail);
}

queue::Settlement retried(queue::Lease lease, Error why, std::chrono::milliseconds after) {
  queue::Settlement settled =
      settle(Kind::retry, std::move(lease), std::move(why.code), why.detail);
  settled.after = after;
  return settled;
}

namespace {

queue::Settlement decided(queue::Lease lease, const Outcome& outcome, const Circumstances& now) {
  const auto again = [&](std::chrono::milliseconds after) {
    queue::Settlement settled = settle(Kind::retry, std::move(lease), outcome.code, outcome.detail);
    settled.after = after;
    return settled;
  };
  switch (outcome.verdict) {
    case Verdict::delivered: {
      queue::Settlement settled =
          settle(Kind::delivered, std::move(lease), outcome.code, outcome.detail);
      settled.receipt = outcome.receipt;
      return settled;
    }
    case Verdict::rejected:
      return buried(std::move(lease), {outcome.code, outcome.detail});
    case Verdict::refused:
      return again(now.rest);
    case Verdict::retry:
    case Verdict::throttled:
      break;
  }
  if (const auto after = nextTry(now.retry, lease.attempt, now.age, now.random, outcome.notBefore))
    return again(*after);
  const std::string tries = std::to_string(lease.attempt);
  return buried(
      std::move(lease),
      {codes::kTooOld, "Tried " + tries + " times; last: " + outcome.code + " " + outcome.detail});
}

}  // namespace

queue::Settlement settlementOf(queue::Lease lease, const Outcome& outcome,
                               const Circumstances& now) {
  queue::Settlement settled = decided(std::move(lease), outcome, now);
  settled.answer = outcome.answer;
  return settled;
}

}  // namespace lianqiao::delivery
