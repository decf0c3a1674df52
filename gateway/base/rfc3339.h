#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lianqiao/host.h"

/// Times as text: RFC 3339, the only form in records, logs and answers. Pure functions.
namespace lianqiao::base {

/// "2024-05-27T02:08:51.123Z"; always milliseconds, always UTC, so that text order is time order.
[[nodiscard]] std::string formatTime(WallTime time);
/// Appends the same.
void appendTime(WallTime time, std::string& out);

/// Reads `YYYY-MM-DDThh:mm:ss[.fraction](Z|±hh:mm)`, a day that exists, a zone that is given. `T`
/// and `Z` in either case. A leap second (:60) is taken where UTC can have one, as the second
/// after. Digits past the millisecond are dropped.
[[nodiscard]] std::optional<WallTime> parseTime(std::string_view text);

/// True for a day of the Gregorian calendar written YYYY-MM-DD.
[[nodiscard]] bool isDate(std::string_view text);

}  // namespace lianqiao::base
