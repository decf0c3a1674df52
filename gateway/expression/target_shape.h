#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "lianqiao/json.h"

/// What a schema says of the places that a mapping fills. Used while compiling only.
namespace lianqiao::expression {

/// One place in the target; cheap to copy. Points into the schema's JSON, which must outlive it.
class TargetShape {
 public:
  /// A place of which nothing is known: everything fits.
  TargetShape() = default;
  /// The whole value of `schema`.
  static TargetShape of(const json::Value& schema);

  /// False: no schema speaks about this place.
  [[nodiscard]] bool known() const { return !parts_.empty(); }
  /// The member of that name; nullopt when the schema forbids it.
  [[nodiscard]] std::optional<TargetShape> member(std::string_view name) const;
  /// Elements of an array.
  [[nodiscard]] TargetShape items() const;
  /// Names of all members that the schema knows.
  [[nodiscard]] std::vector<std::string_view> names() const;
  /// Members that the schema requires of an object here.
  [[nodiscard]] std::vector<std::string_view> required() const;
  /// May a value of that kind stand here? (integer counts as number)
  [[nodiscard]] bool takes(json::Kind kind) const;
  /// The text is none of the values that the schema lists; false where it lists none.
  [[nodiscard]] bool excludes(std::string_view text) const;
  [[nodiscard]] std::vector<std::string_view> allowedTexts() const;

 private:
  struct Part {
    const json::Value* schema;
    bool certain;  // false: out of anyOf, oneOf, then or else, so it may not bind
  };
  /// `depth`: of what leads on from there; a $ref may lead in a circle.
  void collect(const json::Value* schema, bool certain, int depth = 0);

  const json::Value* root_ = nullptr;
  std::vector<Part> parts_;  // all that speak about this place: $ref and allOf followed
};

}  // namespace lianqiao::expression
