#pragma once

#include <string>
#include <string_view>

namespace lianqiao::cli {

/// What the admin API answers to GET /v1/records, for a terminal: a line a record, then how to go
/// on.
std::string foundView(std::string_view foundJson);
/// The same of GET /v1/records/{id}: the record, what it says, each delivery with its attempts.
std::string recordView(std::string_view recordJson);
/// Of POST /v1/history/verify: how much it is, and what is wrong.
std::string verifiedView(std::string_view verifiedJson);
/// Of the status behind a rebuild: how much was made up, and what cannot be.
std::string rebuiltView(std::string_view statusJson);

}  // namespace lianqiao::cli
