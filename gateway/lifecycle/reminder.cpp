#include "lifecycle/reminder.h"

#include <algorithm>
#include <array>

#include "base/rfc3339.h"

namespace lianqiao::lifecycle {
namespace {

using json::Document;
using json::Member;
using json::Value;

/// How the types call the number that people know a thing by.
constexpr std::array<std::string_view, 4> kNumbers = {"orderNo", "alertId", "disputeNo",
                                                      "projectNo"};
/// What helps to find who has to act; as the thing itself has it.
constexpr std::array<std::string_view, 6> kShared = {"category", "urgency",  "department",
                                                     "grid",     "division", "level"};

std::string stageText(const Moment& moment) {
  std::string text(wordOf(moment.stage));
  if (moment.level > 0) text += std::to_string(moment.level);
  return text;
}

Value limitOf(const DeadlineRule& rule, Document& out) {
  std::vector<Value> steps;
  for (const std::string& step : rule.steps) steps.push_back(out.text(step));
  const std::array<Member, 3> members = {{{"name", out.text(rule.name)},
                                          {"source", out.text(rule.source)},
                                          {"steps", out.array(steps)}}};
  return out.object(members);
}

/// When the limit of that moment is over.
WallTime dueTimeOf(const Moment& moment, const std::vector<Moment>& moments) {
  const auto due = std::find_if(moments.begin(), moments.end(), [&](const Moment& one) {
    return one.rule == moment.rule && one.stage == Stage::due;
  });
  return due == moments.end() ? moment.at : due->at;
}

void addShared(const Value* data, std::vector<Member>& members) {
  if (data == nullptr) return;
  for (const std::string_view name : kNumbers) {
    const Value* const number = data->find(name);
    if (number == nullptr) continue;
    members.push_back({"number", *number});
    break;
  }
  for (const std::string_view name : kShared)
    if (const Value* const value = data->find(name)) members.push_back({name, *value});
}

}  // namespace

Value reminderData(const ReminderSubject& subject, const DeadlineRule& rule, const Moment& moment,
                   const std::vector<Moment>& moments, Document& out) {
  std::vector<Member> members = {{"type", out.text(subject.type)},
                                 {"key", out.text(subject.key)},
                                 {"limit", limitOf(rule, out)},
                                 {"stage", out.text(wordOf(moment.stage))}};
  if (moment.stage == Stage::escalate) {
    members.push_back({"escalationLevel", out.number(std::int64_t{moment.level})});
    members.push_back({"escalation", out.text(moment.name)});
  }
  members.push_back({"round", out.number(std::int64_t{subject.round})});
  if (!subject.state.empty()) members.push_back({"state", out.text(subject.state)});
  members.push_back({"dueTime", out.text(base::formatTime(dueTimeOf(moment, moments)))});
  if (moment.provisional) members.push_back({"provisional", Value::ofBoolean(true)});
  addShared(subject.data, members);
  return out.object(members);
}

Value reminderIdentity(const ReminderSubject& subject, const Moment& moment, Document& out) {
  const std::array<Member, 4> members = {{{"limit", out.text(moment.rule)},
                                          {"stage", out.text(stageText(moment))},
                                          {"round", out.number(std::int64_t{subject.round})},
                                          {"at", out.text(base::formatTime(moment.at))}}};
  return out.object(members);
}

std::string reminderSourceId(const ReminderSubject& subject, const Moment& moment) {
  return moment.rule + '/' + std::string(subject.key) + '/' + std::to_string(subject.round) + '/' +
         stageText(moment);
}

}  // namespace lianqiao::lifecycle
