#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lianqiao/result.h"

/// The life of a work order across systems (protocols §1.6). Pure functions: the state is the
/// caller's.
namespace lianqiao::record {

enum class Step : std::uint8_t {
  registered,
  audited,
  dispatched,
  signed_for,
  in_progress,
  replied,
  result_audit,
  visited,
  closed,
  return_applied,
  return_agreed,
  return_refused,
  delay_applied,
  delay_agreed,
  delay_refused,
  urged,
  supplemented,
  supervised,
  revoked,
  redispatched,
  joint,
  difficult,
};

/// By the word in data: registered, …, "signed", …
[[nodiscard]] std::optional<Step> stepByName(std::string_view name);
[[nodiscard]] std::string_view stepName(Step step);

/// Where a work order stands. A gateway may see an order for the first time in the middle of its
/// life: a state without stage takes any step.
struct LifeState {
  std::optional<Step> stage;   ///< One of registered … closed, or revoked.
  bool returnPending = false;  ///< A department asked to give it back.
  bool delayPending = false;   ///< A department asked for more time.
  friend bool operator==(const LifeState&, const LifeState&) = default;
};

/// The state after `step`, or validate.life_cycle with a sentence that names both. Steps may be
/// skipped forward (a direct answer has no dispatch) and repeated (several replies, departments,
/// visits); going back needs dispatched, redispatched or an agreed return; nothing follows on
/// revoked; after closed only visited and redispatched.
[[nodiscard]] Result<LifeState> advance(const LifeState& state, Step step);

/// All that advance() allows for one step, as text: ";from>to;from>to;…", a state being "" (no
/// stage), a stage's name, or that with ",return" and ",delay" behind for what is pending. For the
/// queue's script, which keeps the states of orders and must decide in one step with storing the
/// record.
[[nodiscard]] const std::string& movesOf(Step step);

}  // namespace lianqiao::record
