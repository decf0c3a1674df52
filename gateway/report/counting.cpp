#include "report/counting.h"

#include <algorithm>

#include "base/digest64.h"
#include "base/rfc3339.h"
#include "lianqiao/codes.h"

namespace lianqiao::report {
namespace {

bool hold(const std::vector<expression::RecordClause>& clauses, const Seen& record,
          const json::Value& data) {
  const auto priority = record.high ? record::Priority::high : record::Priority::normal;
  return expression::allHold(clauses, {{}, record.peer, priority, &data});
}

/// What people call a value: of a coded one or a unit its name, or else its code.
std::string textAt(const json::Value& data, const Place& place) {
  const json::Value* value = expression::valueAt(data, place.steps);
  for (const std::string_view name : {"name", "code"})
    if (value != nullptr && value->isObject() && value->find(name) != nullptr)
      value = value->find(name);
  return value == nullptr ? std::string() : std::string(value->text());
}

std::optional<WallTime> timeAt(const json::Value& data, const Place& place) {
  const json::Value* value = expression::valueAt(data, place.steps);
  return value == nullptr ? std::nullopt : base::parseTime(value->text());
}

std::uint64_t digestAt(const json::Value& data, const std::vector<Place>& places) {
  std::string all;
  for (const Place& place : places) {
    const std::string text = textAt(data, place);
    if (text.empty()) return 0;
    all += std::to_string(text.size()) + ':' + text;
  }
  return places.empty() ? 0 : std::max<std::uint64_t>(1, base::digest64(all));
}

Error tooLarge(std::string what) {
  return {codes::kMalformed, std::move(what) + "; take a shorter period, or fewer conditions"};
}

}  // namespace

Counting::Counting(const Report& report, const Period& period, WallTime now)
    : report_(report), period_(period), now_(now), stepType_(report.type + "_step") {}

Result<void> Counting::add(const Seen& record, const json::Value& data) {
  const bool isStep = record.type == stepType_;
  if (!isStep && record.type != report_.type) return {};
  auto known = things_.find(record.key);
  if (known == things_.end()) {
    if (things_.size() == kMostThings)
      return tooLarge("More than " + std::to_string(kMostThings) + " things lie around the period");
    known = things_.emplace(record.key, Thing()).first;
    known->second.stepped.resize(report_.figures.size());
  }
  if (isStep) {
    addStep(known->second, record, data);
  } else {
    addThing(known->second, record, data);
  }
  return {};
}

/// The latest revision tells what a thing is; the first one when it came.
void Counting::addThing(Thing& thing, const Seen& record, const json::Value& data) const {
  if (thing.id.empty()) {
    thing.id = record.id;
    thing.time = record.accepted;
  }
  if (report_.time) thing.time = timeAt(data, *report_.time).value_or(thing.time);
  thing.counts =
      period_.begin <= thing.time && thing.time < period_.end && hold(report_.when, record, data);
  thing.groups.clear();
  for (const Place& place : report_.by) thing.groups.push_back(textAt(data, place));
  thing.holds.clear();
  thing.limits.clear();
  thing.digests.clear();
  for (const Figure& figure : report_.figures) {
    thing.holds.push_back(!figure.steps.empty() || hold(figure.when, record, data));
    thing.limits.push_back(figure.limit ? timeAt(data, *figure.limit) : std::nullopt);
    thing.digests.push_back(digestAt(data, figure.same));
  }
}

void Counting::addStep(Thing& thing, const Seen& record, const json::Value& data) const {
  static const Place kStep{"data.step", {{"step", -1}}};
  static const Place kTime{"data.time", {{"time", -1}}};
  const std::string step = textAt(data, kStep);
  const WallTime time = timeAt(data, kTime).value_or(record.accepted);
  for (std::size_t i = 0; i < report_.figures.size(); ++i) {
    const Figure& figure = report_.figures[i];
    if (std::find(figure.steps.begin(), figure.steps.end(), step) == figure.steps.end()) continue;
    if (!hold(figure.when, record, data)) continue;
    std::optional<WallTime>& first = thing.stepped[i];
    if (!first || time < *first) first = time;
  }
}

bool Counting::counted(const Thing& thing, std::size_t figure,
                       std::set<std::uint64_t>& seen) const {
  const Figure& what = report_.figures[figure];
  if (!what.same.empty()) {
    const std::uint64_t digest = thing.digests[figure];
    if (digest == 0 || seen.insert(digest).second) return false;
  }
  if (!thing.holds[figure]) return false;
  const std::optional<WallTime> stepped = thing.stepped[figure];
  if (!what.limit) return what.steps.empty() || stepped;
  const std::optional<WallTime> limit = thing.limits[figure];
  if (!limit) return false;
  if (what.late) return stepped ? *stepped > *limit : now_ > *limit;
  return stepped && *stepped <= *limit;
}

std::vector<const Counting::Thing*> Counting::inOrder() const {
  std::vector<const Thing*> things;
  for (const auto& [key, thing] : things_)
    if (thing.counts) things.push_back(&thing);
  std::sort(things.begin(), things.end(), [](const Thing* one, const Thing* other) {
    return std::pair(one->time, std::string_view(one->id)) <
           std::pair(other->time, std::string_view(other->id));
  });
  return things;
}

Result<Table> Counting::table() const {
  Table table;
  table.total.figures.resize(report_.figures.size());
  std::map<std::vector<std::string>, std::vector<std::uint64_t>> rows;
  const std::vector<const Thing*> things = inOrder();
  for (const Thing* thing : things) {
    rows[thing->groups].resize(report_.figures.size());
    if (rows.size() > kMostRows)
      return tooLarge("The table has more than " + std::to_string(kMostRows) + " rows");
  }
  for (std::size_t i = 0; i < report_.figures.size(); ++i) {
    std::set<std::uint64_t> seen;
    for (const Thing* thing : things) {
      if (!counted(*thing, i, seen)) continue;
      ++rows[thing->groups][i];
      ++table.total.figures[i];
    }
  }
  for (auto& [groups, figures] : rows) table.rows.push_back({groups, std::move(figures)});
  return table;
}

std::vector<std::string> Counting::list(std::size_t figure,
                                        const std::vector<std::string>* groups) const {
  std::vector<std::string> ids;
  std::set<std::uint64_t> seen;
  for (const Thing* thing : inOrder())
    if (counted(*thing, figure, seen) && (groups == nullptr || thing->groups == *groups))
      ids.push_back(thing->id);
  return ids;
}

}  // namespace lianqiao::report
