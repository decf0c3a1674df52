#include "lifecycle/deadline_reader.h"

#include <algorithm>
#include <array>
#include <set>

#include "expression/path.h"
#include "lifecycle/amount_text.h"
#include "lifecycle/deadline_clause.h"
#include "record/leaf_classes.h"
#include "yaml/map_reader.h"
#include "yaml/texts_of.h"

namespace lianqiao::lifecycle {
namespace {

using yaml::Findings;
using yaml::YamlNode;

constexpr std::size_t kMostRules = 1000;
constexpr std::size_t kMostEscalations = 10;
constexpr std::array<std::string_view, 6> kStarts = {"receipt",    "day_after_receipt",
                                                     "acceptance", "day_after_acceptance",
                                                     "dispatch",   "day_after_dispatch"};
constexpr std::array<std::string_view, 2> kEnds = {"same_time", "close"};

bool isByTheClock(const Amount& amount) {
  return amount.unit == Unit::minutes || amount.unit == Unit::seconds;
}

bool countsDays(const Amount& amount) {
  return amount.unit == Unit::working_days || amount.unit == Unit::calendar_days;
}

/// Reads one limit.
class RuleReader {
 public:
  RuleReader(const LifeCycles& cycles, const record::SchemaSet& schemas, Findings& findings)
      : cycles_(cycles), schemas_(schemas), findings_(findings) {}

  DeadlineRule read(const YamlNode& node) {
    DeadlineRule rule;
    yaml::MapReader map(&node, findings_);
    map.require("name", node, "name the limit: it stands in its reminders");
    map.name("name", rule.name);
    map.require("source", node, "name the rule or notice that the limit was taken from");
    map.text("source", rule.source);
    const YamlNode* type = map.require("type", node, "write type: work_order, say");
    map.name("type", rule.type);
    const LifeCycle* cycle = type == nullptr ? nullptr : cycleOf(*type, rule.type);
    if (const YamlNode* step = map.require("step", node, "name the step that is due"))
      readSteps(*step, cycle, rule);
    readStart(map, node, cycle, rule);
    const YamlNode* limit = map.require("limit", node, "write limit: 5 working_days, say");
    const bool counts = limit != nullptr && readAmount(*limit, rule.term.limit);
    const YamlNode* ends = map.take("ends");
    if (counts) checkTerm(map, ends == nullptr ? *limit : *ends, ends != nullptr, rule);
    if (const YamlNode* when = map.take("when")) {
      rule.when = readClauses(*when, rule.type, schemas_, findings_);
      checkPublic(*when, rule.type);
    }
    if (const YamlNode* extension = map.take("extension")) readExtension(*extension, rule);
    if (const YamlNode* warn = map.take("warn")) readWarning(*warn, rule);
    if (const YamlNode* list = map.take("escalate")) readEscalations(*list, rule);
    map.finish();
    return rule;
  }

 private:
  const LifeCycle* cycleOf(const YamlNode& node, const std::string& type) {
    const auto found = cycles_.find(type);
    if (found != cycles_.end()) {
      if (found->second && !found->second->movedBy())
        findings_.add(node.finding("no record moves the life of a " + type,
                                   "write moved_by into schemas/" + type + ".lifecycle.yaml"));
      return found->second ? &*found->second : nullptr;
    }
    std::vector<std::string_view> types;
    for (const auto& [name, cycle] : cycles_) types.push_back(name);
    if (!type.empty())
      findings_.add(node.finding("there is no life cycle of the type '" + type + "'",
                                 yaml::suggestion(type, types)));
    return nullptr;
  }

  void readSteps(const YamlNode& node, const LifeCycle* cycle, DeadlineRule& rule) {
    if (node.isList() && node.items().empty())
      findings_.add(node.finding("no step is due here", "name one"));
    for (const YamlNode& one : yaml::itemsOf(node)) {
      auto name = yaml::readText(one, findings_);
      if (!name) continue;
      if (cycle != nullptr && cycle->stepByName(*name) == nullptr) {
        std::vector<std::string_view> names;
        for (const LifeCycle::Step& step : cycle->steps()) names.push_back(step.name);
        findings_.add(one.finding("a life cycle of " + rule.type + " has no step '" + *name + "'",
                                  yaml::suggestion(*name, names)));
      }
      rule.steps.push_back(std::move(*name));
    }
  }

  /// What limits are chosen by is kept for as long as something is due.
  void checkPublic(const YamlNode& when, const std::string& type) {
    const record::TypeSchema* const schema = schemas_.find(type);
    if (schema == nullptr) return;
    const record::LeafClasses classes(schema->schema.source());
    for (const YamlNode::Entry& entry : when.entries()) {
      if (!entry.key.starts_with("data.")) continue;
      const auto path = expression::parsePath(std::string_view(entry.key).substr(5));
      if (!path) continue;
      const record::LeafClasses::Place* place = &classes.root();
      for (const expression::Step& step : *path)
        place = step.index < 0 ? place->member(step.name)
                               : place->element(static_cast<std::size_t>(step.index));
      // A coded value is compared by its code.
      if (place->isPublic || place->member("code")->isPublic) continue;
      findings_.add(
          entry.value.finding("limits are not chosen by what tells of a person",
                              "name a field that is public in schemas/" + type + ".json"));
    }
  }

  void readStart(yaml::MapReader& map, const YamlNode& owner, const LifeCycle* cycle,
                 DeadlineRule& rule) {
    const YamlNode* node = map.require("start", owner, "write start: receipt, say");
    const int choice = map.choice("start", kStarts);
    if (node == nullptr || choice < 0) return;
    rule.start = static_cast<DeadlineRule::Start>(choice / 2);
    rule.term.dayAfter = choice % 2 == 1;
    if (cycle == nullptr || rule.start == DeadlineRule::Start::receipt) return;
    const bool accepts = rule.start == DeadlineRule::Start::acceptance;
    const auto& steps = cycle->steps();
    if (std::none_of(steps.begin(), steps.end(), [&](const LifeCycle::Step& step) {
          return accepts ? step.startsAcceptance : step.startsDispatch;
        }))
      findings_.add(
          node->finding("no step of a " + rule.type + " starts this clock",
                        "name another start, or the step below clocks of its life cycle"));
  }

  /// What begins at a midnight ends with a day; what is counted by the clock ends by itself.
  void checkTerm(yaml::MapReader& map, const YamlNode& place, bool given, DeadlineRule& rule) {
    const int choice = map.choice("ends", kEnds);
    const bool inDays = countsDays(rule.term.limit);
    rule.term.toClose = choice < 0 ? rule.term.dayAfter && inDays : choice == 1;
    if (rule.term.toClose && !inDays)
      findings_.add(place.finding("only a limit in days ends at close of business",
                                  "leave `ends` out, or write the limit in days"));
    if (rule.term.dayAfter && inDays && given && choice == 0)
      findings_.add(place.finding("a limit that counts from the day after has no time of day",
                                  "write ends: close, or leave it out"));
    if (rule.term.dayAfter && isByTheClock(rule.term.limit))
      findings_.add(place.finding("minutes and hours count from the moment itself",
                                  "write start without day_after_, or the limit in days"));
  }

  bool readAmount(const YamlNode& node, Amount& target) {
    const auto text = yaml::readText(node, findings_);
    if (!text) return false;
    const auto amount = yaml::accept(node, parseAmount(*text), findings_);
    if (amount) target = *amount;
    return amount.has_value();
  }

  void readExtension(const YamlNode& node, DeadlineRule& rule) {
    yaml::MapReader map(&node, findings_);
    map.require("most", node, "write most: 1");
    map.integer("most", rule.mostExtensions, {1, 100});
    const YamlNode* by = map.require("by", node, "write by: 10 working_days, say");
    map.finish();
    Amount amount;
    if (by == nullptr || !readAmount(*by, amount)) return;
    rule.extension = amount;
    if (amount.unit != rule.term.limit.unit)
      findings_.add(by->finding("the limit is in another unit", "write both in the same unit"));
  }

  void readWarning(const YamlNode& node, DeadlineRule& rule) {
    Amount amount;
    if (!readAmount(node, amount)) return;
    rule.warn = amount;
    if (amount.unit == rule.term.limit.unit && amount.count >= rule.term.limit.count)
      findings_.add(node.finding("the warning would come before the clock starts",
                                 "write less than the limit"));
  }

  void readEscalations(const YamlNode& list, DeadlineRule& rule) {
    if (!list.isList() || list.items().empty() || list.items().size() > kMostEscalations) {
      findings_.add(list.finding("a list of 1 to 10 escalations is wanted here",
                                 "write one `- {after: 1 working_days, name: …}` for each"));
      return;
    }
    for (const YamlNode& item : list.items()) {
      DeadlineRule::Escalation one;
      yaml::MapReader map(&item, findings_);
      const YamlNode* after = map.require("after", item, "write after: 1 working_days, say");
      map.require("name", item, "name it: it stands in the reminder");
      map.text("name", one.name);
      map.finish();
      if (after == nullptr || !readAmount(*after, one.after)) continue;
      if (!rule.escalations.empty() && rule.escalations.back().after.unit == one.after.unit &&
          rule.escalations.back().after.count >= one.after.count)
        findings_.add(after->finding("it comes no later than the one above it",
                                     "write them in the order of time"));
      rule.escalations.push_back(std::move(one));
    }
  }

  const LifeCycles& cycles_;
  const record::SchemaSet& schemas_;
  Findings& findings_;
};

/// A limit behind one that takes all is never chosen.
void checkLine(const YamlNode& item, const DeadlineRule& rule,
               const std::vector<DeadlineRule>& before, Findings& findings) {
  for (const DeadlineRule& one : before) {
    if (!one.when.empty() || !one.isOfOneLineWith(rule)) continue;
    findings.add(item.finding("the limit '" + one.name + "' above takes every " + rule.type,
                              "put the one without `when` last"));
    return;
  }
}

}  // namespace

std::optional<DeadlineRules> readDeadlines(const YamlNode& root, const LifeCycles& cycles,
                                           const record::SchemaSet& schemas, Findings& findings) {
  const std::size_t before = findings.all().size();
  std::vector<DeadlineRule> rules;
  yaml::MapReader map(&root, findings);
  const YamlNode* list =
      map.require("deadlines", root, "write deadlines: and one `- name: …` for each");
  map.finish();
  if (list != nullptr && (!list->isList() || list->items().size() > kMostRules))
    findings.add(list->finding("a list of at most 1000 limits is wanted here",
                               "write one `- name: …` for each"));
  std::set<std::string> names;
  if (list != nullptr) {
    for (const YamlNode& item : list->items()) {
      if (!item.isMap()) {
        findings.add(item.finding("a limit is wanted here", "write {name: …, type: …, step: …}"));
        continue;
      }
      DeadlineRule rule = RuleReader(cycles, schemas, findings).read(item);
      if (!rule.name.empty() && !names.insert(rule.name).second)
        findings.add(item.find("name")->finding("another limit is named '" + rule.name + "' too",
                                                "name each limit differently"));
      checkLine(item, rule, rules, findings);
      rules.push_back(std::move(rule));
    }
  }
  if (findings.all().size() != before) return std::nullopt;
  return DeadlineRules(std::move(rules));
}

}  // namespace lianqiao::lifecycle
