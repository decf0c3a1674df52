#include "expression/event_shape.h"

#include <algorithm>
#include <memory>

#include "expression/reading.h"

namespace lianqiao::expression {
namespace {

/// The attributes of record/event.
TargetShape envelope() {
  static const std::unique_ptr<const json::Document> schema = [] {
    auto document = std::make_unique<json::Document>();
    [[maybe_unused]] const bool whole =
        json::parse(R"({"type":"object","additionalProperties":false,"properties":{
          "id":{"type":"string"},"subject":{"type":"string"},"type":{"type":"string"},
          "peer":{"type":"string"},"sourceid":{"type":"string"},"revision":{"type":"string"},
          "time":{"type":"string"},"receivedtime":{"type":"string"},
          "priority":{"type":"string","enum":["normal","high"]},"late":{},
          "source":{"type":"string"},"specversion":{"type":"string"},
          "datacontenttype":{"type":"string"},"dataschema":{"type":"string"},
          "traceparent":{"type":"string"},"cause":{"type":"string"},"data":{"type":"object"}}})",
                    *document)
            .ok();
    return document;
  }();
  return TargetShape::of(schema->root);
}

std::optional<TargetShape> below(const TargetShape& shape, const Step& step) {
  if (!shape.known()) return shape;
  const json::Kind kind = step.index >= 0 ? json::Kind::array : json::Kind::object;
  if (!shape.takes(kind)) return std::nullopt;
  return step.index >= 0 ? std::optional(shape.items()) : shape.member(step.name);
}

std::vector<std::string> listed(TargetShape shape) {
  if (shape.known() && shape.takes(json::Kind::array) && !shape.takes(json::Kind::object))
    shape = shape.items();
  std::vector<std::string_view> texts = shape.allowedTexts();
  const bool coded = texts.empty() && shape.known() && !shape.takes(json::Kind::string);
  if (coded && shape.takes(json::Kind::boolean) && !shape.takes(json::Kind::object))
    return {"true", "false"};
  const auto code = coded ? shape.member("code") : std::nullopt;
  if (code) texts = code->allowedTexts();
  return {texts.begin(), texts.end()};
}

}  // namespace

EventShape EventShape::of(const std::vector<std::string>& types, const SchemaIndex& schemas) {
  EventShape out;
  for (const std::string& type : types) {
    const auto schema = schemas.find(type);
    TargetShape data;
    if (schema != schemas.end()) data = TargetShape::of(schema->second->source());
    out.types_.push_back({type, envelope(), std::move(data)});
  }
  return out;
}

EventShape EventShape::below(const Step& step) const {
  EventShape out;
  for (const OfType& one : types_) {
    if (one.data && step.name == "data" && step.index < 0) {
      out.types_.push_back({one.type, *one.data, std::nullopt});
    } else if (auto inner = expression::below(one.shape, step)) {
      out.types_.push_back({one.type, std::move(*inner), std::nullopt});
    }
  }
  return out;
}

EventShape EventShape::at(const std::vector<Step>& steps) const {
  EventShape out = *this;
  for (std::size_t i = 0; i < steps.size() && !out.empty(); ++i) {
    EventShape inner = out.below(steps[i]);
    if (inner.empty()) inner.remedy_ = out.near(steps, i);
    out = std::move(inner);
  }
  return out;
}

EventShape EventShape::elements() const {
  EventShape out = *this;
  for (OfType& one : out.types_) {
    const bool list = one.shape.known() && one.shape.takes(json::Kind::array);
    if (list) one.shape = one.shape.items();
  }
  return out;
}

std::string EventShape::near(const std::vector<Step>& steps, std::size_t missing) const {
  const std::vector<Step> behind(steps.begin() + static_cast<std::ptrdiff_t>(missing), steps.end());
  const std::vector<Step> before(steps.begin(),
                                 steps.begin() + static_cast<std::ptrdiff_t>(missing));
  const std::string here = missing == 0 ? std::string() : pathText(before);
  const bool event = std::any_of(types_.begin(), types_.end(),
                                 [](const OfType& one) { return one.data.has_value(); });
  if (event && !below({"data", -1}).at(behind).empty()) return "write data." + pathText(steps);
  if (missing > 1 && before[missing - 2].name == "sourceFields") {
    const std::vector<Step> path(steps.begin() + static_cast<std::ptrdiff_t>(missing) - 1,
                                 steps.end());
    const std::vector<Step> owner(before.begin(), before.end() - 1);
    return "the names in sourceFields are whole paths: write " + pathText(owner) + ".\"" +
           pathText(path) + '"';
  }
  if (std::all_of(types_.begin(), types_.end(), [](const OfType& one) {
        return one.shape.known() && !one.shape.takes(json::Kind::object);
      })) {
    const bool list = std::all_of(types_.begin(), types_.end(), [](const OfType& one) {
      return one.shape.takes(json::Kind::array);
    });
    return list ? "`" + here + "` is a list: take its elements with each:, or one with [0]"
                : "`" + here + "` is a single value, nothing stands below it";
  }
  std::vector<std::string_view> names;
  for (const OfType& one : types_) {
    for (const std::string_view name : one.shape.names()) {
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  }
  return suggestion(steps[missing].name, names);
}

bool EventShape::has(std::string_view type) const {
  return std::any_of(types_.begin(), types_.end(),
                     [&](const OfType& one) { return one.type == type; });
}

std::optional<std::vector<std::string>> EventShape::values() const {
  std::vector<std::string> all;
  for (const OfType& one : types_) {
    const std::vector<std::string> texts = listed(one.shape);
    if (texts.empty()) return std::nullopt;
    for (const std::string& text : texts) {
      if (std::find(all.begin(), all.end(), text) == all.end()) all.push_back(text);
    }
  }
  return all.empty() ? std::nullopt : std::optional(std::move(all));
}

std::vector<std::string> EventShape::valuesOf(std::string_view type) const {
  const auto one = std::find_if(types_.begin(), types_.end(),
                                [&](const OfType& each) { return each.type == type; });
  return one == types_.end() ? std::vector<std::string>() : listed(one->shape);
}

}  // namespace lianqiao::expression
