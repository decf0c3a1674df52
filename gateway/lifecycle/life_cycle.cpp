#include "lifecycle/life_cycle.h"

#include <algorithm>
#include <set>

#include "lianqiao/codes.h"

namespace lianqiao::lifecycle {
namespace {

/// Writes ";a;b;" of what holds.
template <typename Named, typename Holds>
std::string listOf(const std::vector<Named>& all, Holds holds) {
  std::string text = ";";
  for (const Named& one : all) {
    if (holds(one)) text += one.name + ';';
  }
  return text;
}

}  // namespace

const LifeCycle::Step* LifeCycle::stepByName(std::string_view name) const {
  const auto at = std::find_if(content_.steps.begin(), content_.steps.end(),
                               [&](const Step& step) { return step.name == name; });
  return at == content_.steps.end() ? nullptr : &*at;
}

bool LifeCycle::refusesMoreReturns(const Standing& standing, std::string_view step) const {
  const std::optional<Returns>& rule = content_.returns;
  return rule && standing.returns >= rule->most &&
         std::find(rule->refuse.begin(), rule->refuse.end(), step) != rule->refuse.end();
}

Result<Standing> LifeCycle::advance(const Standing& standing, std::string_view name) const {
  const Step* const step = stepByName(name);
  if (step == nullptr)
    return Error(codes::kLifeCycle,
                 "the type " + content_.type + " has no step " + std::string(name));
  const std::string from =
      standing.state == Standing::kUnseen ? "" : textOf(standing.state, standing.pending);
  if (refusesMoreReturns(standing, name))
    return Error(codes::kLifeCycle, "step " + step->name + " cannot follow on " + from + ": " +
                                        std::to_string(standing.returns) + " returns were agreed");
  const auto move = std::find_if(step->moves.begin(), step->moves.end(), [&](const Move& one) {
    return one.from == standing.state && one.fromPending == standing.pending;
  });
  if (move == step->moves.end())
    return Error(codes::kLifeCycle,
                 "step " + step->name + " cannot follow on " + (from.empty() ? "nothing" : from));
  Standing next = standing;
  next.state = move->to;
  next.pending = move->toPending;
  if (step->beginsRound && standing.state != Standing::kUnseen) ++next.round;
  if (content_.returns && content_.returns->step == step->name) {
    ++next.returns;
    if (next.returns >= content_.returns->most) next.state = content_.returns->then;
  }
  return next;
}

std::string LifeCycle::textOf(int state, std::uint32_t pending) const {
  if (state == Standing::kUnseen) return {};
  std::string text = content_.states[static_cast<std::size_t>(state)].name;
  for (std::size_t i = 0; i < content_.pending.size(); ++i) {
    if ((pending >> (content_.pending.size() - 1 - i) & 1U) != 0) text += ',' + content_.pending[i];
  }
  return text;
}

std::string LifeCycle::movesOf(const Step& step) const {
  std::string text = ";";
  for (const Move& move : step.moves)
    text += textOf(move.from, move.fromPending) + '>' + textOf(move.to, move.toPending) + ';';
  return text;
}

std::string LifeCycle::movesTo(int state) const {
  const std::string& name = content_.states[static_cast<std::size_t>(state)].name;
  std::vector<const Step*> steps;  // its own first
  for (const Step& step : content_.steps) {
    if (step.name == name) steps.insert(steps.begin(), &step);
    if (step.name != name) steps.push_back(&step);
  }
  std::string text = ";";
  std::set<std::pair<int, std::uint32_t>> led;
  for (const Step* const step : steps) {
    for (const Move& move : step->moves) {
      if (move.to != state || (move.from == state && step->name != name)) continue;
      if (!led.emplace(move.from, move.fromPending).second) continue;
      text += textOf(move.from, move.fromPending) + '>' + textOf(move.to, move.toPending) + '=' +
              step->name + ';';
    }
  }
  return text;
}

std::string LifeCycle::closing() const {
  const auto isEnd = [&](int state) {
    return state != Standing::kUnseen && content_.states[static_cast<std::size_t>(state)].isEnd;
  };
  if (isMovedByItself()) return listOf(content_.states, [](const State& one) { return one.isEnd; });
  return listOf(content_.steps, [&](const Step& step) {
    return std::any_of(step.moves.begin(), step.moves.end(),
                       [&](const Move& move) { return isEnd(move.to) && !isEnd(move.from); });
  });
}

std::vector<std::pair<std::string, std::string>> LifeCycle::table() const {
  std::vector<std::pair<std::string, std::string>> fields;
  if (isMovedByItself()) {
    for (std::size_t i = 0; i < content_.states.size(); ++i)
      fields.emplace_back("m:" + content_.states[i].name, movesTo(static_cast<int>(i)));
  } else {
    for (const Step& step : content_.steps) fields.emplace_back("m:" + step.name, movesOf(step));
  }
  if (content_.movedBy) {
    std::string field;
    for (const std::string& name : content_.movedBy->field)
      field += (field.empty() ? "" : ".") + name;
    fields.emplace_back("field", std::move(field));
    fields.emplace_back("by", content_.movedBy->type);
  }
  const auto steps = [&](bool Step::*is) {
    return listOf(content_.steps, [&](const Step& step) { return step.*is; });
  };
  const auto states = [&](bool State::*is) {
    return listOf(content_.states, [&](const State& state) { return state.*is; });
  };
  fields.emplace_back("rounds", steps(&Step::beginsRound));
  fields.emplace_back("acceptance", steps(&Step::startsAcceptance));
  fields.emplace_back("dispatch", steps(&Step::startsDispatch));
  fields.emplace_back("extension", steps(&Step::extends));
  fields.emplace_back("stands", states(&State::stands));
  fields.emplace_back("ends", states(&State::isEnd));
  fields.emplace_back("closing", closing());
  if (const auto& rule = content_.returns) {
    std::string refuse = ";";
    for (const std::string& step : rule->refuse) refuse += step + ';';
    fields.emplace_back("returns", rule->step + ' ' + std::to_string(rule->most) + ' ' +
                                       textOf(rule->then, 0) + ' ' + refuse);
  }
  return fields;
}

}  // namespace lianqiao::lifecycle
