#pragma once

#include <string>
#include <string_view>

namespace lianqiao::cli {

/// What the admin API answers to GET /v1/exceptions, for a terminal: causes with their counts, then
/// the items, each with its reasons.
std::string exceptionsView(std::string_view exceptionsJson);
/// The same of GET /v1/trail/{id}: each record, each of its deliveries with its failed attempts;
/// then exceptions.
std::string trailView(std::string_view trailJson);

}  // namespace lianqiao::cli
