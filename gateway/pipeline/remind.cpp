#include <map>
#include <utility>

#include "lianqiao/codes.h"
#include "lifecycle/reminder.h"
#include "pipeline/compiled_pipeline.h"

/// The part of CompiledPipeline that makes records of what is told of deadlines.
namespace lianqiao::pipeline {
namespace {

/// Who is told the same number of things at once.
struct Group {
  std::string id;  ///< Of its first reminder.
  std::int64_t count = 0;
};

std::string recipientsOf(const record::Record& record) {
  std::string names;
  for (const std::string& peer : record.destinations) names.append(peer).append(" ");
  return names;
}

json::Value inGroup(const json::Value& data, const Group& group, json::Document& out) {
  if (group.count < 2) return data;
  const std::vector<json::Member> about = {{"id", out.text(group.id)},
                                           {"count", out.number(group.count)}};
  std::vector<json::Member> members(data.members().begin(), data.members().end());
  members.push_back({"group", out.object(about)});
  return out.object(members);
}

}  // namespace

std::vector<Processed> Pipeline::remind(std::vector<Reminder> reminders,
                                        expression::Workspace&) const {
  std::vector<Processed> all;
  for (Reminder& one : reminders) {
    Processed& made = all.emplace_back();
    made.record = std::move(one.record);
    made.problems.push_back({std::string(codes::kNoMapping), {}, "nothing is configured"});
  }
  return all;
}

std::vector<Processed> CompiledPipeline::remind(std::vector<Reminder> reminders,
                                                expression::Workspace& workspace) const {
  const record::TypeSchema* const type = schemas_->find(lifecycle::kReminderType);
  if (type == nullptr) return Pipeline::remind(std::move(reminders), workspace);
  std::map<std::string, Group> groups;
  for (Reminder& one : reminders) {
    one.record.type = type->type;
    one.record.destinations = router_.destinations(one.record, one.data);
    Group& group = groups[recipientsOf(one.record)];
    if (group.count++ == 0) group.id = one.record.id;
  }
  std::vector<Processed> all;
  for (Reminder& one : reminders) {
    Processed& made = all.emplace_back();
    made.record = std::move(one.record);
    if (made.record.destinations.empty()) continue;
    const Group& group = groups[recipientsOf(made.record)];
    complete(made, *type, inGroup(one.data, group, workspace.output), one.time, workspace);
  }
  return all;
}

}  // namespace lianqiao::pipeline
