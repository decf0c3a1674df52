#include <algorithm>
#include <charconv>

#include "lianqiao/codes.h"
#include "lianqiao/roles.h"
#include "lianqiao/text.h"
#include "lianqiao/time.h"

namespace lianqiao {
namespace {

/// Retry-After as seconds, or as a date where the answer's own Date tells from when.
std::optional<std::chrono::milliseconds> retryAfter(const Headers& headers) {
  const std::string_view field = trim(headers.get("Retry-After"));
  if (field.empty()) return std::nullopt;
  // A year is as good as any longer time, and keeps the arithmetic from overflowing.
  constexpr std::chrono::seconds kMost = std::chrono::hours(24 * 366);
  if (field.find_first_not_of("0123456789") == field.npos) {
    std::int64_t seconds = 0;
    const auto read = std::from_chars(field.data(), field.data() + field.size(), seconds);
    if (read.ec != std::errc()) return kMost;
    return std::min(std::chrono::seconds(seconds), kMost);
  }
  const auto then = parseHttpDate(field);
  const auto now = parseHttpDate(trim(headers.get("Date")));
  if (!then || !now) return std::nullopt;
  return std::clamp<std::chrono::milliseconds>(*then - *now, std::chrono::seconds(0), kMost);
}

Outcome judged(const HttpResponse& answer) {
  const int status = answer.status;
  if (status >= 200 && status < 300) return Outcome::delivered();
  const std::string said = "the peer answered HTTP " + std::to_string(status);
  if (status == 429 || status == 503) {
    Outcome outcome = Outcome::failed(Verdict::throttled, codes::kThrottled, said);
    outcome.notBefore = retryAfter(answer.headers);
    return outcome;
  }
  if (status == 401 || status == 403 || status == 407) {
    return Outcome::failed(Verdict::refused, codes::kRefused,
                           said + "; check this peer's credential and permission");
  }
  // A wrong address says nothing of the record: it must not turn every record into an exception.
  const bool redirect = status >= 300 && status < 400;
  if (redirect || status == 404 || status == 405 || status == 421 || status == 501) {
    return Outcome::failed(
        Verdict::refused, codes::kRefused,
        said + (redirect ? "; redirects are not followed, correct this peer's URL"
                         : "; check this peer's URL"));
  }
  if (status == 408 || status == 425 || status >= 500) {
    return Outcome::failed(Verdict::retry, codes::kPeerError, said);
  }
  if (status < 200) {
    return Outcome::failed(Verdict::retry, codes::kProtocol, said + " as its final answer");
  }
  return Outcome::failed(Verdict::rejected, codes::kRejected, said);
}

}  // namespace

Outcome outcomeOfHttp(const HttpResponse& answer) {
  Outcome outcome = judged(answer);
  if (outcome.verdict != Verdict::delivered)
    outcome.answer = cutAt(answer.body, Outcome::kAnswerBytes);
  return outcome;
}

Outcome outcomeOfError(const Error& error) {
  Verdict verdict = Verdict::retry;
  if (error.code == codes::kRejected) verdict = Verdict::rejected;
  if (error.code == codes::kRefused) verdict = Verdict::refused;
  if (error.code == codes::kThrottled) verdict = Verdict::throttled;
  return Outcome::failed(verdict, error.code, error.detail);
}

}  // namespace lianqiao
