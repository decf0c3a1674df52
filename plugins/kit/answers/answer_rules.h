#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lianqiao/adapter.h"

namespace lianqiao::kit {

/// One answer of a peer and what it means. Not movable: the document looks into the body.
struct Answer {
  Answer() = default;
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;

  HttpResponse response;
  json::Document document;  ///< The body, where it is JSON; else its root is null.
  Outcome outcome;
  /// The peer's own words for people about a failure. They may quote the record or name persons:
  /// for Outcome::said, never for a detail.
  std::string message;
  /// The outcome is `refused` for the credential or the permission, not for the address.
  bool refusesCredential = false;
};

/// What an adapter knows of its platform beside the settings.
struct AnswerTerms {
  std::vector<std::string> okCodes = {"0"};         ///< Where ok_codes has no value; never empty.
  std::vector<std::string> refusingWords = {};      ///< Beside refused_words.
  std::string_view credentials = "its credential";  ///< What to check when it is refused.
};

/// How a peer tells success and failure beyond the HTTP status, by the settings of answerFields().
/// Codes may end in `*`: catalog-* is every code that begins so. Immutable, thread-safe.
class AnswerRules {
 public:
  AnswerRules(const Settings& settings, AnswerTerms terms);

  /// Reads `answer.response` into the rest of it. `sent` is the body that was answered: nothing out
  /// of it stands in the detail.
  void judge(std::string_view sent, Answer& answer) const;

  /// Whether words of the peer mean that it refuses the credential. Upper and lower case aside.
  [[nodiscard]] bool refusesByWord(std::string_view message) const;

  [[nodiscard]] const std::string& codeField() const { return codeField_; }
  [[nodiscard]] const std::string& okCode() const { return okCodes_.front(); }
  [[nodiscard]] const std::string& receiptField() const { return receiptField_; }

 private:
  void judgeWhole(std::string_view sent, Answer& answer) const;
  [[nodiscard]] Outcome outcomeOfCode(std::string_view code, const std::string& said) const;
  [[nodiscard]] Outcome outcomeWithoutCode(const HttpResponse& response, bool isJson) const;
  [[nodiscard]] bool refuses(std::string_view code, const Answer& answer) const;

  std::string codeField_;
  std::string receiptField_;
  std::vector<std::string> okCodes_;  ///< Never empty.
  std::vector<std::string> refusedCodes_;
  std::vector<std::string> refusingWords_;
  std::vector<std::string> throttledCodes_;
  std::vector<std::string> retryCodes_;
  std::vector<std::string> rejectedCodes_;
  std::string_view credentials_;
  bool rejectsOthers_ = false;
  bool emptyDelivers_ = false;
};

}  // namespace lianqiao::kit
