#include "admin/deadline_answers.h"

#include <charconv>
#include <map>
#include <sstream>
#include <string>

#include "base/rfc3339.h"
#include "review/deadline_book.h"

namespace lianqiao::admin {
namespace {

using Kept = std::map<std::string, std::string, std::less<>>;

constexpr std::string_view kStep = "_step";

WallTime timeOf(long long ms) { return WallTime(std::chrono::milliseconds(ms)); }

std::string_view fieldOf(const Kept& kept, std::string_view name) {
  const auto at = kept.find(name);
  return at == kept.end() ? std::string_view() : std::string_view(at->second);
}

/// By limit: the moment that was told last (queue/FORMAT.md, "Deadlines").
std::map<std::string, long long> toldOf(const Kept& kept) {
  std::map<std::string, long long> told;
  std::istringstream lines{std::string(fieldOf(kept, "t"))};
  std::string limit, round, stage, level;
  for (long long at = 0; lines >> limit >> round >> stage >> level >> at;) told[limit] = at;
  return told;
}

void writeMoment(JsonBuilder& json, const std::string& line,
                 const std::map<std::string, long long>& told) {
  std::istringstream words(line);
  long long at = 0;
  int level = 0;
  std::string limit, stage, provisional, name;
  if (!(words >> at >> limit >> stage >> level >> provisional)) return;
  std::getline(words >> std::ws, name);
  const auto last = told.find(limit);
  json.object().field("limit", limit).field("stage", stage);
  json.field("at", base::formatTime(timeOf(at)));
  if (level > 0) json.field("level", level).field("name", name);
  if (provisional == "!") json.field("provisional", true);
  json.field("told", last != told.end() && at <= last->second).end();
}

}  // namespace

void writeDeadlines(JsonBuilder& json, const Backend& backend, std::string_view type,
                    std::string_view key) {
  review::DeadlineBook* const book = backend.queue.deadlines();
  if (book == nullptr || type.empty()) return;
  if (type.ends_with(kStep)) type.remove_suffix(kStep.size());
  const auto kept = book->kept(std::string(type).append(" ").append(key));
  if (!kept || fieldOf(*kept, "m").empty()) return;
  const auto told = toldOf(*kept);
  json.name("deadlines").array();
  std::istringstream lines{std::string(fieldOf(*kept, "m"))};
  for (std::string line; std::getline(lines, line);) writeMoment(json, line, told);
  json.end();
}

}  // namespace lianqiao::admin
