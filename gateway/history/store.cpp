#include "history/store.h"

#include <array>

namespace lianqiao::history {

std::string_view deliveryStateName(DeliveryState state) {
  constexpr std::array<std::string_view, 5> kNames{"owed", "retrying", "delivered", "buried",
                                                   "closed"};
  return kNames[static_cast<std::size_t>(state)];
}

std::string_view countedName(Counted what) {
  constexpr std::array<std::string_view, 5> kNames{"in", "out", "duplicate", "quarantined",
                                                   "buried"};
  return kNames[static_cast<std::size_t>(what)];
}

}  // namespace lianqiao::history
