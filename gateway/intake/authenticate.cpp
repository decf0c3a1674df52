#include "intake/authenticate.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "lianqiao/codes.h"
#include "lianqiao/digest.h"
#include "lianqiao/signing.h"

namespace lianqiao::intake {

namespace {

Error unauthenticated(std::string_view why) {
  return {std::string(codes::kUnauthenticated), std::string(why)};
}

/// What stands after "Bearer " (RFC 6750; the scheme's case does not count), or empty.
std::string_view bearerOf(std::string_view value) {
  constexpr std::string_view kScheme = "bearer ";
  const bool bearer =
      value.size() > kScheme.size() &&
      std::equal(kScheme.begin(), kScheme.end(), value.begin(), [](char expected, char c) {
        return expected == std::tolower(static_cast<unsigned char>(c));
      });
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
                             RememberNonce remember)
    : peer_(std::move(peer)),
      auth_(std::move(auth)),
      clock_(clock),
      remember_(std::move(remember)) {}

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
  const auto skew = auth_.skew.count() > 0 ? auth_.skew : defaultSkew(auth_.identity.scheme);
  auto signedAs = verify(auth_.identity, clock_.wall(), skew, request);
  if (!signedAs) return std::move(signedAs).error();
  // A scheme without a nonce: what comes twice is a duplicate, known by its content.
  if (signedAs->empty()) return {};
  // A signature is good from `skew` before to `skew` after its time: no longer must it be
  // remembered.
  auto fresh = remember_(peer_, *signedAs, useOf(request), 2 * skew);
  if (!fresh) return std::move(fresh).error();
  if (!*fresh) {
    return Error{std::string(codes::kReplayedNonce),
                 "What was signed has been used for another request; sign each request anew."};
  }
  return {};
}

}  // namespace lianqiao::intake
