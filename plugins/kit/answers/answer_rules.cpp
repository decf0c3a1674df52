#include "kit/answers/answer_rules.h"

#include <algorithm>

#include "kit/answers/json_at.h"
#include "kit/answers/words.h"
#include "lianqiao/ascii.h"

namespace lianqiao::kit {
namespace {

constexpr std::size_t kMostOfMessage = 8192;  // bytes: the gateway masks and cuts it further
constexpr std::size_t kLongestCode = 40;      // characters; more is data, not a word about it
constexpr std::size_t kTellingCode = 7;       // bytes; shorter ones stand in any record by chance

bool listed(const std::vector<std::string>& codes, std::string_view code) {
  return std::any_of(codes.begin(), codes.end(), [code](const std::string& one) {
    if (!one.ends_with('*')) return code == one;
    return code.starts_with(std::string_view(one).substr(0, one.size() - 1));
  });
}

/// What the peer says in words: never the data, which may hold any word.
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

/// A code as it may stand in a message: some peers put sentences or values of the record there.
std::string tellable(std::string_view code, std::string_view sent) {
  const auto plain = [](char c) {
    return isLetter(c) || isDigit(c) || std::string_view("-_.:/").find(c) != std::string_view::npos;
  };
  if (code.size() > kLongestCode || !std::all_of(code.begin(), code.end(), plain))
    return "(a text)";
  if (code.size() >= kTellingCode && sent.find(code) != std::string_view::npos)
    return "(a value of the record)";
  return std::string(code);
}

std::vector<std::string> joined(std::vector<std::string> words,
                                const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

}  // namespace

AnswerRules::AnswerRules(const Settings& settings, AnswerTerms terms)
    : codeField_(settings.text("code_field")),
      receiptField_(settings.text("receipt_field")),
      okCodes_(settings.list("ok_codes")),
      refusedCodes_(settings.list("refused_codes")),
      refusingWords_(joined(std::move(terms.refusingWords), settings.list("refused_words"))),
      throttledCodes_(settings.list("throttled_codes")),
      retryCodes_(settings.list("retry_codes")),
      rejectedCodes_(settings.list("rejected_codes")),
      credentials_(terms.credentials),
      rejectsOthers_(settings.text("other_codes") == "rejected"),
      emptyDelivers_(settings.text("empty_answer") == "delivered") {
  if (okCodes_.empty()) okCodes_ = std::move(terms.okCodes);
}

bool AnswerRules::refusesByWord(std::string_view message) const {
  return saysAny(message, refusingWords_);
}

void AnswerRules::judge(std::string_view sent, Answer& answer) const {
  judgeWhole(sent, answer);
  if (answer.outcome.verdict != Verdict::delivered)
    answer.outcome.answer = cutAt(answer.response.body, Outcome::kAnswerBytes);
}

void AnswerRules::judgeWhole(std::string_view sent, Answer& answer) const {
  const HttpResponse& response = answer.response;
  answer.outcome = outcomeOfHttp(response);
  answer.refusesCredential = false;
  answer.message.clear();
  const bool taken = answer.outcome.verdict == Verdict::delivered;
  const bool isJson =
      !response.body.empty() &&
      json::parse(response.body, answer.document, {.depth = 64, .bytes = 64u << 20}).ok();
  if (!isJson) {
    answer.document.clear();
    answer.document.root = {};
  }
  const json::Value& root = answer.document.root;
  const std::string code(codeField_.empty() ? std::string_view()
                                            : scalarText(at(root, codeField_)));
  if (taken && (codeField_.empty() || (!code.empty() && listed(okCodes_, code)))) {
    if (!receiptField_.empty()) answer.outcome.receipt = scalarText(at(root, receiptField_));
    return;
  }
  if (isJson) {
    answer.message = messageOf(root);
  } else if (!taken) {
    answer.message = cutAt(trim(response.body), kMostOfMessage);
  }
  const std::string told = codeField_ + '=' + tellable(code, sent);
  if (refuses(code, answer)) {
    answer.refusesCredential = true;
    answer.outcome =
        Outcome::failed(Verdict::refused, codes::kRefused,
                        "The peer refused us with status " + std::to_string(response.status) +
                            (code.empty() ? std::string() : " and " + told) + "; check " +
                            std::string(credentials_) + ", and permission.");
  } else if (!code.empty()) {
    // With a failing status only a code that somebody has listed says more than the status.
    Outcome byCode = outcomeOfCode(code, "The peer answered " + told);
    if (!byCode.code.empty()) {
      if (byCode.verdict != Verdict::rejected) byCode.notBefore = answer.outcome.notBefore;
      answer.outcome = std::move(byCode);
    } else if (taken) {
      answer.outcome =
          Outcome::failed(rejectsOthers_ ? Verdict::rejected : Verdict::retry,
                          rejectsOthers_ ? codes::kRejected : codes::kPeerError,
                          "The peer answered " + told + ", which no list of codes names.");
    }
  } else if (taken) {
    answer.outcome = outcomeWithoutCode(response, isJson);
  }
}

/// Of a 2xx in which there is no code to be read.
Outcome AnswerRules::outcomeWithoutCode(const HttpResponse& response, bool isJson) const {
  std::string said = "The peer answered " + std::to_string(response.status);
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

bool AnswerRules::refuses(std::string_view code, const Answer& answer) const {
  const int status = answer.response.status;
  if (status == 401 || status == 403 || status == 407) return true;
  if (!code.empty() && listed(refusedCodes_, code)) return true;
  // A code that condemns the record outweighs words: "缺少签名" may speak of an attachment.
  const bool taken = answer.outcome.verdict == Verdict::delivered;
  return taken && !listed(rejectedCodes_, code) && refusesByWord(answer.message);
}

Outcome AnswerRules::outcomeOfCode(std::string_view code, const std::string& said) const {
  const auto failed = [&said](Verdict verdict, std::string_view why) {
    return Outcome::failed(verdict, why, said + '.');
  };
  if (listed(throttledCodes_, code)) return failed(Verdict::throttled, codes::kThrottled);
  if (listed(retryCodes_, code)) return failed(Verdict::retry, codes::kPeerError);
  if (listed(rejectedCodes_, code)) return failed(Verdict::rejected, codes::kRejected);
  return {};
}

}  // namespace lianqiao::kit
