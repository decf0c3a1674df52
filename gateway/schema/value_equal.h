#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "lianqiao/json.h"

namespace lianqiao::schema {

/// Equality of JSON Schema: numbers by value (1 = 1.0), objects whatever the order of their
/// members.
[[nodiscard]] bool equal(const json::Value& a, const json::Value& b);
/// Equal values have equal hashes.
[[nodiscard]] std::uint64_t hash(const json::Value& value);
/// Indices of two equal elements, or nullopt where all differ.
[[nodiscard]] std::optional<std::pair<std::size_t, std::size_t>> duplicateIn(
    std::span<const json::Value> elements);

}  // namespace lianqiao::schema
