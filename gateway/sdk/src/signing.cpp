#include "lianqiao/signing.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "ascii.h"
#include "decimal_text.h"
#include "http_date.h"
#include "lianqiao/codes.h"
#include "lianqiao/digest.h"

namespace lianqiao {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

enum class TimeForm { epoch_ms, epoch_s, http_date, zoned };
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

constexpr std::chrono::hours kChinaOffset{8};

/// "2023-11-15T06:13:20.000+08:00".
std::string formatZoned(WallTime time) {
  const auto local = time + kChinaOffset;
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(local - day);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03d+08:00",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return text.data();
}

std::optional<WallTime> parseZoned(std::string_view text) {
  constexpr std::string_view kShape = "dddd-dd-ddTdd:dd:dd";
  if (text.size() < kShape.size() + 1) return std::nullopt;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    const bool fits = kShape[i] == 'd' ? text[i] >= '0' && text[i] <= '9' : text[i] == kShape[i];
    if (!fits) return std::nullopt;
  }
  const auto part = [text](std::size_t at, std::size_t size) {
    return static_cast<int>(decimalText(text.substr(at, size)).value_or(0));
  };
  const std::chrono::year_month_day date(std::chrono::year(part(0, 4)),
                                         std::chrono::month(static_cast<unsigned>(part(5, 2))),
                                         std::chrono::day(static_cast<unsigned>(part(8, 2))));
  if (!date.ok() || part(11, 2) > 23 || part(14, 2) > 59 || part(17, 2) > 59) return std::nullopt;
  WallTime time = std::chrono::sys_days(date) + std::chrono::hours(part(11, 2)) +
                  std::chrono::minutes(part(14, 2)) + seconds(part(17, 2));
  std::string_view rest = text.substr(kShape.size());
  if (rest.starts_with('.')) {
    if (rest.size() < 4 || !decimalText(rest.substr(1, 3))) return std::nullopt;
    time += milliseconds(*decimalText(rest.substr(1, 3)));
    rest.remove_prefix(4);
  }
  if (rest == "Z") return time;
  if (rest.size() != 6 || (rest[0] != '+' && rest[0] != '-') || rest[3] != ':') {
    return std::nullopt;
  }
  const auto hours = decimalText(rest.substr(1, 2));
  const auto minutes = decimalText(rest.substr(4, 2));
  if (!hours || !minutes || *hours > 14 || *minutes > 59) return std::nullopt;
  const auto offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return rest[0] == '+' ? time - offset : time + offset;
}

std::string formatTime(TimeForm form, WallTime now) {
  switch (form) {
    case TimeForm::epoch_ms:
      return std::to_string(now.time_since_epoch().count());
    case TimeForm::epoch_s:
      return std::to_string(std::chrono::floor<seconds>(now).time_since_epoch().count());
    case TimeForm::http_date:
      return formatHttpDate(std::chrono::floor<seconds>(now));
    case TimeForm::zoned:
      return formatZoned(now);
  }
  return {};
}

std::optional<WallTime> parseTime(TimeForm form, std::string_view text) {
  // Fifteen digits are the year 33658 in milliseconds: nothing overflows below.
  if (text.size() > 15 && form != TimeForm::http_date && form != TimeForm::zoned) {
    return std::nullopt;
  }
  switch (form) {
    case TimeForm::epoch_ms:
      if (const auto count = decimalText(text)) return WallTime(milliseconds(*count));
      return std::nullopt;
    case TimeForm::epoch_s:
      if (const auto count = decimalText(text)) return WallTime(seconds(*count));
      return std::nullopt;
    case TimeForm::http_date:
      if (const auto date = parseHttpDate(text)) return WallTime(*date);
      return std::nullopt;
    case TimeForm::zoned:
      return parseZoned(text);
  }
  return std::nullopt;
}

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

/// §2.6: decoded parameters of the query and of a form body together, sorted.
std::string sortedParameters(const SignedRequest& request) {
  auto pairs = parseQuery(request.query());
  constexpr std::string_view kForm = "application/x-www-form-urlencoded";
  if (equalIgnoringCase(request.headers->get("Content-Type").substr(0, kForm.size()), kForm)) {
    for (auto& pair : parseQuery(request.body)) pairs.push_back(std::move(pair));
  }
  std::sort(pairs.begin(), pairs.end());
  std::vector<std::string> parts;
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

Error unauthenticated(std::string detail) {
  return {std::string(codes::kUnauthenticated), std::move(detail)};
}

/// The one value of a header that must come exactly once.
Result<std::string> single(const Headers& headers, std::string_view name) {
  const std::size_t count = headers.count(name);
  if (count > 1) return unauthenticated("header " + std::string(name) + " comes more than once");
  const std::string_view value = headers.get(name);
  if (value.empty()) return unauthenticated("header " + std::string(name) + " is missing");
  return std::string(value);
}

std::string lowered(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), lowerAscii);
  return text;
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
  const SchemeFacts& facts = factsOf(identity.scheme);
  const bool serviceMatters =
      !identity.serviceId.empty() || request.headers.has(facts.serviceHeader);
  const std::array<std::string_view, 5> names = {
      facts.idHeader, facts.timeHeader, facts.signatureHeader, facts.nonceHeader,
      serviceMatters ? facts.serviceHeader : std::string_view()};
  std::array<std::string, names.size()> values;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty()) continue;
    Result<std::string> value = single(request.headers, names[i]);
    if (!value) return std::move(value).error();
    values[i] = std::move(*value);
  }
  const auto& [id, time, signature, nonce, service] = values;
  if (!equalConstantTime(id, identity.id)) {
    return unauthenticated("header " + std::string(facts.idHeader) + " names another caller");
  }
  if (!facts.serviceHeader.empty() && !identity.serviceId.empty() &&
      service != identity.serviceId) {
    return unauthenticated("header " + std::string(facts.serviceHeader) + " names another service");
  }
  const std::optional<WallTime> signedAt = parseTime(facts.time, time);
  if (!signedAt) {
    return unauthenticated("header " + std::string(facts.timeHeader) +
                           " is not a time as this scheme writes it");
  }
  const std::string target = request.target.empty()
                                 ? request.path + (request.query.empty() ? "" : "?" + request.query)
                                 : request.target;
  const std::string expected = signatureOf(
      identity, service, time, nonce, {request.method, target, &request.headers, request.body});
  const bool hexadecimal = facts.canonical == Canonical::double_time;
  if (!equalConstantTime(hexadecimal ? lowered(signature) : signature, expected)) {
    return unauthenticated("the signature in header " + std::string(facts.signatureHeader) +
                           " differs; check secret, method, path and parameters");
  }
  const milliseconds difference = now - *signedAt;
  if (difference > skew || difference < -skew) {
    const auto apart = std::chrono::duration_cast<seconds>(difference).count();
    return Error{std::string(codes::kClockSkew),
                 "signed " + std::to_string(std::abs(apart)) +
                     (apart >= 0 ? " s before" : " s after") + " this gateway's time; at most " +
                     std::to_string(std::chrono::duration_cast<seconds>(skew).count()) +
                     " s are allowed, set the caller's clock"};
  }
  return nonce;
}

std::string exchangeSecretKey(std::string_view appkey) {
  return digest(Hash::sha1, digest(Hash::sha1, appkey)).substr(0, 16);
}

}  // namespace lianqiao
