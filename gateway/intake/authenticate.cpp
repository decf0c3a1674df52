#include "intake/authenticate.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "lianqiao/ascii.h"
#include "lianqiao/codes.h"
#include "lianqiao/digest.h"
#include "lianqiao/signing.h"

namespace lianqiao::intake {

namespace {

constexpr std::size_t kMostMark = 512;
constexpr std::size_t kMostDigits = 12;

Error unauthenticated(std::string_view why) { return {codes::kUnauthenticated, std::string(why)}; }

/// What stands after "Bearer " (RFC 6750; the scheme's case does not count), or empty.
std::string_view bearerOf(std::string_view value) {
  constexpr std::string_view kScheme = "bearer ";
  const bool bearer =
      value.size() > kScheme.size() && equalIgnoringCase(value.substr(0, kScheme.size()), kScheme);
  if (!bearer) return {};
  value.remove_prefix(std::min(value.find_first_not_of(' ', kScheme.size()), value.size()));
  return value;
}

/// What a signature was used for: no scheme signs the body, so that a replay could carry another
/// one. A GET leases other records each time: no two are the same.
std::string useOf(const HttpRequest& request) {
  if (request.method == "GET") return {};
  std::string whole = request.method + '\n' + request.target + '\n';
  whole += digest(Hash::sha256, request.body);
  return hex(digest(Hash::sha256, whole));
}

}  // namespace

Authenticator::Authenticator(std::string peer, config::CallerAuth auth, const base::Clock& clock,
                             RememberNonce remember, HeadMarks marks)
    : peer_(std::move(peer)),
      auth_(std::move(auth)),
      clock_(clock),
      remember_(std::move(remember)),
      marks_(marks) {}

Result<bool> Authenticator::checkHead(const HttpRequest& head) const {
  const auto proved = [](Result<void> known, bool then) -> Result<bool> {
    if (!known) return std::move(known).error();
    return then;
  };
  switch (auth_.kind) {
    case config::CallerAuth::Kind::token:
      return proved(checkToken(head), true);
    case config::CallerAuth::Kind::hmac:
      return verifyHead(auth_.identity, clock_.wall(), skew(), head);
    case config::CallerAuth::Kind::adapter:
      return proved(checkMarks(head), false);
    case config::CallerAuth::Kind::none:
      break;
  }
  return true;
}

Result<void> Authenticator::check(const HttpRequest& request) const {
  switch (auth_.kind) {
    case config::CallerAuth::Kind::token:
      return checkToken(request);
    case config::CallerAuth::Kind::hmac:
      return checkSignature(request);
    case config::CallerAuth::Kind::none:
    case config::CallerAuth::Kind::adapter:
      break;
  }
  return {};
}

std::chrono::milliseconds Authenticator::skew() const {
  return auth_.skew.count() > 0 ? auth_.skew : defaultSkew(auth_.identity.scheme);
}

Result<void> Authenticator::checkMarks(const HttpRequest& head) const {
  const CallerMarks& marks = marks_.of;
  const bool marked =
      marks.signedBy.empty() ||
      std::any_of(marks.signedBy.begin(), marks.signedBy.end(), [&](std::string_view name) {
        const std::string value = head.parameter(name);
        return !value.empty() && value.size() <= kMostMark;
      });
  if (!marked) return unauthenticated("The request bears no signature in its query.");
  if (marks.time.empty()) return {};
  const std::string text = head.parameter(marks.time);
  std::int64_t seconds = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
  // Longer ones lie beyond every clock and would overflow the difference.
  if (text.empty() || text.size() > kMostDigits || read.ec != std::errc() ||
      read.ptr != text.data() + text.size()) {
    return unauthenticated("The parameter " + std::string(marks.time) +
                           " is no number of seconds.");
  }
  const auto apart = clock_.wall() - WallTime(std::chrono::seconds(seconds));
  if (marks_.skew.count() == 0 || (apart <= marks_.skew && -apart <= marks_.skew)) return {};
  return Error{codes::kClockSkew,
               "The request was signed " +
                   std::to_string(std::chrono::duration_cast<std::chrono::seconds>(apart).count()) +
                   " s before this gateway's time; " + std::string(marks.skew) + " allows less."};
}

Result<void> Authenticator::checkToken(const HttpRequest& request) const {
  if (request.headers.count("Authorization") > 1) {
    return unauthenticated("The Authorization header must stand once.");
  }
  const std::string_view given = bearerOf(request.headers.get("Authorization"));
  if (given.empty()) return unauthenticated("Send the header Authorization: Bearer <token>.");
  bool known = false;
  for (const Secret& token : auth_.tokens) {
    // Every token is compared, so that time does not tell which one was near.
    const bool same = !token.empty() && equalConstantTime(given, token.reveal());
    known = known || same;
  }
  if (!known) return unauthenticated("The bearer token is not one of this peer's.");
  return {};
}

Result<void> Authenticator::checkSignature(const HttpRequest& request) const {
  auto signedAs = verify(auth_.identity, clock_.wall(), skew(), request);
  if (!signedAs) return std::move(signedAs).error();
  // A scheme without a nonce: what comes twice is a duplicate, known by its content.
  if (signedAs->empty()) return {};
  // A signature is good from `skew` before to `skew` after its time: no longer must it be
  // remembered.
  auto fresh = remember_(peer_, *signedAs, useOf(request), 2 * skew());
  if (!fresh) return std::move(fresh).error();
  if (!*fresh) {
    return Error{codes::kReplayedNonce,
                 "What was signed has been used for another request; sign each request anew."};
  }
  return {};
}

}  // namespace lianqiao::intake
