#include "cli/replay_tally.h"

#include "admin/json_builder.h"
#include "base/text_view.h"
#include "lianqiao/codes.h"
#include "lianqiao/json.h"

namespace lianqiao::cli {
namespace {

std::string lineOf(const json::Value& item) {
  const std::string_view result = base::textOf(item, "result");
  std::string line(base::textOf(item, "id"));
  line.append(" ").append(base::textOf(item, "peer")) += ' ';
  if (result == "requeued") {
    line += "would go behind its key's others";
  } else if (result == "duplicate") {
    line += "came meanwhile: its exception would go";
  } else if (result == "superseded") {
    line.append("superseded: ") += base::textOf(item, "message");
  } else if (result == "failing") {
    line.append("still failing: ").append(base::textOf(item, "code")).append(" ") +=
        base::textOf(item, "message");
  } else {
    line += "ok";
  }
  return line + '\n';
}

}  // namespace

Result<std::string> ReplayTally::add(std::string_view pageJson) {
  const base::ShownJson shown(pageJson);
  const json::Value* items = shown.root().find("items");
  if (items == nullptr)
    return Error{codes::kMalformed, "The gateway's answer is no page of a replay."};
  std::string lines;
  for (const json::Value& item : items->elements()) {
    const std::string_view result = base::textOf(item, "result");
    const std::string peer(base::textOf(item, "peer"));
    if (result == "failing") {
      ++failing_;
      addCause(peer, std::string(base::textOf(item, "code")), base::textOf(item, "id"),
               base::textOf(item, "message"));
    } else if (result == "superseded") {
      ++superseded_;
      addCause(peer, "superseded", base::textOf(item, "id"), base::textOf(item, "message"));
    } else if (result == "duplicate") {
      ++duplicates_;
    } else {
      ++replayed_;
      if (result == "requeued") ++requeued_;
    }
    if (!preview_) continue;
    lines += lineOf(item);
    if (items_.size() < kMostItems) items_.push_back(json::write(item));
  }
  next_ = base::textOf(shown.root(), "next");
  if (const json::Value* error = shown.root().find("error"))
    stopped_ = base::textOf(*error, "message");
  return lines;
}

void ReplayTally::addUnknown(const std::string& id, std::string_view why) {
  ++failing_;
  addCause("-", std::string(codes::kNotFound), id, why);
}

void ReplayTally::addCause(std::string peer, std::string code, std::string_view id,
                           std::string_view message) {
  std::pair<std::string, std::string> key(std::move(peer), std::move(code));
  if (causes_.size() >= kMostCauses && !causes_.contains(key)) key = {"others", ""};
  Cause& cause = causes_[std::move(key)];
  if (cause.count++ > 0) return;
  cause.first = id;
  cause.message = message;
}

std::string ReplayTally::text() const {
  if (failed_ && seen() == 0) return "Nothing was replayed. " + stopped_ + '\n';
  std::string out = preview_ ? "Would be replayed: " : "Replayed: ";
  out += std::to_string(replayed_) + " (" + std::to_string(requeued_) + " deliveries owed again)";
  out += ", duplicates: " + std::to_string(duplicates_) +
         ", still failing: " + std::to_string(failing_);
  out += ", superseded: " + std::to_string(superseded_) + ".\n";
  for (const auto& [key, cause] : causes_) {
    out.append("  ").append(key.first).append(" ").append(key.second).append(": ") +=
        std::to_string(cause.count);
    out.append(", first ").append(cause.first).append(": ").append(cause.message) += '\n';
  }
  if (stopped()) out.append("Stopped before the end: ").append(stopped_) += '\n';
  return out;
}

std::string ReplayTally::json() const {
  admin::JsonBuilder json;
  json.object()
      .field("preview", preview_)
      .field("seen", seen())
      .field("replayed", replayed_)
      .field("requeued", requeued_);
  json.field("duplicates", duplicates_)
      .field("failed", failing_)
      .field("superseded", superseded_)
      .field("stopped", stopped_)
      .name("causes")
      .array();
  for (const auto& [key, cause] : causes_) {
    json.object().field("peer", key.first).field("code", key.second).field("count", cause.count);
    json.field("first", cause.first).field("message", cause.message).end();
  }
  json.end();
  if (preview_) {
    json.name("items").array();
    for (const std::string& item : items_) json.raw(item);
    json.end();
  }
  json.end();
  return json.take();
}

}  // namespace lianqiao::cli
