#include "resend/refusal.h"

#include "base/rfc3339.h"
#include "lianqiao/codes.h"

namespace lianqiao::resend {

std::optional<Refused> refusalOf(const review::ResendVerdict& verdict) {
  using Cause = review::ResendVerdict::Cause;
  Refused refused{verdict.delivery.record, verdict.delivery.peer, {}, {}};
  const std::string since = base::formatTime(verdict.since);
  const auto is = [&](std::string_view code, std::string message) {
    refused.code = code;
    refused.message = std::move(message);
  };
  switch (verdict.cause) {
    case Cause::none:
      return std::nullopt;
    case Cause::gone:
    case Cause::unknown:
      is(codes::kResendUnknown, "Neither the queue nor the history has a delivery of it to " +
                                    verdict.delivery.peer + " with its content (any more).");
      break;
    case Cause::erased:
      is(codes::kResendErased, "Its contents were erased on a person's request.");
      break;
    case Cause::underWay:
      is(codes::kResendUnderWay, "It is not delivered yet; lianqiao trail tells why it waits.");
      break;
    case Cause::buried:
      is(codes::kResendBuried, "It was not delivered: it ended as the exception " + verdict.text +
                                   ". While that is open, lianqiao replay takes it up.");
      break;
    case Cause::resent:
      is(codes::kResendAlready,
         "At " + since + " it was sent again by " + verdict.text + ". --again sends it once more.");
      break;
    case Cause::failed:
      is(codes::kQueueRefused,
         "Redis refused it: " + verdict.text + ". lianqiao doctor looks for the damaged key.");
      refused.failed = true;
      break;
  }
  return refused;
}

Refused unknownOf(const std::string& word, const std::string& peer, std::string message) {
  return {word, peer, std::string(codes::kResendUnknown), std::move(message)};
}

}  // namespace lianqiao::resend
