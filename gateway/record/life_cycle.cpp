#include "record/life_cycle.h"

#include <array>
#include <string>
#include <vector>

#include "lianqiao/codes.h"

namespace lianqiao::record {
namespace {

constexpr std::array<std::string_view, 22> kNames{
    "registered",    "audited",        "dispatched",    "signed",       "in_progress",
    "replied",       "result_audit",   "visited",       "closed",       "return_applied",
    "return_agreed", "return_refused", "delay_applied", "delay_agreed", "delay_refused",
    "urged",         "supplemented",   "supervised",    "revoked",      "redispatched",
    "joint",         "difficult"};

bool isStage(Step step) { return step <= Step::closed; }

Error illegal(Step stage, Step step, std::string_view why) {
  return {codes::kLifeCycle, "step " + std::string(stepName(step)) + " cannot follow on " +
                                 std::string(stepName(stage)) + ": " + std::string(why)};
}

/// Between leaving the hotline and being answered for good.
bool isWithDepartment(Step stage) {
  return stage >= Step::dispatched && stage <= Step::result_audit;
}

Result<LifeState> toStage(LifeState state, Step from, Step step) {
  if (from == Step::closed && step != Step::visited && step != Step::closed) {
    return illegal(from, step, "a closed order is only visited or dispatched again");
  }
  const bool handsOn = step == Step::dispatched && from <= Step::in_progress;
  const bool moreWork =
      step == Step::in_progress && (from == Step::replied || from == Step::result_audit);
  const bool signsAgain = step == Step::signed_for && from == Step::in_progress;
  const bool answersAgain =
      step == Step::replied && (from == Step::result_audit || from == Step::visited);
  if (step < from && !handsOn && !moreWork && !signsAgain && !answersAgain &&
      from != Step::closed) {
    return illegal(from, step, "it lies behind; redispatched starts anew");
  }
  // A visit after closing does not open the order again.
  if (from != Step::closed) state.stage = step;
  if (step == Step::closed) state.returnPending = state.delayPending = false;
  return state;
}

Result<LifeState> toSideEvent(LifeState state, Step from, Step step) {
  switch (step) {
    case Step::return_applied:
      if (!isWithDepartment(from)) return illegal(from, step, "no department has the order");
      state.returnPending = true;
      return state;
    case Step::return_agreed:
      if (!state.returnPending) return illegal(from, step, "no return was applied for");
      state.returnPending = state.delayPending = false;
      state.stage = Step::audited;
      return state;
    case Step::return_refused:
      if (!state.returnPending) return illegal(from, step, "no return was applied for");
      state.returnPending = false;
      return state;
    case Step::delay_applied:
      if (!isWithDepartment(from)) return illegal(from, step, "no department has the order");
      state.delayPending = true;
      return state;
    case Step::delay_agreed:
    case Step::delay_refused:
      if (!state.delayPending) return illegal(from, step, "no delay was applied for");
      state.delayPending = false;
      return state;
    case Step::redispatched:
      state = LifeState{Step::dispatched, false, false};
      return state;
    case Step::revoked:
      if (from == Step::closed) return illegal(from, step, "the order is closed");
      return LifeState{Step::revoked, false, false};
    default:
      if (from == Step::closed) return illegal(from, step, "the order is closed");
      return state;
  }
}

/// The first step that is seen of an order.
LifeState begin(Step step) {
  LifeState state;
  if (isStage(step) || step == Step::revoked) state.stage = step;
  if (step == Step::redispatched || step == Step::return_refused || step == Step::delay_agreed ||
      step == Step::delay_refused) {
    state.stage = Step::dispatched;
  }
  if (step == Step::return_agreed) state.stage = Step::audited;
  if (step == Step::return_applied || step == Step::delay_applied) {
    state.stage = Step::dispatched;
    state.returnPending = step == Step::return_applied;
    state.delayPending = step == Step::delay_applied;
  }
  return state;
}

std::string textOf(const LifeState& state) {
  if (!state.stage) return {};
  std::string text(stepName(*state.stage));
  if (state.returnPending) text += ",return";
  if (state.delayPending) text += ",delay";
  return text;
}

std::vector<LifeState> allStates() {
  std::vector<LifeState> states{LifeState{}};
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    const auto stage = static_cast<Step>(i);
    if (!isStage(stage) && stage != Step::revoked) continue;
    for (const bool returning : {false, true})
      for (const bool delaying : {false, true}) states.push_back({stage, returning, delaying});
  }
  return states;
}

std::array<std::string, kNames.size()> allMoves() {
  std::array<std::string, kNames.size()> moves;
  const std::vector<LifeState> states = allStates();
  for (std::size_t i = 0; i < moves.size(); ++i) {
    moves[i] = ";";
    for (const LifeState& state : states) {
      const auto next = advance(state, static_cast<Step>(i));
      if (next) moves[i] += textOf(state) + ">" + textOf(*next) + ";";
    }
  }
  return moves;
}

}  // namespace

const std::string& movesOf(Step step) {
  static const auto kMoves = allMoves();
  return kMoves[static_cast<std::size_t>(step)];
}

std::optional<Step> stepByName(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Step>(i);
  }
  return std::nullopt;
}

std::string_view stepName(Step step) { return kNames[static_cast<std::size_t>(step)]; }

Result<LifeState> advance(const LifeState& state, Step step) {
  if (!state.stage) return begin(step);
  const Step from = *state.stage;
  if (from == Step::revoked) return illegal(from, step, "the order was taken back");
  return isStage(step) ? toStage(state, from, step) : toSideEvent(state, from, step);
}

}  // namespace lianqiao::record
