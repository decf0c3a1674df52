#include "hotline12345/hotline_receiver.h"

namespace lianqiao::hotline12345 {
namespace {

const json::Value* follow(const json::Value& root, std::initializer_list<std::string_view> path) {
  const json::Value* value = &root;
  for (const std::string_view name : path) {
    value = value->find(name);
    if (value == nullptr) return nullptr;
  }
  return value;
}

/// The list or object inside a known envelope; nullptr when there is none.
const json::Value* enveloped(const json::Value& root) {
  for (const auto path : {std::initializer_list<std::string_view>{"data", "list"},
                          {"custom", "caseInfo"},
                          {"custom", "caseList"},
                          {"data", "caseInfo"}}) {
    const json::Value* inner = follow(root, path);
    if (inner != nullptr && (inner->isArray() || inner->isObject())) return inner;
  }
  return nullptr;
}

}  // namespace

Result<Reception> HotlineReceiver::receive(const HttpRequest& request) {
  auto items = unwrap(request.body, request);
  if (!items) return items.error();
  Reception reception;
  reception.items = std::move(items).value();
  return reception;
}

Result<std::vector<RawItem>> unwrap(std::string_view body, const HttpRequest& request) {
  // A quick look keeps the usual record from being parsed twice.
  const bool mayBeEnveloped = body.find("\"data\"") != std::string_view::npos ||
                              body.find("\"custom\"") != std::string_view::npos;
  json::Document document;
  // As many values as orders may have, and what is denser costs no more than a few times its size.
  const json::Limits limits{.values = 100'000 + body.size() / 64};
  if (mayBeEnveloped && json::parse(body, document, limits)) {
    if (const json::Value* inner = enveloped(document.root)) {
      std::vector<RawItem> items;
      if (inner->isObject()) {
        items.push_back({.body = json::write(*inner),
                         .evidence = std::string(body),
                         .sourceId = {},
                         .origin = {},
                         .problems = {}});
        return items;
      }
      if (inner->size() > request.itemLimit) {
        return Error{codes::kTooLarge, "At most " + std::to_string(request.itemLimit) +
                                           " records may come in one request; send several."};
      }
      for (const json::Value& element : inner->elements()) {
        items.push_back({.body = json::write(element),
                         .evidence = {},
                         .sourceId = {},
                         .origin = {},
                         .problems = {}});
      }
      return items;
    }
  }
  auto standard = receiveStandard(request);
  if (!standard) return standard.error();
  return std::move(standard->items);
}

}  // namespace lianqiao::hotline12345
