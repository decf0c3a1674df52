#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lifecycle/deadline_rules.h"

namespace lianqiao::lifecycle {

/// Where a thing stands, as the queue keeps it in one text (queue/FORMAT.md, "Life cycle").
struct StandingText {
  std::string state;
  std::string cycle;  ///< "<type>:<version>"; empty: an older gateway wrote the state alone.
  int round = 1;
  int extensions = 0;
  ClockState clocks;  ///< Without extensions: until when each goes is told elsewhere.
};

/// `ends`: the states in which nothing is owed, ";a;b;". nullopt: it is no such text.
[[nodiscard]] std::optional<StandingText> readStanding(std::string_view text,
                                                       std::string_view ends);

}  // namespace lianqiao::lifecycle
