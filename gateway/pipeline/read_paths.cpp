#include "pipeline/read_paths.h"

#include <algorithm>

namespace lianqiao::pipeline {
namespace {

class Walk {
 public:
  explicit Walk(std::vector<ReadPaths>& out) : out_(out) {}

  /// A map of target fields to expressions.
  void fields(const yaml::YamlNode* node) {
    if (node == nullptr || !node->isMap()) return;
    for (const yaml::YamlNode::Entry& entry : node->entries()) expression(entry.value);
  }

  void expression(const yaml::YamlNode& node) {
    if (node.isScalar()) return path(node, node.text());
    // `fields` and `value` of an `each` stand below its list
    const bool each = node.find("each") != nullptr;
    for (const yaml::YamlNode::Entry& entry : node.entries()) {
      if (!each || (entry.key != "fields" && entry.key != "value"))
        part(node, entry.key, entry.value);
    }
  }

 private:
  void part(const yaml::YamlNode& whole, std::string_view key, const yaml::YamlNode& value) {
    if (key == "from" || key == "label") return path(value, value.text());
    if (key == "fields") return fields(&value);
    if (key == "then" || key == "else") return expression(value);
    if (key == "first") return first(value);
    if (key == "ref") return reference(value);
    if (key == "template") return textWithPaths(value);
    if (key == "each") return each(whole, value);
    if (key == "list") {
      for (const yaml::YamlNode& item : value.items()) expression(item);
    }
    if (key != "point" && key != "grid_of") return;
    for (std::string_view axis : {"lng", "lat", "pair", "of", "code"}) {
      if (const yaml::YamlNode* const one = value.find(axis)) path(*one, one->text());
    }
  }

  void first(const yaml::YamlNode& list) {
    std::vector<ReadPaths> choices;
    Walk inner(choices);
    inner.scopes_ = scopes_;
    for (const yaml::YamlNode& item : list.items()) inner.expression(item);
    ReadPaths together;
    for (ReadPaths& choice : choices)
      together.any.insert(together.any.end(), choice.any.begin(), choice.any.end());
    if (!together.any.empty()) out_.push_back(std::move(together));
  }

  void reference(const yaml::YamlNode& value) {
    if (const yaml::YamlNode* const id = value.find("id")) expression(*id);
  }

  void textWithPaths(const yaml::YamlNode& node) {
    for (std::string_view one : pathsOfTemplate(node.text())) path(node, one);
  }

  void each(const yaml::YamlNode& whole, const yaml::YamlNode& list) {
    auto steps = expression::parsePath(list.text());
    if (!list.isScalar() || !steps) return;
    path(list, list.text());
    Walk inner(out_);
    inner.scopes_ = scopes_;
    inner.scopes_.push_back(std::move(*steps));
    inner.fields(whole.find("fields"));
    if (const yaml::YamlNode* const value = whole.find("value")) inner.expression(*value);
  }

  void path(const yaml::YamlNode& place, std::string_view text) {
    auto steps = expression::parsePath(text);
    if (!place.isScalar() || !steps || steps->empty()) return;
    out_.push_back({{{&place, scopes_, std::move(*steps)}}});
  }

  std::vector<ReadPaths>& out_;
  std::vector<std::vector<expression::Step>> scopes_;
};

bool isBelow(const json::Value& from, const ReadPaths::One& path, std::size_t scope) {
  if (scope == path.scopes.size()) return expression::valueAt(from, path.steps) != nullptr;
  const json::Value* const list = expression::valueAt(from, path.scopes[scope]);
  if (list == nullptr) return false;
  if (!list->isArray()) return isBelow(*list, path, scope + 1);
  return std::any_of(list->elements().begin(), list->elements().end(),
                     [&](const json::Value& one) { return isBelow(one, path, scope + 1); });
}

}  // namespace

std::vector<std::string_view> pathsOfTemplate(std::string_view text) {
  std::vector<std::string_view> paths;
  for (;;) {
    const std::size_t open = text.find('{');
    if (open == std::string_view::npos) return paths;
    text.remove_prefix(open + 1);
    if (text.starts_with('{')) {
      text.remove_prefix(1);
      continue;
    }
    const std::size_t close = text.find('}');
    if (close == std::string_view::npos) return paths;
    paths.push_back(text.substr(0, close));
    text.remove_prefix(close + 1);
  }
}

std::vector<ReadPaths> readPaths(const yaml::YamlNode& node) {
  std::vector<ReadPaths> out;
  Walk walk(out);
  if (const yaml::YamlNode* const record = node.find("record")) {
    for (std::string_view key : {"key", "sourceid", "reference", "revision", "time", "priority"}) {
      const yaml::YamlNode* const part = record->find(key);
      if (part == nullptr) continue;
      if (!part->isList()) walk.expression(*part);
      for (const yaml::YamlNode& item : part->items()) walk.expression(item);
    }
  }
  walk.fields(node.find("fields"));
  return out;
}

bool readsPath(const yaml::YamlNode& expression) {
  if (expression.find("record") != nullptr) return true;
  std::vector<ReadPaths> out;
  Walk(out).expression(expression);
  return !out.empty() || expression.text() == "$";
}

bool isIn(const json::Value& source, const ReadPaths::One& path) {
  return isBelow(source, path, 0);
}

}  // namespace lianqiao::pipeline
