#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lianqiao::kit {

/// Further header fields of a setting, each line "Name: value". Throws std::invalid_argument, with
/// the remedy and the entry's number, where one is no header field: for an adapter's factories
/// only. Its text is not shown, for it may be a secret.
std::vector<std::pair<std::string, std::string>> headersOf(const std::vector<std::string>& lines);

/// Whether it can name a header field.
bool isHeaderName(std::string_view name);

}  // namespace lianqiao::kit
