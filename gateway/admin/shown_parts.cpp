#include "admin/shown_parts.h"

#include "admin/parameters.h"
#include "lianqiao/digest.h"
#include "lianqiao/json.h"
#include "lianqiao/text.h"
#include "record/redact.h"

namespace lianqiao::admin {
namespace {

/// What is no JSON tells its size alone.
std::string maskedText(std::string_view bytes) {
  json::Document document;
  if (json::parse(bytes, document).ok()) return record::redacted(json::Value(), document.root);
  return "(" + std::to_string(bytes.size()) + " bytes)";
}

}  // namespace

Result<ShownParts> ShownParts::of(const HttpRequest& request) {
  ShownParts parts;
  const auto wants = [&](std::string_view name) { return request.parameter(name) == "true"; };
  parts.raw_ = wants("raw");
  parts.normalized_ = wants("normalized");
  parts.sent_ = wants("sent");
  parts.answer_ = wants("answer");
  auto by = wordsOf("by", request);
  if (!by) return by.error();
  auto reason = wordsOf("reason", request);
  if (!reason) return reason.error();
  parts.by_ = by->empty() ? "somebody" : std::move(*by);
  parts.reason_ = std::move(*reason);
  return parts;
}

std::string ShownParts::text() const {
  std::string text;
  const auto add = [&](bool wanted, std::string_view name) {
    if (wanted) text.append(text.empty() ? "" : ", ").append(name);
  };
  add(raw_, "raw item");
  add(normalized_, "event");
  add(sent_, "payloads");
  add(answer_, "answers");
  return text;
}

void ShownParts::write(JsonBuilder& json, const std::string& name, std::string_view bytes) {
  bytes_ += bytes.size();
  if (bytes_ > kMostBytes) {
    json.name(name).raw("null");
  } else if (!clear()) {
    json.field(name, maskedText(bytes));
  } else if (isUtf8(bytes)) {
    json.field(name, bytes);
  } else {
    json.field(name + "_base64", base64(bytes));
  }
}

}  // namespace lianqiao::admin
