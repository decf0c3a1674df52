#pragma once

#include <string>
#include <string_view>

namespace lianqiao::cli {

/// What a reconciliation found (reconcile/report.h), for a terminal: the counts, then what each
/// side lacks, kMostShownThings of each list.
std::string reconciledView(std::string_view reportJson);

inline constexpr std::size_t kMostShownThings = 50;

}  // namespace lianqiao::cli
