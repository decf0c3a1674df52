#pragma once

#include <compare>
#include <string>
#include <string_view>

/// Cross-references: which key of ours and which id of a peer stand for the same thing.
namespace lianqiao::record {

/// A peer's own id of a thing.
struct Reference {
  std::string peer;
  std::string id;
  auto operator<=>(const Reference&) const = default;
};

/// So long may an id be, in bytes.
inline constexpr std::size_t kMostReferenceBytes = 512;

/// Whether a text can be a peer's id of a thing: not empty, not too long, without control
/// characters.
[[nodiscard]] bool isReferenceId(std::string_view text);

/// Whether a record of that type is of a thing of its own, so that the id that a peer gives it is
/// that thing's. A step or a reminder tells of another thing.
[[nodiscard]] bool isOfItsOwn(std::string_view type);

/// The receipt of a delivered record of that type, where it can be the peer's own id of the thing;
/// else nothing.
[[nodiscard]] std::string_view referenceOf(std::string_view receipt, std::string_view type);

}  // namespace lianqiao::record
