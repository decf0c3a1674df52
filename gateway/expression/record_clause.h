#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/gateway_config.h"
#include "expression/condition.h"
#include "expression/event_shape.h"
#include "expression/path.h"
#include "lianqiao/json.h"
#include "record/record.h"

/// What routes, derivations and limits ask of a record, one condition each.
namespace lianqiao::expression {

/// What of a record can be asked. Views live as long as the record.
struct RecordSubject {
  std::string_view type;
  std::string_view peer;  ///< It came from.
  record::Priority priority = record::Priority::normal;
  const json::Value* data = nullptr;  ///< nullptr: no field of it is there.

  static RecordSubject of(const record::Record& record, const json::Value& data) {
    return {record.type, record.peer, record.priority, &data};
  }
};

/// Immutable and thread-safe.
class RecordClause {
 public:
  /// Is told what is wrong: where, what, and what would be right.
  using Tell = std::function<void(yaml::Position, std::string, std::string)>;

  /// A field must be there, and a value possible, in records of some of `types`; empty: of any
  /// type. nullopt: something was told.
  static std::optional<RecordClause> compile(const config::RouteCondition& condition,
                                             const std::vector<std::string>& types,
                                             const SchemaIndex& schemas, const Tell& tell);

  [[nodiscard]] bool holds(const RecordSubject& subject) const;

 private:
  enum class Subject : std::uint8_t { type, peer, priority, data };

  Subject subject_ = Subject::data;
  std::vector<Step> path_;  // below data
  Test test_;
};

/// The types that conditions name; empty: they name none, and hold of any.
[[nodiscard]] std::vector<std::string> typesOf(const std::vector<config::RouteCondition>& when);

/// Whether all hold.
[[nodiscard]] bool allHold(const std::vector<RecordClause>& clauses, const RecordSubject& subject);

}  // namespace lianqiao::expression
