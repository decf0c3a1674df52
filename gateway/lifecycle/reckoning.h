#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lifecycle/deadline_rules.h"

/// What is told of the deadlines of one thing, and what was. Pure.
namespace lianqiao::lifecycle {

/// What was told of one limit last.
struct Told {
  std::string rule;
  int round = 1;
  Stage stage = Stage::warn;
  int level = 0;
  WallTime at{};  ///< Of the moment, not of the telling.
  friend bool operator==(const Told&, const Told&) = default;
};

/// How near the deadline of a thing is.
enum class Reach : std::uint8_t { none, warned, past };

struct Reckoning {
  std::optional<Moment> tell;    ///< Of all that has come and was not told: the highest stage.
  std::vector<Told> told;        ///< From then on, in this round.
  std::optional<WallTime> next;  ///< The first moment that is still to come.
  Reach reach = Reach::none;
};

/// `moments`: of the thing as it stands, by time. What was missed is told once, for all limits. A
/// moment that was put off (an extension, another calendar) is told again when it comes.
[[nodiscard]] Reckoning reckon(const std::vector<Moment>& moments, int round,
                               const std::vector<Told>& told, WallTime now);

/// A line for each, and back; what is no such line is left out.
[[nodiscard]] std::string textOf(const std::vector<Told>& told);
[[nodiscard]] std::vector<Told> readTold(std::string_view text);

}  // namespace lianqiao::lifecycle
