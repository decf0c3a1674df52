#pragma once

#include <memory>
#include <string>
#include <vector>

#include "expression/condition.h"
#include "expression/expression.h"

/// Where values come from, one class each. Immutable and thread-safe.
namespace lianqiao::expression {

class FromPath final : public Origin {
 public:
  explicit FromPath(std::size_t slot) : slot_(slot) {}
  json::Value take(Run& run, const Scope& scope) const override;

 private:
  std::size_t slot_;
};

class FromConstant final : public Origin {
 public:
  explicit FromConstant(Constant constant) : constant_(std::move(constant)) {}
  json::Value take(Run& run, const Scope& scope) const override;

 private:
  Constant constant_;
};

/// A part of the envelope made by the same mapping; absent in outbound ones.
class FromRecord final : public Origin {
 public:
  enum class Part : std::uint8_t { key, sourceid, peer };
  explicit FromRecord(Part part) : part_(part) {}
  json::Value take(Run& run, const Scope& scope) const override;

 private:
  Part part_;
};

/// Inbound: our key of what another peer, or the sender itself, knows by an id of its own. Their id
/// is not in the record then: it stays with the rest. One that is not known is a problem, and no
/// alternative is taken.
class FromReference final : public Origin {
 public:
  std::string peer;
  std::unique_ptr<const Expression> id;
  json::Value take(Run& run, const Scope& scope) const override;
};

/// Outbound: the destination's own id of the thing. One that is not known is a problem.
class FromTheirs final : public Origin {
 public:
  json::Value take(Run& run, const Scope& scope) const override;
};

/// The first of several that is there.
class FromFirst final : public Origin {
 public:
  std::vector<Expression> choices;
  json::Value take(Run& run, const Scope& scope) const override;
};

/// An array of all that are there.
class FromList final : public Origin {
 public:
  std::vector<Expression> parts;
  json::Value take(Run& run, const Scope& scope) const override;
};

/// Literal texts and paths by turns; absent where none of its paths has a value.
class FromTemplate final : public Origin {
 public:
  struct Part {
    std::string literal;  ///< Before the path.
    std::optional<std::size_t> slot;
  };
  std::vector<Part> parts;
  json::Value take(Run& run, const Scope& scope) const override;
};

class FromFields final : public Origin {
 public:
  ObjectTemplate object;
  json::Value take(Run& run, const Scope& scope) const override;
};

/// One made value per element of an array (a single value counts as an array of one).
class FromEach final : public Origin {
 public:
  std::size_t slot = 0;
  SourceShape shape;  ///< Of one element.
  ObjectTemplate object;
  std::unique_ptr<const Expression> value;  ///< Instead of `object`.
  json::Value take(Run& run, const Scope& scope) const override;
};

class FromChoice final : public Origin {
 public:
  Condition condition;
  std::unique_ptr<const Expression> then;
  std::unique_ptr<const Expression> otherwise;  ///< May be null.
  json::Value take(Run& run, const Scope& scope) const override;
};

}  // namespace lianqiao::expression
