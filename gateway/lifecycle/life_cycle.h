#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lianqiao/result.h"

/// Life cycles as data: schemas/<type>.lifecycle.yaml, compiled. The queue's script decides by
/// their tables (queue/scripts/steps.lua), and deadlines are reckoned by them. Pure.
namespace lianqiao::lifecycle {

/// Where a thing stands. Plain data; belongs to the life cycle that made it.
struct Standing {
  static constexpr int kUnseen = -1;
  int state = kUnseen;        ///< Index into LifeCycle::states(); kUnseen before its first step.
  std::uint32_t pending = 0;  ///< One bit for each of LifeCycle::pending().
  int returns = 0;            ///< So many returns were agreed.
  int round = 1;              ///< One pass from dispatch to closing.
  friend bool operator==(const Standing&, const Standing&) = default;
};

/// The declared states of one type and the moves between them. Immutable and thread-safe.
class LifeCycle {
 public:
  static constexpr std::size_t kMostPending = 4;

  struct State {
    std::string name;
    bool stands = false;  ///< The clocks of its deadlines stand while a thing is in it.
    bool isEnd = false;   ///< They stop: nothing more is owed. A step may still lead out of it.
  };
  /// What a step makes of a thing that is in `from`. A step has for each state and what is pending
  /// one move at most.
  struct Move {
    int from = Standing::kUnseen;
    std::uint32_t fromPending = 0;
    int to = Standing::kUnseen;
    std::uint32_t toPending = 0;
    friend bool operator==(const Move&, const Move&) = default;
  };
  struct Step {
    std::string name;
    std::vector<Move> moves{};  ///< By `from`, then by `fromPending`.
    bool beginsRound = false;
    bool startsAcceptance = false;  ///< The moment from which limits of acceptance are counted.
    bool startsDispatch = false;
    bool extends = false;  ///< It lengthens limits that have an extension.
  };
  /// Where a thing goes that is given back too often.
  struct Returns {
    std::string step;                 ///< Each of these is counted.
    int most = 0;                     ///< This one leads to `then` instead.
    int then = Standing::kUnseen;     ///< Its state.
    std::vector<std::string> refuse;  ///< These steps are illegal from then on.
  };
  /// The records that move it, and which of their fields says how: a step, or, of records of its
  /// own type, the state that they are in.
  struct MovedBy {
    std::string type;
    std::vector<std::string> field;  ///< Below data.
  };
  struct Content {
    std::string type;
    std::string version;
    std::optional<MovedBy> movedBy;    ///< nullopt: no record does.
    std::vector<State> states;         ///< In the order of the file.
    std::vector<std::string> pending;  ///< The first is the highest bit.
    std::vector<Step> steps;
    std::optional<Returns> returns;
  };
  /// REQUIRES: what readLifeCycle() has checked.
  explicit LifeCycle(Content content) : content_(std::move(content)) {}

  [[nodiscard]] const std::string& type() const { return content_.type; }
  [[nodiscard]] const std::string& version() const { return content_.version; }
  [[nodiscard]] const std::optional<MovedBy>& movedBy() const { return content_.movedBy; }
  /// Its records tell the state that they are in.
  [[nodiscard]] bool isMovedByItself() const {
    return content_.movedBy && content_.movedBy->type == content_.type;
  }
  [[nodiscard]] const std::vector<State>& states() const { return content_.states; }
  [[nodiscard]] const std::vector<std::string>& pending() const { return content_.pending; }
  [[nodiscard]] const std::vector<Step>& steps() const { return content_.steps; }
  [[nodiscard]] const std::optional<Returns>& returns() const { return content_.returns; }
  /// nullptr: there is no such step.
  [[nodiscard]] const Step* stepByName(std::string_view name) const;

  /// Where it stands after `step`, or validate.life_cycle with a sentence that names both. What was
  /// never seen joins where the file says.
  [[nodiscard]] Result<Standing> advance(const Standing& standing, std::string_view step) const;

  /// "" for what was never seen; else the state's name, with `,NAME` behind for what is pending.
  [[nodiscard]] std::string textOf(int state, std::uint32_t pending) const;
  /// All moves of one step, ";from>to;from>to;…"; a state is written as textOf() does.
  [[nodiscard]] std::string movesOf(const Step& step) const;
  /// All moves that lead to a state, ";from>to=step;…": by the step of the state's name where that
  /// may follow, else by the first that leads there.
  [[nodiscard]] std::string movesTo(int state) const;
  /// The whole as fields and values of one Redis hash. Lists are written ";a;b;", so that a script
  /// finds a name by `;name;`.
  ///
  /// | field        | value                                                            |
  /// |--------------|------------------------------------------------------------------|
  /// | `m:STEP`     | movesOf(STEP)                                                    |
  /// | `m:STATE`    | instead, where it is moved by itself: movesTo(STATE)             |
  /// | `rounds`     | steps that begin a round                                         |
  /// | `acceptance` | steps that start that clock                                      |
  /// | `dispatch`   | likewise                                                         |
  /// | `extension`  | steps that lengthen limits                                       |
  /// | `by`         | the type of the records that move it                             |
  /// | `field`      | below data, where a record names its step: "status.code"         |
  /// | `stands`     | states in which the clocks stand                                 |
  /// | `ends`       | states in which nothing more is owed                             |
  /// | `closing`    | steps, or states, that lead to one of these from another         |
  /// | `returns`    | "STEP MOST STATE ;step;…" where the file counts returns          |
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> table() const;

 private:
  [[nodiscard]] bool refusesMoreReturns(const Standing& standing, std::string_view step) const;
  [[nodiscard]] std::string closing() const;

  Content content_;
};

}  // namespace lianqiao::lifecycle
