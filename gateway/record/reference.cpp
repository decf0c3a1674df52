#include "record/reference.h"

#include <algorithm>

namespace lianqiao::record {

bool isReferenceId(std::string_view text) {
  const auto isControl = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
  };
  return !text.empty() && text.size() <= kMostReferenceBytes &&
         std::none_of(text.begin(), text.end(), isControl);
}

bool isOfItsOwn(std::string_view type) { return type != "work_order_step" && type != "reminder"; }

std::string_view referenceOf(std::string_view receipt, std::string_view type) {
  return isOfItsOwn(type) && isReferenceId(receipt) ? receipt : std::string_view();
}

}  // namespace lianqiao::record
