#pragma once

#include <string_view>

#include "lifecycle/working_calendar.h"
#include "yaml/scalar.h"

namespace lianqiao::lifecycle {

/// A whole number from 1 and its unit: `15 min`, `2 h` (by day and night), `5 work_hours`,
/// `10 working_days`, `7 days`; at most ten years.
yaml::Reading<Amount> parseAmount(std::string_view text);

}  // namespace lianqiao::lifecycle
