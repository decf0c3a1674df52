#pragma once

#include <string>
#include <string_view>

#include "lianqiao/json.h"

namespace lianqiao::record {

/// SHA-256 in hex over type, key and data with sorted members: records of the same content have the
/// same fingerprint, whatever the order of members and whoever sent them. `buffer` is scratch
/// memory to reuse.
[[nodiscard]] std::string fingerprint(std::string_view type, std::string_view key,
                                      const json::Value& data, std::string& buffer);

}  // namespace lianqiao::record
