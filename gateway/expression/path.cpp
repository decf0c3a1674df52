#include "expression/path.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>

#include "lianqiao/codes.h"

namespace lianqiao::expression {
namespace {

constexpr std::string_view kReserved = ".[]\"'";

Error bad(std::string_view path, std::string_view why) {
  return Error{codes::kConfig, "path `" + std::string(path) + "`: " + std::string(why)};
}

/// Not collision-proof: names of one record only, checked by comparison afterwards.
std::uint64_t hashOf(std::string_view name) {
  std::uint64_t head = 0;
  std::uint64_t tail = 0;
  if (name.size() >= 8) {
    std::memcpy(&head, name.data(), 8);
    std::memcpy(&tail, name.data() + name.size() - 8, 8);
  } else {
    std::memcpy(&head, name.data(), name.size());
  }
  std::uint64_t mixed = (head ^ (tail * 0x9E3779B97F4A7C15u) ^ name.size()) * 0xC2B2AE3D27D4EB4Fu;
  return mixed ^ (mixed >> 32);
}

Result<void> readIndexes(std::string_view whole, std::string_view& rest, std::vector<Step>& steps) {
  while (rest.starts_with('[')) {
    const std::size_t close = rest.find(']');
    if (close == std::string_view::npos) return bad(whole, "a [ is not closed");
    const std::string_view digits = rest.substr(1, close - 1);
    Step step;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), step.index);
    if (error != std::errc() || end != digits.data() + digits.size() || step.index < 0) {
      return bad(whole, "between [ and ] stands a number from 0");
    }
    steps.push_back(std::move(step));
    rest.remove_prefix(close + 1);
  }
  return {};
}

/// False where the quote is not closed.
bool readQuoted(std::string_view& rest, std::string& name) {
  const char quote = rest[0];
  rest.remove_prefix(1);
  while (true) {
    const std::size_t close = rest.find(quote);
    if (close == std::string_view::npos) return false;
    name += rest.substr(0, close);
    rest.remove_prefix(close + 1);
    if (!rest.starts_with(quote)) return true;
    name += quote;
    rest.remove_prefix(1);
  }
}

Result<void> readName(std::string_view whole, std::string_view& rest, std::vector<Step>& steps) {
  if (rest.starts_with('[') && steps.empty()) return {};
  Step step;
  if (rest.starts_with('"') || rest.starts_with('\'')) {
    if (!readQuoted(rest, step.name)) return bad(whole, "a quote is not closed");
  } else {
    const std::size_t end = std::min(rest.find_first_of(kReserved), rest.size());
    step.name = rest.substr(0, end);
    rest.remove_prefix(end);
    if (step.name.empty()) return bad(whole, "a name is empty");
  }
  steps.push_back(std::move(step));
  return {};
}

}  // namespace

Result<std::vector<Step>> parsePath(std::string_view text) {
  std::vector<Step> steps;
  std::string_view rest = text;
  if (rest == "$") return steps;
  if (rest.starts_with("$.")) rest.remove_prefix(2);
  if (rest.starts_with("$[")) rest.remove_prefix(1);
  while (true) {
    if (auto name = readName(text, rest, steps); !name) return name.error();
    if (auto indexes = readIndexes(text, rest, steps); !indexes) return indexes.error();
    if (rest.empty()) return steps;
    if (rest[0] != '.')
      return bad(text, "a dot or the end is missing; quote names that hold . [ ] or quotes");
    rest.remove_prefix(1);
  }
}

const json::Value* valueAt(const json::Value& from, const std::vector<Step>& steps) {
  const json::Value* value = &from;
  for (const Step& step : steps) {
    if (step.index >= 0) {
      const auto index = static_cast<std::size_t>(step.index);
      value = value->isArray() && index < value->size() ? &value->elements()[index] : nullptr;
    } else {
      value = value->isObject() ? value->find(step.name) : nullptr;
    }
    if (value == nullptr) return nullptr;
  }
  return value;
}

bool isPlainName(std::string_view name) {
  // Not find_first_of, which asks memchr about each character.
  const bool reserved = std::any_of(name.begin(), name.end(), [](char c) {
    return c == '.' || c == '[' || c == ']' || c == '"' || c == '\'';
  });
  return !name.empty() && name != "$" && !reserved;
}

void appendName(std::string_view name, std::string& path) {
  if (isPlainName(name)) {
    path += name;
    return;
  }
  path += '"';
  for (const char c : name) path.append(c == '"' ? 2 : 1, c);
  path += '"';
}

std::string pathText(const std::vector<Step>& steps) {
  std::string path;
  for (const Step& step : steps) {
    if (step.index >= 0) {
      path.append("[").append(std::to_string(step.index)).append("]");
      continue;
    }
    if (!path.empty()) path += '.';
    appendName(step.name, path);
  }
  return path;
}

std::size_t SourceShape::add(const std::vector<Step>& steps) {
  std::size_t at = 0;
  for (const Step& step : steps) {
    std::vector<Child>& children = nodes_[at].children;
    const auto same = std::find_if(children.begin(), children.end(),
                                   [&](const Child& child) { return child.step == step; });
    if (same != children.end()) {
      at = same->node;
      continue;
    }
    const std::size_t fresh = nodes_.size();
    children.push_back({step, fresh, hashOf(step.name)});
    if (step.index >= 0) nodes_[at].byIndex = true;
    nodes_.emplace_back();
    at = fresh;
  }
  nodes_[at].isRead = true;
  nodes_[at].inContent = nodes_[at].inContent || inContent_;
  return at;
}

std::vector<std::string> SourceShape::rootNames() const {
  std::vector<std::string> names;
  for (const Child& child : nodes_.front().children) {
    if (child.step.index < 0) names.push_back(child.step.name);
  }
  return names;
}

const SourceShape::PathNode* SourceShape::nodeOf(const std::vector<Step>& steps) const {
  const PathNode* node = nodes_.data();
  for (const Step& step : steps) {
    const auto same = std::find_if(node->children.begin(), node->children.end(),
                                   [&](const Child& child) { return child.step == step; });
    if (same == node->children.end()) return nullptr;
    node = &nodes_[same->node];
  }
  return node;
}

bool SourceShape::reads(const std::vector<Step>& steps) const {
  const PathNode* const node = nodeOf(steps);
  return node != nullptr && node->isRead;
}

std::vector<std::string_view> SourceShape::membersBelow(const std::vector<Step>& steps) const {
  std::vector<std::string_view> names;
  if (const PathNode* const node = nodeOf(steps)) {
    for (const Child& child : node->children) {
      if (child.step.index < 0) names.emplace_back(child.step.name);
    }
  }
  return names;
}

std::vector<std::size_t> SourceShape::contentSlotsBelow(const std::vector<Step>& steps) const {
  std::vector<std::size_t> found;
  std::vector<const PathNode*> open;
  if (const PathNode* const node = nodeOf(steps)) open.push_back(node);
  while (!open.empty()) {
    const PathNode* const node = open.back();
    open.pop_back();
    if (node->inContent) found.push_back(static_cast<std::size_t>(node - nodes_.data()));
    for (const Child& child : node->children) open.push_back(&nodes_[child.node]);
  }
  return found;
}

bool SourceShape::namesMember(std::string_view name) const {
  return !nodes_[0].children.empty() && childOf(nodes_[0], name) != nullptr;
}

void SourceShape::seal() {
  for (PathNode& node : nodes_) {
    if (node.children.empty()) continue;
    node.table.assign(std::bit_ceil(node.children.size() * 4), 0);
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      if (node.children[i].step.index >= 0) continue;
      std::size_t at = node.children[i].hash & (node.table.size() - 1);
      while (node.table[at] != 0) at = (at + 1) & (node.table.size() - 1);
      node.table[at] = static_cast<std::uint16_t>(i + 1);
    }
  }
}

const SourceShape::Child* SourceShape::childOf(const PathNode& node, std::string_view name) const {
  const std::uint64_t hash = hashOf(name);
  std::size_t at = hash & (node.table.size() - 1);
  for (; node.table[at] != 0; at = (at + 1) & (node.table.size() - 1)) {
    const Child& child = node.children[node.table[at] - 1u];
    if (child.hash == hash && child.step.name == name) return &child;
  }
  return nullptr;
}

void SourceShape::bind(const json::Value& source, Slots& slots, std::size_t base) const {
  slots.resize(base);
  slots.resize(base + nodes_.size(), nullptr);
  bindNode(0, source, slots.data() + base);
}

void SourceShape::bindNode(std::size_t node, const json::Value& value,
                           const json::Value** slots) const {
  slots[node] = &value;
  const PathNode& shape = nodes_[node];
  if (shape.children.empty()) return;
  if (value.isObject()) {
    for (const json::Member& member : value.members()) {
      if (const Child* child = childOf(shape, member.name)) {
        bindNode(child->node, member.value, slots);
      }
    }
  } else if (shape.byIndex && value.isArray()) {
    for (const Child& child : shape.children) {
      const auto index = static_cast<std::size_t>(child.step.index);
      if (child.step.index >= 0 && index < value.size()) {
        bindNode(child.node, value.elements()[index], slots);
      }
    }
  }
}

}  // namespace lianqiao::expression
