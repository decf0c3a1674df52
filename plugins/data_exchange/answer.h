#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data_exchange/connection.h"
#include "lianqiao/adapter.h"

namespace lianqiao::data_exchange {

/// One answer of the platform and what it means. Not movable: the document looks into the body.
struct Answer {
  Answer() = default;
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;

  bool answered = false;  ///< False: `response` never came, `outcome` says why.
  HttpResponse response;
  json::Document document;  ///< The body, where it is JSON; else its root is null.
  Outcome outcome;
  /// The platform's own words for people, which may quote our record or name persons: for
  /// Outcome::said, or blotted() for the detail of an Error.
  std::string message;
  bool staleKey = false;  ///< The platform took our signature for wrong: a newer key may help.
};

/// How a platform tells success and failure, beyond the HTTP status. Immutable, thread-safe.
/// Codes may end in `*`: catalog-* is every code that begins so.
class AnswerRules {
 public:
  explicit AnswerRules(const Settings& settings);

  /// Reads `answer.response` into the rest of it. `now` is compared with the platform's Date where
  /// it complains about our clock.
  void judge(WallTime now, Answer& answer) const;

  [[nodiscard]] const std::string& codeField() const { return codeField_; }
  [[nodiscard]] const std::string& okCode() const { return okCodes_.front(); }
  [[nodiscard]] const std::string& receiptField() const { return receiptField_; }

 private:
  [[nodiscard]] Outcome outcomeOfCode(std::string_view code) const;
  [[nodiscard]] Outcome outcomeWithoutCode(const HttpResponse& response, bool isJson) const;
  [[nodiscard]] bool refuses(WallTime now, std::string_view code, Answer& answer) const;

  std::string codeField_;
  std::string receiptField_;
  std::vector<std::string> okCodes_;  ///< Never empty.
  std::vector<std::string> refusedCodes_;
  std::vector<std::string> refusedWords_;
  std::vector<std::string> signatureWords_;
  std::vector<std::string> throttledCodes_;
  std::vector<std::string> retryCodes_;
  std::vector<std::string> rejectedCodes_;
  bool rejectsOthers_ = false;
  bool emptyDelivers_ = false;
};

/// `message` shortened, and long runs of digits in it blotted out.
std::string blotted(std::string_view message);

}  // namespace lianqiao::data_exchange
