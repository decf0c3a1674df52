#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "history/month.h"

namespace lianqiao::history {

/// Behind which hit a page begins. Hits come by month and target downwards, then by class. Pure.
struct PageMark {
  Month month;
  std::int64_t target = -1;  ///< -1: the whole month is behind us.
  std::string kind;

  [[nodiscard]] std::string text() const;
  /// Nothing for what text() has not made.
  [[nodiscard]] static std::optional<PageMark> read(std::string_view text);
  /// Whether that hit of the same month comes after it.
  [[nodiscard]] bool isBefore(std::int64_t ofTarget, std::string_view ofKind) const;
};

}  // namespace lianqiao::history
