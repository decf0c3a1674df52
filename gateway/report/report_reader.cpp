#include "report/report_reader.h"

#include <array>
#include <set>

#include "base/time_of_day.h"
#include "expression/reading.h"
#include "expression/target_shape.h"
#include "lifecycle/deadline_clause.h"
#include "record/leaf_classes.h"
#include "times/time_text.h"
#include "yaml/map_reader.h"
#include "yaml/texts_of.h"

namespace lianqiao::report {
namespace {

using yaml::Findings;
using yaml::YamlNode;
using namespace std::chrono_literals;

constexpr std::size_t kMostReports = 100;
constexpr std::size_t kMostFigures = 30;
constexpr std::size_t kMostGroups = 4;
constexpr std::string_view kData = "data.";

/// Reads one report.
class Reader {
 public:
  Reader(const record::SchemaSet& schemas, Findings& findings)
      : schemas_(schemas), findings_(findings) {}

  Report read(const YamlNode& node) {
    yaml::MapReader map(&node, findings_);
    map.require("name", node, "name the report: it is asked for by that");
    map.name("name", report_.name);
    report_.title = report_.name;
    map.text("title", report_.title);
    const YamlNode* type = map.require("type", node, "write type: work_order, say");
    map.name("type", report_.type);
    if (type != nullptr) checkType(*type);
    if (const YamlNode* when = map.take("when"))
      report_.when = lifecycle::readClauses(*when, report_.type, schemas_, findings_);
    if (const YamlNode* time = map.take("time")) report_.time = place(*time);
    static constexpr std::string_view kPeriods[] = {"day", "week", "month"};
    map.require("period", node, "write period: week");
    if (const int kind = map.choice("period", kPeriods); kind >= 0)
      report_.period = static_cast<PeriodKind>(kind);
    std::string zone = "+08:00";
    map.zone("zone", zone);
    report_.offset = times::readZone(zone).value_or(report_.offset);
    if (const YamlNode* at = map.take("at")) readSetTime(*at);
    map.duration("follow", report_.follow, {1h, 366 * 24h});
    if (const YamlNode* by = map.take("by")) readGroups(*by);
    if (const YamlNode* list = map.require("figures", node, "write figures: [{name: received}]"))
      readFigures(*list);
    map.finish();
    return std::move(report_);
  }

 private:
  void readSetTime(const YamlNode& node) {
    const auto text = yaml::readText(node, findings_);
    if (!text) return;
    report_.at = base::minutesOfDay(*text);
    if (!report_.at)
      findings_.add(node.finding(yaml::shown(*text) + " is no time of a day",
                                 "write it in quotation marks, as in \"06:30\""));
  }

  void checkType(const YamlNode& node) {
    if (report_.type.empty() || schemas_.find(report_.type) != nullptr) return;
    findings_.add(node.finding("there is no schema for the type '" + report_.type + "'",
                               yaml::suggestion(report_.type, schemas_.types())));
  }

  std::optional<Place> place(const YamlNode& node) {
    const auto text = yaml::readText(node, findings_);
    if (!text) return std::nullopt;
    Place place{*text, {}};
    auto steps = expression::parsePath(*text);
    if (!text->starts_with(kData) || !steps) {
      findings_.add(node.finding(yaml::shown(*text) + " is no field of a record",
                                 "write it as in data.department"));
      return std::nullopt;
    }
    place.steps.assign(steps->begin() + 1, steps->end());
    return isThere(node, place) ? std::optional(std::move(place)) : std::nullopt;
  }

  bool isThere(const YamlNode& node, const Place& place) {
    const record::TypeSchema* schema = schemas_.find(report_.type);
    if (schema == nullptr) return true;
    expression::TargetShape shape = expression::TargetShape::of(schema->schema.source());
    for (const expression::Step& step : place.steps) {
      auto member = step.index >= 0 ? std::optional(shape.items()) : shape.member(step.name);
      if (!member) {
        findings_.add(node.finding("no " + report_.type + " has the field '" + step.name + "'",
                                   expression::suggestion(step.name, shape.names())));
        return false;
      }
      shape = *std::move(member);
    }
    return true;
  }

  void readGroups(const YamlNode& list) {
    report_.by = places(list, kMostGroups);
    const record::TypeSchema* schema = schemas_.find(report_.type);
    if (schema == nullptr) return;
    const record::LeafClasses classes(schema->schema.source());
    for (const Place& place : report_.by)
      if (!isPublic(classes, place))
        findings_.add(list.finding("`" + place.text + "` is personal data, or may hold some",
                                   "count by what its schema classes as public"));
  }

  /// Of what stands in a row: of an object its name, or its code.
  static bool isPublic(const record::LeafClasses& classes, const Place& place) {
    const record::LeafClasses::Place* at = &classes.root();
    for (const expression::Step& step : place.steps)
      at = step.index >= 0 ? at->element(static_cast<std::size_t>(step.index))
                           : at->member(step.name);
    for (const std::string_view name : {"name", "code"})
      if (at->members.contains(name)) at = at->member(name);
    return at->isPublic;
  }

  std::vector<Place> places(const YamlNode& list, std::size_t most) {
    std::vector<Place> all;
    if (list.isList() && list.items().size() > most)
      findings_.add(
          list.finding("at most " + std::to_string(most) + " fields stand here", "leave some out"));
    for (const YamlNode& item : yaml::itemsOf(list))
      if (auto one = place(item)) all.push_back(std::move(*one));
    return all;
  }

  void readFigures(const YamlNode& list) {
    if (!list.isList() || list.items().empty() || list.items().size() > kMostFigures) {
      findings_.add(list.finding("a list of 1 to 30 figures is wanted here",
                                 "write one `- name: …` for each"));
      return;
    }
    std::set<std::string> names;
    for (const YamlNode& item : list.items()) {
      if (!item.isMap()) {
        findings_.add(item.finding("a figure is wanted here", "write {name: received}"));
        continue;
      }
      Figure figure = readFigure(item);
      if (!figure.name.empty() && !names.insert(figure.name).second)
        findings_.add(item.find("name")->finding(
            "another figure is named '" + figure.name + "' too", "name each differently"));
      report_.figures.push_back(std::move(figure));
    }
  }

  Figure readFigure(const YamlNode& node) {
    Figure figure;
    yaml::MapReader map(&node, findings_);
    map.require("name", node, "name the figure: its list is asked for by that");
    map.name("name", figure.name);
    figure.title = figure.name;
    map.text("title", figure.title);
    const std::string steps = report_.type + "_step";
    if (const YamlNode* step = map.take("step")) readSteps(*step, steps, figure);
    if (const YamlNode* when = map.take("when"))
      figure.when = lifecycle::readClauses(*when, figure.steps.empty() ? report_.type : steps,
                                           schemas_, findings_);
    const YamlNode* before = map.take("before");
    const YamlNode* after = map.take("after");
    if (before != nullptr) figure.limit = place(*before);
    if (after != nullptr) figure.limit = place(*after);
    figure.late = after != nullptr;
    if (before != nullptr && after != nullptr)
      findings_.add(after->finding("a step comes before a time or after it", "leave one out"));
    for (const YamlNode* limit : {before, after})
      if (limit != nullptr && figure.steps.empty())
        findings_.add(limit->finding("it is not said which step", "write step: [closed], say"));
    if (const YamlNode* same = map.take("same")) figure.same = places(*same, kMostGroups);
    map.finish();
    return figure;
  }

  void readSteps(const YamlNode& node, const std::string& type, Figure& figure) {
    const record::TypeSchema* schema = schemas_.find(type);
    if (schema == nullptr) {
      findings_.add(node.finding("there are no steps of a " + report_.type, "leave `step` out"));
      return;
    }
    const auto shape = expression::TargetShape::of(schema->schema.source()).member("step");
    for (const YamlNode& item : yaml::itemsOf(node)) {
      auto name = yaml::readText(item, findings_);
      if (!name) continue;
      if (shape && shape->excludes(*name))
        findings_.add(item.finding("there is no step '" + *name + "'",
                                   expression::suggestion(*name, shape->allowedTexts())));
      figure.steps.push_back(std::move(*name));
    }
    if (figure.steps.empty()) findings_.add(node.finding("no step stands here", "name one"));
  }

  const record::SchemaSet& schemas_;
  Findings& findings_;
  Report report_;
};

}  // namespace

std::vector<Report> readReports(const YamlNode& root, const record::SchemaSet& schemas,
                                Findings& findings) {
  std::vector<Report> reports;
  yaml::MapReader map(&root, findings);
  const YamlNode* list =
      map.require("reports", root, "write reports: and one `- name: …` for each");
  map.finish();
  if (list == nullptr) return reports;
  if (!list->isList() || list->items().size() > kMostReports) {
    findings.add(list->finding("a list of at most 100 reports is wanted here",
                               "write one `- name: …` for each"));
    return reports;
  }
  std::set<std::string> names;
  for (const YamlNode& item : list->items()) {
    if (!item.isMap()) {
      findings.add(item.finding("a report is wanted here", "write {name: …, type: …, figures: …}"));
      continue;
    }
    const std::size_t before = findings.all().size();
    Report report = Reader(schemas, findings).read(item);
    if (!report.name.empty() && !names.insert(report.name).second)
      findings.add(item.find("name")->finding("another report is named '" + report.name + "' too",
                                              "name each differently"));
    if (findings.all().size() == before) reports.push_back(std::move(report));
  }
  return reports;
}

std::vector<Report> readReports(const YamlNode& root, const std::filesystem::path& schemas,
                                Findings& findings) {
  record::SchemaSet types;
  std::vector<Problem> toldByThePipeline;
  types.load(schemas, toldByThePipeline);
  return readReports(root, types, findings);
}

}  // namespace lianqiao::report
