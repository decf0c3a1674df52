#include "admin/raw_items.h"

#include "lianqiao/digest.h"
#include "lianqiao/text.h"

namespace lianqiao::admin {
namespace {

constexpr std::size_t kMostName = 100;

void writeBytes(JsonBuilder& json, const std::string& name, std::string_view bytes) {
  if (isUtf8(bytes)) {
    json.field(name, bytes);
  } else {
    json.field(name + "_base64", base64(bytes));
  }
}

}  // namespace

RawItems::RawItems(const HttpRequest& request)
    : wanted_(request.parameter("raw") == "true"), by_(request.parameter("by")) {
  if (by_.empty() || by_.size() > kMostName || !isUtf8(by_)) by_ = "somebody";
}

void RawItems::write(JsonBuilder& json, std::string_view body, std::string_view evidence) {
  if (!wanted_) return;
  bytes_ += body.size() + evidence.size();
  json.name("raw");
  if (body.empty() || bytes_ > kMostBytes) {
    json.raw("null");
    return;
  }
  ++shown_;
  json.object();
  writeBytes(json, "body", body);
  if (!evidence.empty()) writeBytes(json, "evidence", evidence);
  json.end();
}

void RawItems::tell(const Backend& backend, const std::string& what) const {
  if (shown_ > 0) backend.operations.noteRawShown(what, by_);
}

}  // namespace lianqiao::admin
