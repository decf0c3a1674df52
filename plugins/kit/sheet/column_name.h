#pragma once

#include <cstdint>
#include <string>

namespace lianqiao::kit {

/// "A", "B", … "AA" as a spreadsheet names its columns, which are counted from 0 here.
std::string columnName(std::uint32_t column);

}  // namespace lianqiao::kit
