#include "lifecycle/deadline_rules.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace lianqiao::lifecycle {
namespace {

bool fits(const DeadlineRule& rule, const DeadlineSubject& subject) {
  return rule.type == subject.type && expression::allHold(rule.when, subject);
}

bool isFulfilled(const DeadlineRule& rule, const ClockState& state) {
  return std::any_of(rule.steps.begin(), rule.steps.end(), [&](const std::string& step) {
    return std::find(state.made.begin(), state.made.end(), step) != state.made.end();
  });
}

std::optional<WallTime> startOf(const DeadlineRule& rule, const ClockState& state) {
  switch (rule.start) {
    case DeadlineRule::Start::acceptance:
      return state.acceptance;
    case DeadlineRule::Start::dispatch:
      return state.dispatch;
    default:
      return state.receipt;
  }
}

/// An extension gives what the rule gives; an earlier end that was told counts instead.
std::optional<Reckoned> dueOf(const DeadlineRule& rule, WallTime start, const ClockState& state,
                              const WorkingCalendar& calendar) {
  std::optional<Reckoned> due = calendar.due(start, rule.term, state.stood);
  if (!rule.extension) return due;
  milliseconds more(0);
  int count = 0;
  for (const std::optional<WallTime>& until : state.extensions) {
    if (!due || ++count > rule.mostExtensions) break;
    more += lengthOf(*rule.extension);
    std::optional<Reckoned> longer = calendar.due(start, rule.term, state.stood, more);
    if (longer && until && *until < longer->at) longer->at = std::max(due->at, *until);
    due = longer;
  }
  return due;
}

void addMoments(const DeadlineRule& rule, const ClockState& state, const WorkingCalendar& calendar,
                std::vector<Moment>& moments) {
  const std::optional<WallTime> start = startOf(rule, state);
  if (!start) return;
  const std::optional<Reckoned> due = dueOf(rule, *start, state, calendar);
  if (!due) return;
  if (rule.warn) {
    const Reckoned warn =
        calendar.before(due->at, rule.warn->unit, lengthOf(*rule.warn), state.stood);
    moments.push_back({std::max(warn.at, *start),
                       rule.name,
                       Stage::warn,
                       0,
                       {},
                       due->provisional || warn.provisional});
  }
  moments.push_back({due->at, rule.name, Stage::due, 0, {}, due->provisional});
  int level = 0;
  for (const DeadlineRule::Escalation& one : rule.escalations) {
    const auto late = calendar.after(due->at, one.after.unit, lengthOf(one.after), state.stood);
    ++level;
    if (!late) break;
    moments.push_back({late->at, rule.name, Stage::escalate, level, one.name,
                       due->provisional || late->provisional});
  }
}

}  // namespace

bool DeadlineRule::isOfOneLineWith(const DeadlineRule& other) const {
  return type == other.type && start == other.start && steps == other.steps;
}

bool DeadlineRules::limits(std::string_view type) const {
  return std::any_of(rules_.begin(), rules_.end(),
                     [&](const DeadlineRule& rule) { return rule.type == type; });
}

const DeadlineRule* DeadlineRules::find(std::string_view name) const {
  const auto at = std::find_if(rules_.begin(), rules_.end(),
                               [&](const DeadlineRule& rule) { return rule.name == name; });
  return at == rules_.end() ? nullptr : &*at;
}

std::vector<Moment> DeadlineRules::moments(const DeadlineSubject& subject, const ClockState& state,
                                           const WorkingCalendar& calendar) const {
  std::vector<Moment> moments;
  if (state.ended) return moments;
  std::vector<const DeadlineRule*> chosen;
  for (const DeadlineRule& rule : rules_) {
    const bool competes = std::any_of(chosen.begin(), chosen.end(), [&](const DeadlineRule* one) {
      return rule.isOfOneLineWith(*one);
    });
    if (competes || !fits(rule, subject)) continue;
    chosen.push_back(&rule);
    if (!isFulfilled(rule, state)) addMoments(rule, state, calendar, moments);
  }
  std::stable_sort(moments.begin(), moments.end(),
                   [](const Moment& a, const Moment& b) { return a.at < b.at; });
  return moments;
}

const Moment* highestReached(std::span<const Moment> moments, WallTime now) {
  const auto rank = [](const Moment& one) { return std::tuple(one.stage, one.level, one.at); };
  const Moment* highest = nullptr;
  for (const Moment& one : moments) {
    if (one.at <= now && (highest == nullptr || rank(*highest) < rank(one))) highest = &one;
  }
  return highest;
}

const Moment* nextAfter(std::span<const Moment> moments, WallTime now) {
  const auto next =
      std::find_if(moments.begin(), moments.end(), [&](const Moment& one) { return one.at > now; });
  return next == moments.end() ? nullptr : &*next;
}

std::string_view wordOf(Stage stage) {
  static constexpr std::array<std::string_view, 3> kWords = {"warn", "due", "escalate"};
  return kWords[static_cast<std::size_t>(stage)];
}

}  // namespace lianqiao::lifecycle
