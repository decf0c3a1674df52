#pragma once

#include <string>
#include <string_view>

namespace lianqiao::cli {

/// The status of the admin API as a table for a terminal: one line per peer, worst first, one
/// sentence per problem, totals last.
std::string statusView(std::string_view statusJson);

/// Redis takes no records, or somebody is refused for another reason of ours.
bool saysSomebodyIsRefused(std::string_view statusJson);

}  // namespace lianqiao::cli
