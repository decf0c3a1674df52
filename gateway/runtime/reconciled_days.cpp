#include "runtime/reconciled_days.h"

#include <fstream>
#include <iterator>

#include "admin/json_builder.h"
#include "base/replace_file.h"
#include "base/rfc3339.h"
#include "lianqiao/codes.h"
#include "lianqiao/json.h"

namespace lianqiao::runtime {
namespace {

std::string textOf(const json::Value& from, std::string_view name) {
  const json::Value* value = from.find(name);
  return value == nullptr ? std::string() : std::string(value->text());
}

std::uint64_t numberOf(const json::Value& from, std::string_view name) {
  const json::Value* value = from.find(name);
  return static_cast<std::uint64_t>(value == nullptr ? 0 : value->integer().value_or(0));
}

ReconciledDay dayOf(const json::Value& from) {
  ReconciledDay day;
  day.day = textOf(from, "day");
  day.at = base::parseTime(textOf(from, "at")).value_or(WallTime());
  day.ours = numberOf(from, "ours");
  day.theirs = numberOf(from, "theirs");
  day.onlyOurs = numberOf(from, "only_ours");
  day.onlyTheirs = numberOf(from, "only_theirs");
  day.differing = numberOf(from, "differing");
  day.open = numberOf(from, "open");
  const json::Value* equal = from.find("equal");
  day.equal = equal != nullptr && equal->boolean();
  if (const std::string code = textOf(from, "code"); !code.empty())
    day.error = Error{code, textOf(from, "message")};
  if (const json::Value* missing = from.find("missing"))
    for (const json::Value& id : missing->elements()) day.missing.emplace_back(id.text());
  return day;
}

}  // namespace

ReconciledDays::ReconciledDays(std::filesystem::path file) : file_(std::move(file)) {
  std::ifstream in(file_, std::ios::binary);
  const base::Lock lock(mutex_);
  read({std::istreambuf_iterator<char>(in), {}});
}

void ReconciledDays::read(const std::string& text) {
  json::Document document;
  if (text.empty() || !json::parse(text, document)) return;
  const json::Value* days = document.root.find("days");
  if (days == nullptr) return;
  for (const json::Value& one : days->elements())
    days_[{textOf(one, "peer"), textOf(one, "direction") == "out"}] = dayOf(one);
}

std::optional<ReconciledDay> ReconciledDays::of(const std::string& peer, bool out) const {
  const base::Lock lock(mutex_);
  const auto found = days_.find({peer, out});
  return found == days_.end() ? std::nullopt : std::optional(found->second);
}

Result<void> ReconciledDays::keep(const std::string& peer, bool out, ReconciledDay day) {
  const base::Lock lock(mutex_);
  days_[{peer, out}] = std::move(day);
  if (base::replaceFile(file_, text())) return {};
  return Error{codes::kConfig, "The file " + file_.string() +
                                   " cannot be written; make room, and look at its owner."};
}

std::string ReconciledDays::text() const {
  admin::JsonBuilder json;
  json.object().name("days").array();
  for (const auto& [of, day] : days_) {
    json.object().field("peer", of.first).field("direction", of.second ? "out" : "in");
    json.field("day", day.day).field("at", base::formatTime(day.at));
    json.field("ours", day.ours).field("theirs", day.theirs);
    json.field("only_ours", day.onlyOurs).field("only_theirs", day.onlyTheirs);
    json.field("differing", day.differing).field("open", day.open).field("equal", day.equal);
    if (day.error) json.field("code", day.error->code).field("message", day.error->detail);
    json.name("missing").array();
    for (const std::string& id : day.missing) json.text(id);
    json.end().end();
  }
  json.end().end();
  return json.take();
}

}  // namespace lianqiao::runtime
