#include "expression/record_clause.h"

#include <algorithm>

#include "expression/clean.h"
#include "expression/reading.h"

namespace lianqiao::expression {
namespace {

constexpr std::string_view kSubjects[] = {"type", "peer", "priority", "data."};
constexpr std::string_view kRecordPriorities[] = {"normal", "high"};

bool namesValues(const config::RouteCondition& condition) {
  return condition.op == config::RouteCondition::Operator::equals ||
         condition.op == config::RouteCondition::Operator::one_of;
}

/// Tells values of the condition that nothing has: it would never hold.
void checkValues(const config::RouteCondition& condition,
                 const std::vector<std::string_view>& known, const std::string& what,
                 const RecordClause::Tell& tell) {
  if (!namesValues(condition) || known.empty()) return;
  for (std::size_t i = 0; i < condition.values.size(); ++i) {
    const std::string& value = condition.values[i];
    std::string buffer;
    if (std::find(known.begin(), known.end(), comparable(value, buffer)) != known.end()) continue;
    tell(i < condition.places.size() ? condition.places[i] : condition.position,
         what + " `" + value + "`", suggestion(value, known));
  }
}

void checkField(const config::RouteCondition& condition, const std::vector<Step>& path,
                const std::vector<std::string>& types, const SchemaIndex& schemas,
                const RecordClause::Tell& tell) {
  std::vector<std::string> looked;
  for (const auto& [type, schema] : schemas) {
    if (types.empty() || std::find(types.begin(), types.end(), type) != types.end())
      looked.push_back(type);
  }
  std::vector<Step> whole = path;
  whole.insert(whole.begin(), Step{"data", -1});
  const EventShape place = EventShape::of(looked, schemas).at(whole);
  if (!looked.empty() && place.empty())
    return tell(condition.position,
                "no record of these types has the field `" + condition.path + "`", place.remedy());
  if (const auto all = place.values())
    checkValues(condition, {all->begin(), all->end()},
                "no record has in `" + condition.path + "` the value", tell);
}

}  // namespace

std::optional<RecordClause> RecordClause::compile(const config::RouteCondition& condition,
                                                  const std::vector<std::string>& types,
                                                  const SchemaIndex& schemas, const Tell& tell) {
  bool whole = true;
  const Tell note = [&](yaml::Position position, std::string message, std::string remedy) {
    whole = false;
    tell(position, std::move(message), std::move(remedy));
  };
  RecordClause clause;
  clause.test_.op = static_cast<Test::Operator>(condition.op);
  for (const std::string& value : condition.values) {
    std::string buffer;
    clause.test_.operands.emplace_back(comparable(value, buffer));
  }
  const std::string_view path = condition.path;
  const auto named = std::find(std::begin(kSubjects), std::end(kSubjects), path);
  if (named != std::end(kSubjects)) {
    clause.subject_ = static_cast<Subject>(named - std::begin(kSubjects));
    if (clause.subject_ == Subject::type) {
      std::vector<std::string_view> known;
      for (const auto& [type, schema] : schemas) known.emplace_back(type);
      checkValues(condition, known, "there is no schema for the type", note);
    } else if (clause.subject_ == Subject::priority) {
      checkValues(condition, {std::begin(kRecordPriorities), std::end(kRecordPriorities)},
                  "there is no priority", note);
    }
  } else if (path.starts_with("data.")) {
    auto steps = parsePath(path.substr(5));
    if (steps) {
      clause.path_ = std::move(*steps);
      checkField(condition, clause.path_, types, schemas, note);
    } else {
      note(condition.position, steps.error().detail, "");
    }
  } else {
    note(condition.position, "`" + condition.path + "` is nothing that a condition can test",
         "write type, peer, priority or data.<field>");
  }
  return whole ? std::optional(std::move(clause)) : std::nullopt;
}

bool RecordClause::holds(const RecordSubject& subject) const {
  json::Value value;
  switch (subject_) {
    case Subject::type:
      value = json::Value::ofText(subject.type);
      break;
    case Subject::peer:
      value = json::Value::ofText(subject.peer);
      break;
    case Subject::priority:
      value = json::Value::ofText(subject.priority == record::Priority::high ? "high" : "normal");
      break;
    case Subject::data:
      return test_.holds(subject.data == nullptr ? nullptr : valueAt(*subject.data, path_));
  }
  return test_.holds(&value);
}

std::vector<std::string> typesOf(const std::vector<config::RouteCondition>& when) {
  for (const config::RouteCondition& condition : when) {
    if (condition.path == "type" && namesValues(condition)) return condition.values;
  }
  return {};
}

bool allHold(const std::vector<RecordClause>& clauses, const RecordSubject& subject) {
  return std::all_of(clauses.begin(), clauses.end(),
                     [&](const RecordClause& clause) { return clause.holds(subject); });
}

}  // namespace lianqiao::expression
