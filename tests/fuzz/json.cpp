#include "lianqiao/json.h"

#include "fuzz/fuzz.h"

namespace lianqiao::fuzz {
namespace {

void demandItems(std::string_view input, bool ndjson) {
  const auto items = json::splitItems(input, ndjson);
  if (!items) {
    demand(!items.error().code.empty() && !items.error().detail.empty(),
           "an error says what is wrong");
    return;
  }
  const char* end = input.data();
  for (const std::string_view item : *items) {
    demand(item.data() >= end && item.data() + item.size() <= input.data() + input.size(),
           "items lie within the body, one behind the other");
    end = item.data() + item.size();
  }
}

}  // namespace

LIANQIAO_FUZZ_TARGET(json) {
  demandItems(input, false);
  demandItems(input, true);
  json::Document first;
  if (const auto parsed = json::parse(input, first, {.depth = 16, .bytes = 1u << 20}); !parsed) {
    demand(!parsed.error().code.empty() && !parsed.error().detail.empty(),
           "an error says what is wrong");
    demand(first.root.isNull(), "what could not be parsed leaves nothing");
    return;
  }
  const std::string written = json::write(first.root);
  json::Document second;
  demand(json::parse(written, second).ok(), "what was written can be read");
  demand(json::write(second.root) == written, "writing what was read changes nothing");
  std::string canonical, again;
  json::writeCanonical(first.root, canonical);
  json::Document third;
  demand(json::parse(canonical, third).ok(), "the canonical form can be read");
  json::writeCanonical(third.root, again);
  demand(again == canonical, "the canonical form of the canonical form is itself");
  if (!first.root.isArray()) return;
  const auto items = json::splitItems(input, false);
  demand(items && items->size() == first.root.size(), "an array is split into its elements");
  for (std::size_t i = 0; i < items->size(); ++i) {
    json::Document element;
    demand(json::parse((*items)[i], element).ok() &&
               json::write(element.root) == json::write(first.root.elements()[i]),
           "each item is the element at its place");
  }
}

}  // namespace lianqiao::fuzz
