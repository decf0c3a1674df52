#include "json_names.h"

#include <algorithm>
#include <array>
#include <vector>

#include "utf8.h"

namespace lianqiao::json {
namespace {

std::uint32_t hashName(std::string_view name) {
  std::uint64_t head = 0;
  std::uint64_t tail = 0;
  if (name.size() >= 8) {
    head = utf8::load8(name.data());
    tail = utf8::load8(name.data() + name.size() - 8);
  } else {
    for (const char c : name) head = head << 8 | static_cast<unsigned char>(c);
  }
  const std::uint64_t mixed =
      (head ^ (tail * 0x9E3779B97F4A7C15u) ^ name.size()) * 0xD6E8FEB86659FD93u;
  return static_cast<std::uint32_t>(mixed >> 32);
}

constexpr std::size_t kPairwise = 8;
constexpr std::size_t kHashed = 64;

const Member* repeatedHashed(std::span<const Member> members) {
  std::array<std::uint8_t, 2 * kHashed> slots{};
  for (std::size_t i = 0; i < members.size(); ++i) {
    std::size_t slot = hashName(members[i].name) % slots.size();
    while (slots[slot] != 0) {
      if (members[slots[slot] - 1u].name == members[i].name) return &members[i];
      slot = (slot + 1) % slots.size();
    }
    slots[slot] = static_cast<std::uint8_t>(i + 1);
  }
  return nullptr;
}

const Member* repeatedSorted(std::span<const Member> members) {
  std::vector<const Member*> sorted(members.size());
  std::transform(members.begin(), members.end(), sorted.begin(),
                 [](const Member& m) { return &m; });
  std::sort(sorted.begin(), sorted.end(),
            [](const Member* a, const Member* b) { return a->name < b->name; });
  const auto twin =
      std::adjacent_find(sorted.begin(), sorted.end(),
                         [](const Member* a, const Member* b) { return a->name == b->name; });
  return twin == sorted.end() ? nullptr : *twin;
}

}  // namespace

/// A member whose name another member has too, or nullptr. Linear or n log n: names come from
/// outside.
const Member* repeated(std::span<const Member> members) {
  if (members.size() > kHashed) return repeatedSorted(members);
  if (members.size() > kPairwise) return repeatedHashed(members);
  for (std::size_t i = 1; i < members.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (members[i].name == members[j].name) return &members[i];
    }
  }
  return nullptr;
}

}  // namespace lianqiao::json
