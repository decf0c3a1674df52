#include "data_exchange/platform_answer.h"

#include <cstdlib>

#include "kit/answers/words.h"
#include "kit/time/china_time.h"

namespace lianqiao::data_exchange {
namespace {

using kit::saysAny;

constexpr std::size_t kLongestMessage = 160;  // characters

std::vector<std::string> usualOkCodes(Scheme scheme) {
  if (scheme == Scheme::gjgxjhpt) return {"0"};
  if (scheme == Scheme::gjzwfwpt) return {"200"};
  return {"0", "200", "00"};
}

/// The words of remedyOf() refuse us whatever the settings say.
std::vector<std::string> refusingWords(std::vector<std::string> words) {
  for (const char* word : {"Clock skew exceeded", "Invalid access key", "route_id is forbidden",
                           "E-106", "Invalid signature"}) {
    words.emplace_back(word);
  }
  return words;
}

/// Of words that gateways of the APISIX kind use (protocols §2.3) and of the national platform
/// (§2.1).
std::string remedyOf(std::string_view message, WallTime now, const HttpResponse& response) {
  if (saysAny(message, {"Clock skew exceeded"})) {
    const auto theirs = parseHttpDate(response.headers.get("Date"));
    if (!theirs) return "Clock skew exceeded: set this machine's clock (NTP).";
    const auto apart = std::chrono::duration_cast<std::chrono::seconds>(now - *theirs).count();
    return "Clock skew exceeded: this gateway's clock is " + std::to_string(std::abs(apart)) +
           " s " + (apart >= 0 ? "ahead of" : "behind") +
           " the platform's Date header; set it (NTP).";
  }
  if (saysAny(message, {"Invalid access key"})) {
    return "Invalid access key: the platform does not know this id; check the setting id.";
  }
  if (saysAny(message, {"route_id is forbidden"})) {
    return "The route_id is forbidden: this id may not call the interface; apply for it on the "
           "platform, and check the path.";
  }
  if (saysAny(message, {"E-106"})) {
    return "E-106: this id is not on the authorisation list of the service; apply for it on the "
           "platform, and check the service id.";
  }
  if (saysAny(message, {"Invalid signature"})) {
    return "Invalid signature: check secret or appkey, id and service id.";
  }
  return {};
}

}  // namespace

PlatformRules::PlatformRules(const Settings& settings)
    : signatureWords_(settings.list("signature_words")),
      common_(settings, {.okCodes = usualOkCodes(
                             schemeByName(settings.text("scheme")).value_or(Scheme::gjgxjhpt)),
                         .refusingWords = refusingWords(signatureWords_),
                         .credentials = "id, secret or appkey"}) {}

void PlatformRules::judge(WallTime now, std::string_view sent, PlatformAnswer& answer) const {
  answer.answered = true;
  answer.staleKey = false;
  common_.judge(sent, answer);
  if (!answer.refusesCredential) return;
  answer.staleKey = saysAny(answer.message, signatureWords_) ||
                    (answer.response.status == 401 && !common_.refusesByWord(answer.message));
  const std::string remedy = remedyOf(answer.message, now, answer.response);
  if (!remedy.empty()) answer.outcome.detail += ' ' + remedy;
}

std::string blotted(std::string_view message) {
  std::string out(trim(message));
  constexpr std::size_t kTelling = 6;  // a phone number, an id
  for (std::size_t i = 0; i < out.size();) {
    const std::size_t end = std::min(out.find_first_not_of("0123456789", i), out.size());
    if (end - i >= kTelling) out.replace(i, end - i, end - i, '#');
    i = std::max(end, i + 1);
  }
  if (countCharacters(out) <= kLongestMessage) return out;
  // Cut off, but within no number that is written with blanks or dashes.
  out.resize(prefix(out, kLongestMessage).size());
  out.resize(out.find_last_not_of("0123456789 -.()+") + 1);
  return out;
}

}  // namespace lianqiao::data_exchange
