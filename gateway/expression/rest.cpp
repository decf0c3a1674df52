#include "expression/rest.h"

#include <bit>

#include "expression/expression.h"
#include "expression/path.h"

namespace lianqiao::expression {
namespace {

/// Values lie at least 16 bytes apart.
std::size_t hashOf(const json::Value* value) {
  return (reinterpret_cast<std::uintptr_t>(value) >> 4) * 0x9E3779B97F4A7C15u >> 32;
}

std::string_view kept(std::string_view text, json::Document& memory) {
  return memory.text(text).text();
}

}  // namespace

std::span<const Rest::Part> Rest::find(const json::Value& source,
                                       std::span<const json::Value* const> used,
                                       std::span<const json::Value* const> ignored,
                                       std::size_t most, json::Document& memory) {
  marks_.assign(std::bit_ceil(2 * (used.size() + ignored.size()) + 2), Slot());
  mark(ignored, Mark::ignored);
  mark(used, Mark::used);
  containers_.assign(1, Container{0, {{}, -1}});
  leaves_.clear();
  member_ = 0;
  for (const json::Member& member : source.members()) {
    visit(member.value, 0, {member.name, -1});
    ++member_;
  }
  if (writeAll(leaves_, most, memory) > most) coarsen(source, memory);
  return parts_;
}

void Rest::mark(std::span<const json::Value* const> values, Mark mark) {
  for (const json::Value* const value : values) {
    if (value == nullptr) continue;
    std::size_t at = hashOf(value) & (marks_.size() - 1);
    while (marks_[at].value != nullptr && marks_[at].value != value)
      at = (at + 1) & (marks_.size() - 1);
    if (marks_[at].value == nullptr) marks_[at] = {value, mark};
  }
}

Rest::Mark Rest::markOf(const json::Value& value) const {
  std::size_t at = hashOf(&value) & (marks_.size() - 1);
  for (; marks_[at].value != nullptr; at = (at + 1) & (marks_.size() - 1)) {
    if (marks_[at].value == &value) return marks_[at].mark;
  }
  return Mark::none;
}

/// True where it cannot be kept as one with what lies around it.
bool Rest::visit(const json::Value& value, std::uint32_t parent, const Name& name) {
  const Mark mark = markOf(value);
  if (mark == Mark::used) return true;
  if (mark == Mark::none && value.size() > 0) {
    const std::size_t before = leaves_.size();
    const auto self = static_cast<std::uint32_t>(containers_.size());
    containers_.push_back({parent, name});
    bool parted = false;
    for (const json::Member& member : value.members())
      parted = visit(member.value, self, {member.name, -1}) || parted;
    std::ptrdiff_t index = 0;
    for (const json::Value& element : value.elements())
      parted = visit(element, self, {{}, index++}) || parted;
    if (parted) return true;
    leaves_.resize(before);
    containers_.resize(self);
  }
  if (!isAbsent(value)) leaves_.push_back({&value, parent, member_, name, mark == Mark::none});
  return mark == Mark::ignored;
}

void Rest::appendPath(std::uint32_t container, std::string& path) const {
  const auto append = [&path](const Name& name) {
    if (name.index >= 0) {
      path += '[';
      path += std::to_string(name.index);
      path += ']';
      return;
    }
    if (!path.empty()) path += '.';
    appendName(name.text, path);
  };
  if (container == 0) return;
  appendPath(containers_[container].parent, path);
  append(containers_[container].name);
}

void Rest::write(const Leaf& leaf, json::Document& memory) {
  Part part{leaf.name.text, {}, leaf.counts};
  if (leaf.parent != 0 || !isPlainName(leaf.name.text)) {
    containers_.push_back({leaf.parent, leaf.name});
    buffer_.clear();
    appendPath(static_cast<std::uint32_t>(containers_.size() - 1), buffer_);
    containers_.pop_back();
    part.path = kept(buffer_, memory);
  }
  if (leaf.value->isObject() || leaf.value->isArray()) {
    buffer_.clear();
    json::writeCanonical(*leaf.value, buffer_);
    part.text = kept(buffer_, memory);
  } else {
    part.text = *scalarText(*leaf.value);
  }
  parts_.push_back(part);
}

/// Of each member of the root the shorter of both: its parts by their paths, or the member whole.
/// A whole one is never longer than it was sent, so that all together are not either.
void Rest::coarsen(const json::Value& source, json::Document& memory) {
  std::vector<Leaf> coarse;
  for (auto at = leaves_.begin(); at != leaves_.end();) {
    const std::uint32_t member = at->member;
    const auto first = at;
    while (at != leaves_.end() && at->member == member) ++at;
    const json::Member& root = source.members()[member];
    const Leaf whole{&root.value, 0, member, {root.name, -1}, true};
    const std::size_t bytes = writeAll(std::span(&whole, 1), SIZE_MAX, memory);
    if (writeAll({first, at}, bytes, memory) > bytes) {
      coarse.push_back(whole);
    } else {
      coarse.insert(coarse.end(), first, at);
    }
  }
  leaves_ = std::move(coarse);
  writeAll(leaves_, SIZE_MAX, memory);
}

/// Their bytes; past `most` it ends.
std::size_t Rest::writeAll(std::span<const Leaf> leaves, std::size_t most, json::Document& memory) {
  parts_.clear();
  std::size_t bytes = 0;
  for (const Leaf& leaf : leaves) {
    write(leaf, memory);
    bytes += parts_.back().path.size() + parts_.back().text.size();
    if (bytes > most) break;
  }
  return bytes;
}

}  // namespace lianqiao::expression
