#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "queue/submissions.h"

/// A submission as bytes of the spool (FORMAT.md, "A row") and back. Pure functions.
namespace lianqiao::spool {

/// REQUIRES: no cursor; what is polled stays with its source while Redis is away.
[[nodiscard]] std::string encode(const queue::Submission& submission);

/// Nothing for bytes that encode() of this or an older version cannot have made.
[[nodiscard]] std::optional<queue::Submission> decode(std::string_view bytes);

/// What encode() and its row will take, at most.
[[nodiscard]] std::size_t sizeOf(const queue::Submission& submission);

/// Of a row's bytes: to tell damage.
[[nodiscard]] std::int64_t checksum(std::string_view bytes);

}  // namespace lianqiao::spool
