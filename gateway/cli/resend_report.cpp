#include "cli/resend_report.h"

#include "base/text_view.h"

namespace lianqiao::cli {
namespace {

std::size_t countOf(const json::Value& answer, std::string_view name) {
  return static_cast<std::size_t>(base::numberOf(answer, name));
}

}  // namespace

std::string ResendReport::line(const json::Value& item) {
  if (items_.size() < kMostItems) items_.push_back(json::write(item));
  const std::string_view record = base::textOf(item, "record");
  std::string text(record.empty() ? base::textOf(item, "id") : record);
  text.append(" ").append(base::textOf(item, "peer"));
  const std::string_view result = base::textOf(item, "result");
  if (result == "resent") {
    const json::Value* over = item.find("over");
    const bool done = over != nullptr && over->boolean();
    text += done ? " owed again" : " would be sent again";
  } else {
    text.append(" ").append(result).append(": ").append(base::textOf(item, "code"));
    text.append(" ").append(base::textOf(item, "message"));
  }
  return text + '\n';
}

std::string ResendReport::addUnknown(const json::Value& answer) {
  deliveries_ = countOf(answer, "deliveries");
  left_ = deliveries_;
  std::string lines;
  const json::Value* refused = answer.find("refused");
  if (refused == nullptr) return lines;
  for (const json::Value& item : refused->elements()) {
    ++unknown_;
    lines += line(item);
  }
  return lines;
}

std::string ResendReport::add(const json::Value& answer) {
  deliveries_ = countOf(answer, "deliveries");
  if (!preview_) {
    done_ = countOf(answer, "done");
    refused_ = countOf(answer, "refused");
    failed_ = countOf(answer, "failed");
    left_ = countOf(answer, "left");
  }
  std::string lines;
  const json::Value* items = answer.find("items");
  if (items == nullptr) return lines;
  for (const json::Value& item : items->elements()) {
    if (preview_) {
      const std::string_view result = base::textOf(item, "result");
      ++(result == "resent" ? done_ : result == "failed" ? failed_ : refused_);
      left_ = deliveries_ - done_ - refused_ - failed_;
    }
    lines += line(item);
  }
  return lines;
}

std::string ResendReport::text() const {
  if (list_.empty()) return "Nothing was sent again. " + stopped_ + '\n';
  std::string out = preview_ ? "Would be owed again: " : "Owed again: ";
  out += std::to_string(done_) + " of " + std::to_string(deliveries_) +
         " deliveries, refused: " + std::to_string(refused_) +
         ", failed: " + std::to_string(failed_) + ", unknown ids: " + std::to_string(unknown_) +
         ".\n";
  if (stopped()) out.append("Stopped before the end: ").append(stopped_) += '\n';
  if (preview_ || left_ > 0)
    out.append("This very list: lianqiao resend --go-on ").append(list_) += '\n';
  return out;
}

std::string ResendReport::json() const {
  admin::JsonBuilder json;
  json.object().field("list", list_).field("preview", preview_).field("deliveries", deliveries_);
  json.field("done", done_).field("refused", refused_).field("failed", failed_);
  json.field("unknown", unknown_).field("left", left_).field("stopped", stopped_);
  json.name("items").array();
  for (const std::string& item : items_) json.raw(item);
  json.end().end();
  return json.take();
}

}  // namespace lianqiao::cli
