#pragma once

#include <string>
#include <string_view>

#include "admin/api.h"
#include "admin/json_builder.h"

namespace lianqiao::admin {

/// Raw items in one answer, where the request asks for them (`raw=true`): what a peer sent, with
/// all personal data in it. Who may ask is who has the admin token; the log says who did (`by=`).
/// Not thread-safe.
class RawItems {
 public:
  static constexpr std::size_t kMostBytes = 32u << 20;  ///< Of one answer.

  RawItems() = default;
  explicit RawItems(const HttpRequest& request);

  /// False also where none would be shown any more: do not read further ones then.
  [[nodiscard]] bool wanted() const { return wanted_ && bytes_ <= kMostBytes; }
  /// Adds to the object that is open: "raw":{"body","evidence"?}, bytes that are no UTF-8 as
  /// "…_base64"; "raw":null past kMostBytes, and of what is no longer kept.
  void write(JsonBuilder& json, std::string_view body, std::string_view evidence);
  /// Tells the log, where any was shown.
  void tell(const Backend& backend, const std::string& what) const;

 private:
  bool wanted_ = false;
  std::string by_;
  std::size_t bytes_ = 0;
  std::size_t shown_ = 0;
};

}  // namespace lianqiao::admin
