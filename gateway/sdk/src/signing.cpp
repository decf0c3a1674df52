#include "lianqiao/signing.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <vector>

#include "lianqiao/ascii.h"
#include "lianqiao/codes.h"
#include "lianqiao/digest.h"
#include "signing_time.h"

namespace lianqiao {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

enum class Canonical { concatenation, bg_request, auth_request, double_time };

/// All that tells one scheme from another. Header names are empty where a scheme has no such
/// header.
struct SchemeFacts {
  std::string_view name;
  std::string_view idHeader;
  std::string_view serviceHeader;
  std::string_view timeHeader;
  std::string_view nonceHeader;
  std::string_view signatureHeader;
  std::string_view fixedHeader;  ///< A header that always says the same: algorithm or version.
  std::string_view fixedValue;
  TimeForm time;
  Canonical canonical;
  milliseconds skew;
};

constexpr std::size_t kMostNonce = 128;
constexpr std::size_t kMostParameters = 1000;
constexpr std::size_t kMostForm = 64u << 10;
constexpr milliseconds kTenMinutes = std::chrono::minutes(10);

// In the order of Scheme.
constexpr std::array<SchemeFacts, 6> kSchemes = {{
    {"gjgxjhpt", "gjgxjhpt_rid", "gjgxjhpt_sid", "gjgxjhpt_rtime", "", "gjgxjhpt_sign", "", "",
     TimeForm::epoch_ms, Canonical::concatenation, kTenMinutes},
    {"gjzwfwpt", "gjzwfwpt_rid", "gjzwfwpt_sid", "gjzwfwpt_rtime", "", "gjzwfwpt_sign", "", "",
     TimeForm::epoch_ms, Canonical::concatenation, kTenMinutes},
    {"bg-hmac", "X-BG-HMAC-ACCESS-KEY", "", "X-BG-DATE-TIME", "", "X-BG-HMAC-SIGNATURE",
     "X-BG-HMAC-ALGORITHM", "hmac-sha256", TimeForm::http_date, Canonical::bg_request, seconds(90)},
    {"tif", "x-tif-paasid", "x-tif-serviceId", "x-tif-timestamp", "x-tif-nonce", "x-tif-signature",
     "", "", TimeForm::epoch_s, Canonical::double_time, kTenMinutes},
    {"x-hmac-auth", "apiKey", "", "X-Hmac-Auth-Timestamp", "X-Hmac-Auth-Nonce",
     "X-Hmac-Auth-Signature", "X-Hmac-Auth-Version", "1.0", TimeForm::zoned,
     Canonical::auth_request, kTenMinutes},
    {"client-id", "X-Client-Id", "", "X-Timestamp", "X-Nonce", "X-Signature", "", "",
     TimeForm::epoch_ms, Canonical::concatenation, kTenMinutes},
}};

const SchemeFacts& factsOf(Scheme scheme) { return kSchemes[static_cast<std::size_t>(scheme)]; }

/// The parts of a request that some schemes sign, the same on both sides of the wire.
struct SignedRequest {
  std::string_view method;
  std::string_view target;  ///< Path and query as they stand on the wire.
  const Headers* headers = nullptr;
  std::string_view body;

  [[nodiscard]] std::string_view path() const { return target.substr(0, target.find('?')); }
  [[nodiscard]] std::string_view query() const {
    const std::size_t mark = target.find('?');
    return mark == target.npos ? std::string_view() : target.substr(mark + 1);
  }
};

/// Path and query of an absolute URL; "/" where it has no path.
std::string targetOf(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme != url.npos) url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find('#'));
  const std::size_t start = std::min(url.find_first_of("/?"), url.size());
  const std::string target(url.substr(start));
  return target.starts_with('/') ? target : '/' + target;
}

std::string join(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) {
    if (!out.empty()) out += '&';
    out += part;
  }
  return out;
}

/// §2.3: parameters as on the wire, by name in ASCII order; one name's values keep their order.
std::string sortedQuery(std::string_view query) {
  std::vector<std::string> parts;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    if (end != 0) parts.emplace_back(query.substr(0, end));
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  const auto name = [](const std::string& part) {
    return std::string_view(part).substr(0, part.find('='));
  };
  std::stable_sort(parts.begin(), parts.end(), [name](const std::string& a, const std::string& b) {
    return name(a) < name(b);
  });
  return join(parts);
}

bool isForm(const Headers& headers) {
  constexpr std::string_view kForm = "application/x-www-form-urlencoded";
  return equalIgnoringCase(headers.get("Content-Type").substr(0, kForm.size()), kForm);
}

/// Of a form that is yet to come: it is read before its caller is proved, so its head must say that
/// it is no longer than what can be signed.
bool isShortForm(const Headers& headers) {
  const std::string_view text = headers.get("Content-Length");
  std::size_t length = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), length);
  const bool known = text.empty() ? !headers.has("Transfer-Encoding") : read.ec == std::errc();
  return known && length <= kMostForm;
}

/// No more is sorted of a request than the sort of one header's worth costs.
bool boundedParameters(const SignedRequest& request) {
  const bool form = isForm(*request.headers);
  if (form && request.body.size() > kMostForm) return false;
  const std::string_view query = request.query();
  auto count = std::count(query.begin(), query.end(), '&');
  if (form) count += std::count(request.body.begin(), request.body.end(), '&');
  return static_cast<std::size_t>(count) < kMostParameters;
}

/// §2.6: decoded parameters of the query and of a form body together, sorted.
std::string sortedParameters(const SignedRequest& request) {
  auto pairs = parseQuery(request.query());
  if (isForm(*request.headers)) {
    for (auto& pair : parseQuery(request.body)) pairs.push_back(std::move(pair));
  }
  std::sort(pairs.begin(), pairs.end());
  std::vector<std::string> parts;
  parts.reserve(pairs.size());
  for (const auto& [name, value] : pairs) parts.push_back(name + '=' + value);
  return join(parts);
}

/// Base64 or hex, as the scheme's header carries it. `time` and `nonce` are the texts of the
/// headers: reformatting them could change them (§13-7).
std::string signatureOf(const SigningIdentity& identity, std::string_view service,
                        std::string_view time, std::string_view nonce,
                        const SignedRequest& request) {
  std::string text;
  const auto add = [&text](std::string_view part) { text += part; };
  const auto line = [&text](std::string_view part) { (text += part) += '\n'; };
  switch (factsOf(identity.scheme).canonical) {
    case Canonical::concatenation:
      for (const std::string_view part : {service, std::string_view(identity.id), time, nonce}) {
        add(part);
      }
      break;
    case Canonical::bg_request:
      line(request.method);
      line(request.path());
      line(sortedQuery(request.query()));
      line(identity.id);
      line(time);
      break;
    case Canonical::auth_request:
      line(request.method);
      line(time);
      line(nonce);
      add(request.path());
      if (const std::string parameters = sortedParameters(request); !parameters.empty()) {
        add("\n");
        add(parameters);
      }
      break;
    case Canonical::double_time:
      for (const std::string_view part : {time, std::string_view(identity.secret), nonce}) {
        add(part);
      }
      if (const std::string_view uid = request.headers->get("x-tif-uid"); !uid.empty()) {
        for (const std::string_view part :
             {std::string_view(","), uid, std::string_view(","),
              request.headers->get("x-tif-uinfo"), std::string_view(","),
              request.headers->get("x-tif-ext")}) {
          add(part);
        }
      }
      add(time);
      return hex(digest(Hash::sha256, text));
  }
  return base64(hmac(Hash::sha256, identity.secret, text));
}

Error unauthenticated(std::string detail) { return {codes::kUnauthenticated, std::move(detail)}; }

Error tooMuchToSign() {
  return unauthenticated("a request of more than " + std::to_string(kMostParameters) +
                         " parameters, or a form of more than " + std::to_string(kMostForm >> 10) +
                         " KiB or without Content-Length, cannot be signed");
}

/// The one value of a header that must come exactly once.
Result<std::string> single(const Headers& headers, std::string_view name) {
  const std::size_t count = headers.count(name);
  if (count > 1) return unauthenticated("header " + std::string(name) + " comes more than once");
  const std::string_view value = headers.get(name);
  if (value.empty()) return unauthenticated("header " + std::string(name) + " is missing");
  return std::string(value);
}

Result<void> checkTime(milliseconds difference, milliseconds skew) {
  if (difference <= skew && difference >= -skew) return {};
  const auto apart = std::chrono::duration_cast<seconds>(difference).count();
  return Error{codes::kClockSkew,
               "signed " + std::to_string(std::abs(apart)) +
                   (apart >= 0 ? " s before" : " s after") + " this gateway's time; at most " +
                   std::to_string(std::chrono::duration_cast<seconds>(skew).count()) +
                   " s are allowed, set the caller's clock"};
}

/// What the headers of a signed request claim.
struct Claims {
  std::string time;
  std::string signature;
  std::string nonce;
  std::string service;
};

/// True for what may stand in a signature or a nonce: as much as is ever needed, nothing that
/// cannot be seen.
bool isPlain(std::string_view text, std::size_t least, std::size_t most) {
  return text.size() >= least && text.size() <= most &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

/// §2.5 separates the user's headers by commas, and the nonce from them: with a comma in one of
/// them the signed text could be read in two ways. Without a uid the others are not signed at all.
Result<void> checkUser(const Headers& headers) {
  const auto wrong = [](std::string_view name, std::string_view why) {
    return unauthenticated("header " + std::string(name) + std::string(why));
  };
  const bool named = !headers.get("x-tif-uid").empty();
  for (const std::string_view name : {"x-tif-uid", "x-tif-uinfo", "x-tif-ext"}) {
    if (headers.count(name) > 1) return wrong(name, " comes more than once");
    const std::string_view value = headers.get(name);
    if (!named && !value.empty()) return wrong(name, " is not signed without x-tif-uid");
    if (name != "x-tif-ext" && value.find(',') != std::string_view::npos)
      return wrong(name, " has a comma in it, so that its signature could be of other headers");
  }
  return {};
}

/// Time and identity cost nothing to look at: they are judged before anything is sorted or hashed.
Result<Claims> claimsOf(const SigningIdentity& identity, WallTime now, milliseconds skew,
                        const Headers& headers) {
  const SchemeFacts& facts = factsOf(identity.scheme);
  const bool serviceMatters = !identity.serviceId.empty() || headers.has(facts.serviceHeader);
  std::string id;
  Claims claims;
  const std::array<std::pair<std::string_view, std::string*>, 5> wanted = {{
      {facts.idHeader, &id},
      {facts.timeHeader, &claims.time},
      {facts.signatureHeader, &claims.signature},
      {facts.nonceHeader, &claims.nonce},
      {serviceMatters ? facts.serviceHeader : std::string_view(), &claims.service},
  }};
  for (const auto& [name, value] : wanted) {
    if (name.empty()) continue;
    Result<std::string> given = single(headers, name);
    if (!given) return std::move(given).error();
    *value = std::move(*given);
  }
  if (!equalConstantTime(id, identity.id)) {
    return unauthenticated("header " + std::string(facts.idHeader) + " names another caller");
  }
  if (!facts.serviceHeader.empty() && !identity.serviceId.empty() &&
      claims.service != identity.serviceId) {
    return unauthenticated("header " + std::string(facts.serviceHeader) + " names another service");
  }
  if (!facts.nonceHeader.empty() && !isPlain(claims.nonce, 1, kMostNonce)) {
    return unauthenticated("header " + std::string(facts.nonceHeader) + " is no nonce of 1 to " +
                           std::to_string(kMostNonce) + " characters without blanks");
  }
  if (facts.canonical == Canonical::double_time) {
    if (claims.nonce.find(',') != std::string::npos)
      return unauthenticated("header " + std::string(facts.nonceHeader) + " has a comma in it");
    if (auto user = checkUser(headers); !user) return std::move(user).error();
  }
  const std::size_t length = facts.canonical == Canonical::double_time ? 64 : 44;  // hex, Base64
  if (!isPlain(claims.signature, length, length)) {
    return unauthenticated("header " + std::string(facts.signatureHeader) +
                           " is no signature of this scheme: it has " + std::to_string(length) +
                           " characters");
  }
  const std::optional<WallTime> signedAt = parseTime(facts.time, claims.time);
  if (!signedAt) {
    return unauthenticated("header " + std::string(facts.timeHeader) +
                           " is not a time as this scheme writes it");
  }
  if (auto timely = checkTime(now - *signedAt, skew); !timely) return std::move(timely).error();
  return claims;
}

Result<void> checkSignature(const SigningIdentity& identity, const Claims& claims,
                            const HttpRequest& request) {
  const SchemeFacts& facts = factsOf(identity.scheme);
  const std::string target = request.target.empty()
                                 ? request.path + (request.query.empty() ? "" : "?" + request.query)
                                 : request.target;
  const SignedRequest covered{request.method, target, &request.headers, request.body};
  if (!boundedParameters(covered)) return tooMuchToSign();
  const std::string expected =
      signatureOf(identity, claims.service, claims.time, claims.nonce, covered);
  const bool hexadecimal = facts.canonical == Canonical::double_time;
  if (!equalConstantTime(hexadecimal ? lowered(claims.signature) : claims.signature, expected)) {
    return unauthenticated("the signature in header " + std::string(facts.signatureHeader) +
                           " differs; check secret, method, path and parameters");
  }
  return {};
}

}  // namespace

std::optional<Scheme> schemeByName(std::string_view name) {
  for (std::size_t i = 0; i < kSchemes.size(); ++i) {
    if (kSchemes[i].name == name) return static_cast<Scheme>(i);
  }
  return std::nullopt;
}

std::string_view schemeName(Scheme scheme) { return factsOf(scheme).name; }

milliseconds defaultSkew(Scheme scheme) { return factsOf(scheme).skew; }

void sign(const SigningIdentity& identity, WallTime now, std::string_view nonce, HttpCall& call) {
  const SchemeFacts& facts = factsOf(identity.scheme);
  const std::string time = formatTime(facts.time, now);
  const std::string target = targetOf(call.url);
  if (facts.nonceHeader.empty()) nonce = {};
  const std::string signature =
      signatureOf(identity, facts.serviceHeader.empty() ? std::string_view() : identity.serviceId,
                  time, nonce, {call.method, target, &call.headers, call.body});
  const auto set = [&call](std::string_view name, std::string_view value) {
    if (!name.empty() && !value.empty()) call.headers.set(name, std::string(value));
  };
  set(facts.idHeader, identity.id);
  set(facts.serviceHeader, identity.serviceId);
  set(facts.timeHeader, time);
  set(facts.nonceHeader, nonce);
  set(facts.fixedHeader, facts.fixedValue);
  set(facts.signatureHeader, signature);
}

Result<std::string> verify(const SigningIdentity& identity, WallTime now, milliseconds skew,
                           const HttpRequest& request) {
  auto claims = claimsOf(identity, now, skew, request.headers);
  if (!claims) return std::move(claims).error();
  if (auto fits = checkSignature(identity, *claims, request); !fits) return std::move(fits).error();
  if (claims->nonce.empty()) return std::string();
  // The nonce alone is not what was signed: no scheme separates all its fields, so that bytes of
  // one may stand in another under the same signature.
  const bool hexadecimal = factsOf(identity.scheme).canonical == Canonical::double_time;
  return hexadecimal ? lowered(std::move(claims->signature)) : std::move(claims->signature);
}

Result<bool> verifyHead(const SigningIdentity& identity, WallTime now, milliseconds skew,
                        const HttpRequest& head) {
  const auto claims = claimsOf(identity, now, skew, head.headers);
  if (!claims) return claims.error();
  if (factsOf(identity.scheme).canonical == Canonical::auth_request && isForm(head.headers)) {
    if (!isShortForm(head.headers)) return tooMuchToSign();
    return false;
  }
  if (auto fits = checkSignature(identity, *claims, head); !fits) return std::move(fits).error();
  return true;
}

std::string exchangeSecretKey(std::string_view appkey) {
  return digest(Hash::sha1, digest(Hash::sha1, appkey)).substr(0, 16);
}

}  // namespace lianqiao
