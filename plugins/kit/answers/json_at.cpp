#include "kit/answers/json_at.h"

#include <algorithm>

namespace lianqiao::kit {

const json::Value* at(const json::Value& root, std::string_view path) {
  const json::Value* value = &root;
  while (value != nullptr && !path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    value = value->find(path.substr(0, dot));
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return value;
}

std::string_view scalarText(const json::Value* value) {
  if (value == nullptr) return {};
  if (value->isBoolean()) return value->boolean() ? "true" : "false";
  return value->text();
}

std::string fieldText(const json::Value* value) {
  if (value == nullptr || value->isNull()) return {};
  if (value->isString() || value->isNumber()) return std::string(value->text());
  return json::write(*value);
}

}  // namespace lianqiao::kit
