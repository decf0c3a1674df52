#include "lifecycle/deadlines.h"

#include "lifecycle/calendar_reader.h"
#include "lifecycle/deadline_reader.h"
#include "record/schema_set.h"

namespace lianqiao::lifecycle {

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
