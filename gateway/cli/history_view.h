#pragma once

#include <string>
#include <string_view>

namespace lianqiao::cli {

/// What the admin API answers to GET /v1/records, for a terminal: a line a record, then how to go
/// on.
std::string foundView(std::string_view foundJson);
/// The same of GET /v1/records/{id}: the record, what it says, each delivery with its attempts.
std::string recordView(std::string_view recordJson);

}  // namespace lianqiao::cli
