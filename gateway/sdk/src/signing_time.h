#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lianqiao/host.h"

namespace lianqiao {

/// How a signature scheme writes its time.
enum class TimeForm { epoch_ms, epoch_s, http_date, zoned };

std::string formatTime(TimeForm form, WallTime now);
/// nullopt for what is not of that form, or lies beyond every clock.
std::optional<WallTime> parseTime(TimeForm form, std::string_view text);

}  // namespace lianqiao
