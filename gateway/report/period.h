#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "lianqiao/host.h"

/// Declared counts over what happened.
namespace lianqiao::report {

enum class PeriodKind : std::uint8_t { day, week, month };

/// From `begin` until before `end`, midnights of one zone. Weeks are those of ISO 8601.
struct Period {
  PeriodKind kind = PeriodKind::day;
  std::string name;  ///< 2026-11-30, 2026-W48, 2026-11
  WallTime begin{};
  WallTime end{};
};

/// The period of that name; nothing where it names none.
[[nodiscard]] std::optional<Period> periodNamed(std::string_view name, std::chrono::minutes offset);
/// The last one that is over at `now`.
[[nodiscard]] Period periodBefore(PeriodKind kind, WallTime now, std::chrono::minutes offset);

}  // namespace lianqiao::report
