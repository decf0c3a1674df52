#include "lifecycle/public_part.h"

#include <vector>

namespace lianqiao::lifecycle {
namespace {

constexpr std::size_t kLongest = 300;  // bytes of one value
constexpr std::size_t kMostElements = 20;

}  // namespace

json::Value publicPart(const json::Value& data, const record::LeafClasses::Place& place,
                       json::Document& out) {
  if (data.isObject()) {
    std::vector<json::Member> members;
    for (const json::Member& member : data.members()) {
      const json::Value part = publicPart(member.value, *place.member(member.name), out);
      if (!part.isNull()) members.push_back({member.name, part});
    }
    return members.empty() ? json::Value() : out.object(members);
  }
  if (data.isArray()) {
    std::vector<json::Value> elements;
    for (const json::Value& element : data.elements()) {
      if (elements.size() == kMostElements) break;
      const json::Value part = publicPart(element, *place.element(elements.size()), out);
      if (!part.isNull()) elements.push_back(part);
    }
    return elements.empty() ? json::Value() : out.array(elements);
  }
  const bool isKept = place.isPublic && data.text().size() <= kLongest;
  return isKept ? data : json::Value();
}

}  // namespace lianqiao::lifecycle
