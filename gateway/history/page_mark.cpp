#include "history/page_mark.h"

#include "lianqiao/ascii.h"

namespace lianqiao::history {

std::string PageMark::text() const {
  return month.name() + "." + (target < 0 ? "-" : std::to_string(target)) + "." + kind;
}

std::optional<PageMark> PageMark::read(std::string_view text) {
  const std::size_t first = text.find('.');
  const std::size_t second = first == text.npos ? first : text.find('.', first + 1);
  if (second == text.npos) return std::nullopt;
  const auto month = Month::named(text.substr(0, first));
  const std::string_view target = text.substr(first + 1, second - first - 1);
  const auto number = target == "-" ? std::optional<std::int64_t>(-1) : decimalText(target);
  if (!month || !number) return std::nullopt;
  return PageMark{*month, *number, std::string(text.substr(second + 1))};
}

bool PageMark::isBefore(std::int64_t ofTarget, std::string_view ofKind) const {
  return target != ofTarget ? ofTarget < target : kind < ofKind;
}

}  // namespace lianqiao::history
