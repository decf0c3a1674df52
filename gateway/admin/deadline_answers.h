#pragma once

#include <string_view>

#include "admin/api.h"
#include "admin/json_builder.h"

namespace lianqiao::admin {

/// The member `deadlines` of a record's trail: every moment of what is owed of the thing with that
/// key, by time, each {"limit","stage","at","level"?,"name"?,"provisional"?,"told"}. None where it
/// has no limits, or nothing is known of it now. `type`: of the record; a step tells of its thing.
/// A reminder tells of none: what it tells of is in it.
void writeDeadlines(JsonBuilder& json, const Backend& backend, std::string_view type,
                    std::string_view key);

}  // namespace lianqiao::admin
