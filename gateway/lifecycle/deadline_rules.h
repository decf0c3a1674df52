#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "expression/record_clause.h"
#include "lifecycle/working_calendar.h"

/// When a step is due, when to warn of it and when to tell whom it is late. Pure.
namespace lianqiao::lifecycle {

/// The clocks of one thing in its present round. Plain data.
struct ClockState {
  std::optional<WallTime> receipt{};     ///< Its first record came.
  std::optional<WallTime> acceptance{};  ///< A step that starts that clock was made.
  std::optional<WallTime> dispatch{};
  std::vector<Stand> stood{};       ///< In the order of time, without overlap.
  std::vector<std::string> made{};  ///< Steps.
  /// One for each delay that was agreed: until when, where that was told.
  std::vector<std::optional<WallTime>> extensions{};
  bool ended = false;  ///< It stands in a state in which nothing more is owed.
};

/// By what the limits of a thing are chosen; `data` is that of its newest record.
using DeadlineSubject = expression::RecordSubject;

/// Of a deadline, in rising order.
enum class Stage : std::uint8_t { warn, due, escalate };

/// A moment at which somebody is told.
struct Moment {
  WallTime at{};
  std::string rule;  ///< Its name in deadlines.yaml.
  Stage stage = Stage::due;
  int level = 0;     ///< Of an escalation, from 1.
  std::string name;  ///< Of an escalation.
  /// Its place in time rests on a year that the calendar does not know.
  bool provisional = false;
  friend bool operator==(const Moment&, const Moment&) = default;
};

/// One limit of deadlines.yaml.
struct DeadlineRule {
  enum class Start : std::uint8_t { receipt, acceptance, dispatch };
  struct Escalation {
    std::string name;
    Amount after;  ///< Behind the moment at which it was due.
  };

  std::string name;
  std::string type;
  std::vector<std::string> steps;  ///< Any of them fulfils it.
  Start start = Start::receipt;
  Term term;
  std::vector<expression::RecordClause> when;
  std::optional<Amount> extension;  ///< By so much each; on the scale of the limit.
  int mostExtensions = 0;
  std::optional<Amount> warn;  ///< Before it is due.
  std::vector<Escalation> escalations;
  std::string source;

  /// Rules of one line compete: of those the first that fits counts.
  [[nodiscard]] bool isOfOneLineWith(const DeadlineRule& other) const;
};

/// All limits. Immutable and thread-safe.
class DeadlineRules {
 public:
  DeadlineRules() = default;
  explicit DeadlineRules(std::vector<DeadlineRule> rules) : rules_(std::move(rules)) {}

  [[nodiscard]] const std::vector<DeadlineRule>& all() const { return rules_; }

  /// Whether some limit is for things of that type.
  [[nodiscard]] bool limits(std::string_view type) const;
  /// nullptr: there is none of that name.
  [[nodiscard]] const DeadlineRule* find(std::string_view name) const;

  /// Every moment of what is owed in that state, past ones too, by time. None of a limit whose
  /// clock was not started, that is fulfilled, or that was not due before its clock stood still.
  [[nodiscard]] std::vector<Moment> moments(const DeadlineSubject& subject, const ClockState& state,
                                            const WorkingCalendar& calendar) const;

 private:
  std::vector<DeadlineRule> rules_;
};

/// Of what has come by `now`: the highest stage, of equal ones the latest. nullptr: nothing has.
/// After an interruption this one is told, for all that was missed.
[[nodiscard]] const Moment* highestReached(std::span<const Moment> moments, WallTime now);
/// The first that comes after `now`; nullptr: none. REQUIRES: by time.
[[nodiscard]] const Moment* nextAfter(std::span<const Moment> moments, WallTime now);

[[nodiscard]] std::string_view wordOf(Stage stage);

}  // namespace lianqiao::lifecycle
