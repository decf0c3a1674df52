#include "data_exchange/answer.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "data_exchange/china_time.h"

namespace lianqiao::data_exchange {
namespace {

constexpr std::size_t kMostOfMessage = 8192;  // bytes: the gateway masks and cuts it further
constexpr std::size_t kLongestMessage = 160;  // characters
constexpr std::size_t kLongestCode = 40;      // characters; more is data, not a word about it

bool listed(const std::vector<std::string>& codes, std::string_view code) {
  return std::any_of(codes.begin(), codes.end(), [code](const std::string& one) {
    if (!one.ends_with('*')) return code == one;
    return code.starts_with(std::string_view(one).substr(0, one.size() - 1));
  });
}

/// Upper and lower case aside.
bool says(std::string_view text, std::string_view words) {
  return !words.empty() && lowered(text).find(lowered(words)) != std::string::npos;
}

bool saysAny(std::string_view text, const std::vector<std::string>& all) {
  return std::any_of(all.begin(), all.end(), [text](const auto& one) { return says(text, one); });
}

/// What the platform says in words: never the data, which may hold any word.
std::string messageOf(const json::Value& root) {
  std::string message;
  for (const std::string_view name :
       {"message", "msg", "error_msg", "errmsg", "errorMsg", "error", "data"}) {
    const json::Value* const value = root.find(name);
    if (value == nullptr || !value->isString() || trim(value->text()).empty()) continue;
    if (name == "data" && countCharacters(value->text()) > kLongestCode) continue;
    if (!message.empty()) message += "; ";
    message += cutAt(trim(value->text()), kMostOfMessage);
  }
  return message;
}

std::vector<std::string> okCodesOf(const Settings& settings, Scheme scheme) {
  auto codes = listOf(settings, "ok_codes");
  if (!codes.empty()) return codes;
  if (scheme == Scheme::gjgxjhpt) return {"0"};
  if (scheme == Scheme::gjzwfwpt) return {"200"};
  return {"0", "200", "00"};
}

/// Of words that gateways of the APISIX kind use (protocols §2.3) and of the national platform
/// (§2.1).
std::string remedyOf(std::string_view message, WallTime now, const HttpResponse& response) {
  if (says(message, "Clock skew exceeded")) {
    const auto theirs = readHttpDate(response.headers.get("Date"));
    if (!theirs) return "Clock skew exceeded: set this machine's clock (NTP).";
    const auto apart = std::chrono::duration_cast<std::chrono::seconds>(now - *theirs).count();
    return "Clock skew exceeded: this gateway's clock is " + std::to_string(std::abs(apart)) +
           " s " + (apart >= 0 ? "ahead of" : "behind") +
           " the platform's Date header; set it (NTP).";
  }
  if (says(message, "Invalid access key")) {
    return "Invalid access key: the platform does not know this id; check the setting id.";
  }
  if (says(message, "route_id is forbidden")) {
    return "The route_id is forbidden: this id may not call the interface; apply for it on the "
           "platform, and check the path.";
  }
  if (says(message, "E-106")) {
    return "E-106: this id is not on the authorisation list of the service; apply for it on the "
           "platform, and check the service id.";
  }
  if (says(message, "Invalid signature")) {
    return "Invalid signature: check secret or appkey, id and service id.";
  }
  return {};
}

/// A code as it may stand in a message: some platforms put sentences there, which name persons.
std::string tellable(std::string_view code) {
  const auto plain = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("-_.:/").find(c) != std::string_view::npos;
  };
  const bool brief = code.size() <= kLongestCode;
  return brief && std::all_of(code.begin(), code.end(), plain) ? std::string(code) : "(a text)";
}

Outcome refused(std::string detail) {
  return Outcome::failed(Verdict::refused, codes::kRefused, std::move(detail));
}

}  // namespace

AnswerRules::AnswerRules(const Settings& settings)
    : codeField_(textOf(settings, "code_field")),
      receiptField_(textOf(settings, "receipt_field")),
      okCodes_(
          okCodesOf(settings, schemeByName(settings.text("scheme")).value_or(Scheme::gjgxjhpt))),
      refusedCodes_(listOf(settings, "refused_codes")),
      refusedWords_(listOf(settings, "refused_words")),
      signatureWords_(listOf(settings, "signature_words")),
      throttledCodes_(listOf(settings, "throttled_codes")),
      retryCodes_(listOf(settings, "retry_codes")),
      rejectedCodes_(listOf(settings, "rejected_codes")),
      rejectsOthers_(settings.text("other_codes") == "rejected"),
      emptyDelivers_(settings.text("empty_answer") == "delivered") {}

void AnswerRules::judge(WallTime now, Answer& answer) const {
  const HttpResponse& response = answer.response;
  answer.outcome = outcomeOfHttp(response);
  answer.staleKey = false;
  answer.message.clear();
  const bool taken = answer.outcome.verdict == Verdict::delivered;
  const bool isJson =
      json::parse(response.body, answer.document, {.depth = 64, .bytes = 64u << 20}).ok();
  if (!isJson) {
    answer.document.clear();
    answer.document.root = {};
    if (!taken) answer.message = cutAt(trim(response.body), kMostOfMessage);
  } else {
    answer.message = messageOf(answer.document.root);
  }
  const std::string code(codeField_.empty() ? std::string_view()
                                            : scalarText(at(answer.document.root, codeField_)));

  if (taken && (codeField_.empty() || listed(okCodes_, code))) {
    if (!receiptField_.empty()) {
      answer.outcome.receipt = scalarText(at(answer.document.root, receiptField_));
    }
    return;
  }
  if (refuses(now, code, answer)) return;
  // One address takes every record: where it does not exist, no record is to blame.
  const int status = response.status;
  if ((status >= 300 && status < 400) || status == 404 || status == 405) {
    answer.outcome = refused("The platform answered HTTP " + std::to_string(status) +
                             ": there is no such interface; check url and path.");
  }
  if (!code.empty()) {
    // With a failing status only a code that somebody has listed says more than the status.
    const Outcome byCode = outcomeOfCode(code);
    if (taken || !byCode.code.empty()) answer.outcome = byCode;
    if (!answer.outcome.code.empty()) return;
    answer.outcome = Outcome::failed(rejectsOthers_ ? Verdict::rejected : Verdict::retry,
                                     rejectsOthers_ ? codes::kRejected : codes::kPeerError,
                                     "The platform answered " + codeField_ + '=' + tellable(code) +
                                         ", which no list of codes names.");
  } else if (taken) {
    answer.outcome = outcomeWithoutCode(response, isJson);
  }
}

/// Of a 2xx in which there is no code to be read.
Outcome AnswerRules::outcomeWithoutCode(const HttpResponse& response, bool isJson) const {
  std::string said = "The platform answered " + std::to_string(response.status);
  if (isJson) {
    said += " without " + codeField_ + "; check code_field.";
  } else if (!response.unread.empty()) {
    said += " with a body that cannot be read: " + response.unread + '.';
  } else if (!trim(response.body).empty()) {
    said += " with a body that is no JSON; is this its interface?";
  } else if (emptyDelivers_) {
    return Outcome::delivered();
  } else {
    said += " without a body; where that means success, set empty_answer: delivered.";
  }
  return Outcome::failed(Verdict::retry, codes::kProtocol, std::move(said));
}

bool AnswerRules::refuses(WallTime now, std::string_view code, Answer& answer) const {
  const int status = answer.response.status;
  const bool forbidden = status == 401 || status == 403 || status == 407;
  const bool taken = answer.outcome.verdict == Verdict::delivered;
  const bool badSignature = saysAny(answer.message, signatureWords_);
  const std::string remedy = remedyOf(answer.message, now, answer.response);
  const bool byWord = badSignature || !remedy.empty() || saysAny(answer.message, refusedWords_);
  const bool byCode = !code.empty() && listed(refusedCodes_, code);
  // A code that condemns the record outweighs words: "缺少签名" may speak of an attachment.
  const bool blamesRecord = listed(rejectedCodes_, code);
  if (!forbidden && !byCode && !(taken && byWord && !blamesRecord)) return false;
  answer.staleKey = badSignature || (status == 401 && !byWord);
  std::string said = "The platform refused us with status " + std::to_string(status);
  if (!code.empty()) said += " and " + codeField_ + '=' + tellable(code);
  answer.outcome = refused(
      said + (remedy.empty() ? "; check id, secret or appkey, and permission." : ". " + remedy));
  return true;
}

Outcome AnswerRules::outcomeOfCode(std::string_view code) const {
  const std::string said = "The platform answered " + codeField_ + '=' + tellable(code) + '.';
  if (listed(throttledCodes_, code)) {
    return Outcome::failed(Verdict::throttled, codes::kThrottled, said);
  }
  if (listed(retryCodes_, code)) return Outcome::failed(Verdict::retry, codes::kPeerError, said);
  if (listed(rejectedCodes_, code)) {
    return Outcome::failed(Verdict::rejected, codes::kRejected, said);
  }
  return {};
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
