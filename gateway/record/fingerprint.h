#pragma once

#include <string>
#include <string_view>

#include "lianqiao/json.h"
#include "record/record.h"

/// What tells records of different content apart: texts that are compared, and stand in the ledger
/// of duplicates for `retention.duplicates`. So each says by which rule it was made. `buffer` is
/// scratch memory to reuse.
namespace lianqiao::record {

/// What tells a record from other revisions of its thing, without what does not count.
struct Content {
  json::Value data;
  std::string_view time = {};  ///< As the sender told it; empty where he did not.
  Priority priority = Priority::normal;
};

/// Rule 2: "2:" and SHA-256 in hex over type, key, data with sorted members, time and priority.
/// Records of the same content have the same fingerprint, whatever the order of members and whoever
/// sent them.
[[nodiscard]] std::string fingerprint(std::string_view type, std::string_view key,
                                      const Content& content, std::string& buffer);

/// Rule 1, of version 0.1: the SHA-256 alone, over data whose rest held only the members of the
/// source's root that no path named.
[[nodiscard]] std::string formerFingerprint(std::string_view type, std::string_view key,
                                            const json::Value& data, std::string& buffer);

}  // namespace lianqiao::record
