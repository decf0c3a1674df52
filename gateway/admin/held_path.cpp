#include "admin/held_path.h"

#include "lianqiao/codes.h"
#include "record/redact.h"

namespace lianqiao::admin {

Result<std::string> heldPath(review::RecordStore& records, std::string_view peer,
                             const std::string& shown) {
  const auto held = records.held();
  if (!held) return held.error();
  std::string found;
  for (const review::HeldLeaf& leaf : *held) {
    if (leaf.peer != peer) continue;
    if (leaf.path == shown) return shown;
    if (record::maskNumbers(leaf.path) != shown) continue;
    if (!found.empty()) {
      return Error{codes::kMalformed,
                   "Several leaves of " + std::string(peer) +
                       " are shown as this path. Name the one in full, or all of them in ignore: "
                       "of its mapping."};
    }
    found = leaf.path;
  }
  return found.empty() ? shown : found;
}

}  // namespace lianqiao::admin
