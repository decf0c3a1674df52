#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "expression/path.h"
#include "expression/target_shape.h"
#include "schema/schema.h"

/// What a schema lets stored events have at the places that somebody reads: an outbound mapping, a
/// condition. Used while compiling only.
namespace lianqiao::expression {

/// By schema type.
using SchemaIndex = std::map<std::string, const schema::Schema*, std::less<>>;

/// One place in the events of some types. Points into the schemas, which must outlive it.
class EventShape {
 public:
  /// Whole events of those types; of a type without schema nothing is known, so that everything
  /// fits.
  static EventShape of(const std::vector<std::string>& types, const SchemaIndex& schemas);

  /// The place below this one; empty() where no event has it.
  [[nodiscard]] EventShape at(const std::vector<Step>& steps) const;
  /// Of each element of the list that is here; of the value itself where it is none.
  [[nodiscard]] EventShape elements() const;

  /// No event of any of the types has this place.
  [[nodiscard]] bool empty() const { return types_.empty(); }
  [[nodiscard]] bool has(std::string_view type) const;
  /// Of an empty place: the step that the schema has not, and what it may be meant for.
  [[nodiscard]] const std::string& remedy() const { return remedy_; }
  /// All that can stand here, of a coded value the codes, of a list the elements; nullopt where the
  /// schema lists nothing.
  [[nodiscard]] std::optional<std::vector<std::string>> values() const;
  /// The same for one of the types; empty where it lists nothing.
  [[nodiscard]] std::vector<std::string> valuesOf(std::string_view type) const;

 private:
  struct OfType {
    std::string type;
    TargetShape shape;
    std::optional<TargetShape> data;  ///< Of a whole event.
  };
  [[nodiscard]] EventShape below(const Step& step) const;
  [[nodiscard]] std::string near(const std::vector<Step>& steps, std::size_t missing) const;

  std::vector<OfType> types_;
  std::string remedy_;
};

}  // namespace lianqiao::expression
