#pragma once

#include <string>
#include <string_view>

#include "admin/api.h"
#include "admin/json_builder.h"

namespace lianqiao::admin {

/// Which parts of a record a request wants beside each other (`raw`, `normalized`, `sent`,
/// `answer`, each `=true`), and whether in clear: with `reason=`, which the history and the log
/// keep with `by=`. Without one all values are masked. Not thread-safe.
class ShownParts {
 public:
  static constexpr std::size_t kMostBytes = 32u << 20;  ///< Of one answer.

  /// Fails where `reason` or `by` are no words.
  static Result<ShownParts> of(const HttpRequest& request);

  [[nodiscard]] bool raw() const { return raw_; }
  [[nodiscard]] bool normalized() const { return normalized_; }
  [[nodiscard]] bool sent() const { return sent_; }
  [[nodiscard]] bool answer() const { return answer_; }
  [[nodiscard]] bool clear() const { return !reason_.empty(); }
  [[nodiscard]] const std::string& by() const { return by_; }
  [[nodiscard]] const std::string& reason() const { return reason_; }
  /// "raw item, payloads": what was shown, for who reads the log.
  [[nodiscard]] std::string text() const;

  /// Adds a field with what somebody wrote or was sent: in clear (bytes that are no UTF-8 as
  /// `…_base64`), or with every value masked; null past kMostBytes.
  void write(JsonBuilder& json, const std::string& name, std::string_view bytes);

 private:
  bool raw_ = false;
  bool normalized_ = false;
  bool sent_ = false;
  bool answer_ = false;
  std::string by_;
  std::string reason_;
  std::size_t bytes_ = 0;
};

}  // namespace lianqiao::admin
