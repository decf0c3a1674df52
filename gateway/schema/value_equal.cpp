#include "schema/value_equal.h"

#include <algorithm>
#include <functional>
#include <string_view>
#include <vector>

#include "schema/decimal.h"

namespace lianqiao::schema {
namespace {

std::uint64_t hashText(std::string_view text) { return std::hash<std::string_view>{}(text); }

std::uint64_t mix(std::uint64_t seed, std::uint64_t value) {
  return (seed ^ value) * 0x9e3779b97f4a7c15 + (seed >> 29);
}

bool equalObjects(const json::Value& a, const json::Value& b) {
  if (a.size() != b.size()) return false;
  return std::all_of(a.members().begin(), a.members().end(), [&b](const json::Member& member) {
    const json::Value* other = b.find(member.name);
    return other != nullptr && equal(member.value, *other);
  });
}

}  // namespace

bool equal(const json::Value& a, const json::Value& b) {
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case json::Kind::null:
      return true;
    case json::Kind::boolean:
      return a.boolean() == b.boolean();
    case json::Kind::number:
      return a.text() == b.text() || Decimal(a.text()) == Decimal(b.text());
    case json::Kind::string:
      return a.text() == b.text();
    case json::Kind::array:
      return std::equal(a.elements().begin(), a.elements().end(), b.elements().begin(),
                        b.elements().end(), equal);
    case json::Kind::object:
      return equalObjects(a, b);
  }
  return false;
}

std::uint64_t hash(const json::Value& value) {
  std::uint64_t result = static_cast<std::uint64_t>(value.kind()) + 1;
  switch (value.kind()) {
    case json::Kind::null:
      break;
    case json::Kind::boolean:
      result = mix(result, value.boolean() ? 1 : 0);
      break;
    case json::Kind::number:
      result = mix(result, Decimal(value.text()).hash());
      break;
    case json::Kind::string:
      result = mix(result, hashText(value.text()));
      break;
    case json::Kind::array:
      for (const json::Value& element : value.elements()) result = mix(result, hash(element));
      break;
    case json::Kind::object:
      for (const json::Member& member : value.members()) {
        result += mix(hashText(member.name), hash(member.value));
      }
      break;
  }
  return result;
}

std::optional<std::pair<std::size_t, std::size_t>> duplicateIn(
    std::span<const json::Value> elements) {
  std::vector<std::pair<std::uint64_t, std::size_t>> order;
  order.reserve(elements.size());
  for (std::size_t i = 0; i < elements.size(); ++i) order.emplace_back(hash(elements[i]), i);
  std::sort(order.begin(), order.end());
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (std::size_t j = i + 1; j < order.size() && order[j].first == order[i].first; ++j) {
      if (equal(elements[order[i].second], elements[order[j].second])) {
        return std::pair(order[i].second, order[j].second);
      }
    }
  }
  return std::nullopt;
}

}  // namespace lianqiao::schema
