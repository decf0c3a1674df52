#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "expression/code_table.h"
#include "expression/path.h"
#include "expression/workspace.h"
#include "lianqiao/json.h"
#include "lianqiao/result.h"
#include "record/record.h"
#include "times/time_text.h"

/// The compiled form of one field: where its value comes from (an Origin) and what is done to it
/// (Transforms, in the fixed order of MAPPINGS.md). Immutable and thread-safe; what changes during
/// a run lives in Run.
namespace lianqiao::expression {

/// Where in the target a value goes, as a chain on the stack: no text is built unless there is a
/// problem.
struct Place {
  const Place* parent = nullptr;
  std::string_view pointer;   ///< "/reporter/phone" below the parent.
  std::ptrdiff_t index = -1;  ///< Element of an array; -1 = none.

  [[nodiscard]] std::string text() const;
};

/// One run of a mapping over one source. Values stay valid as long as the source and `output`.
struct Run {
  json::Document& output;
  std::vector<Problem>& problems;
  Workspace& workspace;
  times::ZoneOffset zone;                  ///< Of times without one, where the mapping names none.
  Day day;                                 ///< Which entries of code tables are in effect.
  const record::Record* record = nullptr;  ///< Whose envelope is made already; null for outbound.
  std::size_t sourceBytes = SIZE_MAX;      ///< In which the source was sent.
  bool hasOrigin = false;                  ///< The adapter tells in `_origin` where the source lay.
  std::optional<times::TimePrecision> precision = {};  ///< Of the envelope's time, or the data's.

  void fail(std::string_view code, const Place& place, std::string message);
  json::Value keep(std::string_view text) { return output.text(text); }
};

/// The bound paths that an expression reads, and where its value goes.
struct Scope {
  std::size_t base;
  const Place& place;
};

/// Null values and empty texts count as absent.
inline bool isAbsent(const json::Value& value) {
  return value.isNull() || (value.isString() && value.text().empty());
}

/// Text of a scalar (true/false for booleans) or the code of a coded value {code, text}; nullopt
/// for other objects, arrays and null.
std::optional<std::string_view> scalarText(const json::Value& value);

/// A constant out of the mapping, in the form that its target wants.
struct Constant {
  std::string text;
  json::Kind kind = json::Kind::string;

  [[nodiscard]] json::Value value() const;
};

class Origin {
 public:
  virtual ~Origin() = default;
  /// Null when the source has nothing; on failure null and a Problem in `run`.
  virtual json::Value take(Run& run, const Scope& scope) const = 0;
};

class Transform {
 public:
  virtual ~Transform() = default;
  /// `value` is not absent. On failure null and a Problem in `run`. `source` names the origin for
  /// people.
  virtual json::Value apply(json::Value value, Run& run, const Scope& scope,
                            const std::string& source) const = 0;
  /// False: each element of an array is transformed for itself.
  [[nodiscard]] virtual bool takesArrays() const { return false; }
};

class Expression {
 public:
  std::unique_ptr<const Origin> origin;
  std::vector<std::unique_ptr<const Transform>> transforms;
  std::optional<Constant> fallback;
  bool required = false;
  std::string source;  ///< What it reads, for messages: `rqsttime`.

  /// The value for the target, or null: absent, or failed with a Problem in `run`.
  json::Value evaluate(Run& run, const Scope& scope) const;

 private:
  [[nodiscard]] json::Value transformed(json::Value value, Run& run, const Scope& scope) const;
};

/// An object made field by field; absent fields are left out, and an object without any is absent.
class ObjectTemplate {
 public:
  struct Field {
    std::string name;
    std::string pointer;                           ///< "/name", escaped.
    std::unique_ptr<const Expression> expression;  ///< Null: `object` makes the value.
    std::unique_ptr<ObjectTemplate> object;
  };

  std::vector<Field> fields;

  json::Value make(Run& run, const Scope& scope) const;
  /// Puts its members on the workspace's stack instead.
  void fill(Run& run, const Scope& scope) const;
};

/// `name` escaped as one token of a JSON Pointer, with the slash before it.
std::string pointerToken(std::string_view name);

}  // namespace lianqiao::expression
