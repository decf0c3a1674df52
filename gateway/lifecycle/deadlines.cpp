#include "lifecycle/deadlines.h"

#include "lianqiao/digest.h"
#include "lifecycle/calendar_reader.h"
#include "lifecycle/deadline_reader.h"
#include "lifecycle/reminder.h"
#include "record/schema_set.h"

namespace lianqiao::lifecycle {

namespace {

/// Every text with its length before it, so that no two nodes write the same.
void append(const yaml::YamlNode& node, std::string& out) {
  out += "nslm"[static_cast<std::size_t>(node.kind())];
  const auto add = [&out](std::string_view text) {
    out.append(std::to_string(text.size())).append(":").append(text);
  };
  if (node.isScalar()) add(node.text());
  for (const yaml::YamlNode& item : node.items()) append(item, out);
  for (const yaml::YamlNode::Entry& entry : node.entries()) {
    add(entry.key);
    append(entry.value, out);
  }
  out += '.';
}

std::string versionOf(const Deadlines& made, const yaml::YamlNode* calendar,
                      const yaml::YamlNode& deadlines) {
  std::string all;
  append(deadlines, all);
  if (calendar != nullptr) append(*calendar, all);
  for (const auto& [type, cycle] : made.cycles) {
    if (!cycle || !made.rules.limits(type)) continue;
    all += type + ':' + cycle->version();
    for (const auto& [field, value] : cycle->table())
      all.append(1, ';').append(field).append(1, '=').append(value);
  }
  return hex(digest(Hash::sha256, all)).substr(0, 16);
}

}  // namespace

Deadlines compileDeadlines(const std::filesystem::path& schemas, const yaml::YamlNode* calendar,
                           const yaml::YamlNode* deadlines, yaml::Findings& findings) {
  record::SchemaSet types;
  std::vector<Problem> toldByThePipeline;
  types.load(schemas, toldByThePipeline);
  Deadlines made;
  made.cycles = loadLifeCycles(schemas, findings, &types);
  if (calendar != nullptr) made.calendar = readCalendar(*calendar, findings);
  if (deadlines == nullptr) return made;
  if (calendar == nullptr)
    findings.add(deadlines->finding("there is no calendar.yaml to count these limits by",
                                    "copy the one of the example configuration"));
  made.rules = readDeadlines(*deadlines, made.cycles, types, findings).value_or(DeadlineRules());
  if (made.rules.all().empty()) return made;
  if (types.find(kReminderType) == nullptr)
    findings.add(deadlines->finding("there is no schema of the type reminder to tell of limits by",
                                    "copy reminder.json of the shipped schemas"));
  for (const DeadlineRule& rule : made.rules.all()) {
    auto& classes = made.classes[rule.type];
    const record::TypeSchema* const type = types.find(rule.type);
    if (classes == nullptr && type != nullptr)
      classes = std::make_shared<const record::LeafClasses>(type->schema.source());
  }
  made.version = versionOf(made, calendar, *deadlines);
  return made;
}

std::vector<std::string> cautions(const Deadlines& deadlines, WallTime now) {
  if (!deadlines.calendar) return {};
  const auto year = deadlines.calendar->missingYear(now);
  if (!year) return {};
  const std::string text = std::to_string(*year);
  return {"calendar.yaml: " + text +
          " is missing: deadlines that reach into it are provisional; add " + text +
          " below years as soon as the notice of the State Council is out."};
}

}  // namespace lianqiao::lifecycle
