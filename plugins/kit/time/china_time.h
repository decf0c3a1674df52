#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lianqiao/adapter.h"

/// Times as Chinese platforms write them: China time without a zone, or counts since 1970.
namespace lianqiao::kit {

enum class TimeForm : std::uint8_t { text, compact, epoch_ms, epoch_s };

/// text: 2026-01-31 08:00:00; compact: 20260131080000; both China time. Floors to the form's unit.
std::string writeMoment(WallTime time, TimeForm form);

/// The form text: 2026-01-31 08:00:00.
inline std::string chinaTime(WallTime time) { return writeMoment(time, TimeForm::text); }

/// Reads every TimeForm, also with `/` or `T`, a fraction, and Z or ±hh:mm; China time without a
/// zone. nullopt for anything else.
std::optional<WallTime> readMoment(std::string_view text);

/// 23:59:59 of that day in China.
WallTime endOfChinaDay(WallTime time);

}  // namespace lianqiao::kit
