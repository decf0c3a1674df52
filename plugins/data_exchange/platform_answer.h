#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kit/answers/answer_rules.h"
#include "lianqiao/adapter.h"

namespace lianqiao::data_exchange {

/// One answer of the platform and what it means.
struct PlatformAnswer : kit::Answer {
  bool answered = false;  ///< False: `response` never came, `outcome` says why.
  bool staleKey = false;  ///< The platform took our signature for wrong: a newer key may help.
};

/// How a sharing platform tells success and failure: the rules of every adapter, and beside them
/// what platforms of these families say about signatures, clocks and rights. Immutable,
/// thread-safe.
class PlatformRules {
 public:
  explicit PlatformRules(const Settings& settings);

  /// Reads `answer.response` into the rest of it. `sent` is the body that was answered. `now` is
  /// compared with the platform's Date where it complains about our clock.
  void judge(WallTime now, std::string_view sent, PlatformAnswer& answer) const;

  [[nodiscard]] const kit::AnswerRules& common() const { return common_; }

 private:
  std::vector<std::string> signatureWords_;
  kit::AnswerRules common_;
};

/// `message` shortened, and long runs of digits in it blotted out.
std::string blotted(std::string_view message);

}  // namespace lianqiao::data_exchange
