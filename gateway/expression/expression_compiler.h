#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/yaml_node.h"
#include "expression/datum.h"
#include "expression/expression.h"
#include "expression/target_shape.h"

namespace lianqiao::expression {

using CodeTables = std::map<std::string, std::shared_ptr<const CodeTable>, std::less<>>;

/// Compiles the expressions of one mapping. Every mistake becomes a finding at its node; what is
/// returned is then incomplete and must not be run.
class ExpressionCompiler {
 public:
  /// `tables` may hold null for tables that exist but have findings of their own.
  ExpressionCompiler(const CodeTables& tables, config::Findings& findings)
      : tables_(tables), findings_(findings) {}

  /// `target` is where the value goes; its paths are added to `shape`.
  std::optional<Expression> compile(const config::YamlNode& node, const TargetShape& target,
                                    SourceShape& shape);
  /// A `fields` map: dotted target names to expressions.
  std::optional<ObjectTemplate> compileFields(const config::YamlNode& node,
                                              const TargetShape& target, SourceShape& shape);
  /// The slot of a path; the finding stands at `node`.
  std::optional<std::size_t> compilePath(const config::YamlNode& node, SourceShape& shape);

 private:
  std::optional<Expression> compileMap(const config::YamlNode& node, const TargetShape& target,
                                       SourceShape& shape);
  std::unique_ptr<const Origin> compileOrigin(std::string_view word, const config::YamlNode& node,
                                              const TargetShape& target, SourceShape& shape);
  std::unique_ptr<const Origin> compileConst(const config::YamlNode& node,
                                             const config::YamlNode& whole,
                                             const TargetShape& target);
  std::unique_ptr<const Origin> compileFirst(const config::YamlNode& list,
                                             const TargetShape& target, SourceShape& shape);
  std::unique_ptr<const Origin> compileList(const config::YamlNode& list, const TargetShape& target,
                                            SourceShape& shape);
  std::unique_ptr<const Origin> compileTemplate(const config::YamlNode& node, SourceShape& shape);
  std::unique_ptr<const Origin> compileEach(const config::YamlNode& node, const TargetShape& target,
                                            SourceShape& shape);
  std::unique_ptr<const Origin> compileChoice(const config::YamlNode& node,
                                              const TargetShape& target, SourceShape& shape);
  std::unique_ptr<const Origin> compilePoint(const config::YamlNode& node, SourceShape& shape);
  std::unique_ptr<const Origin> compilePointIn(const config::YamlNode& node, SourceShape& shape);
  std::unique_ptr<const Origin> compilePointOut(const config::YamlNode& node, SourceShape& shape);

  void compileTransforms(const config::YamlNode& node, const TargetShape& target,
                         SourceShape& shape, Expression& out);
  std::unique_ptr<const Transform> compileTransform(std::string_view word,
                                                    const config::YamlNode& node,
                                                    const config::YamlNode& whole,
                                                    const TargetShape& target, SourceShape& shape);
  std::unique_ptr<const Transform> compileCases(const config::YamlNode& cases,
                                                const config::YamlNode& whole,
                                                const TargetShape& target);
  std::unique_ptr<const Transform> compileBoolean(const config::YamlNode& node);
  std::unique_ptr<const Transform> compileTime(std::string_view word, const config::YamlNode& node,
                                               const config::YamlNode& whole);
  std::unique_ptr<const Transform> compileTable(std::string_view word, const config::YamlNode& node,
                                                const config::YamlNode& whole,
                                                const TargetShape& target, SourceShape& shape);
  std::optional<times::TimeFormat> compileFormat(const config::YamlNode& node, times::TimeUse use);
  std::optional<Datum> compileDatum(const config::YamlNode& point, std::string_view key);
  /// A constant in the form that the target, or a typed transform in `whole`, wants; `final`: no
  /// transform acts on it any more.
  std::optional<Constant> compileConstant(const config::YamlNode& node,
                                          const config::YamlNode* whole, const TargetShape& target,
                                          bool final = false);
  /// What the schema requires of the object and no field makes; the finding stands at `node`.
  void checkRequired(const ObjectTemplate& object, const TargetShape& target,
                     const config::YamlNode& node);
  bool addField(ObjectTemplate& root, const config::YamlNode::Entry& entry,
                const TargetShape& target, SourceShape& shape);

  const CodeTables& tables_;
  config::Findings& findings_;
};

}  // namespace lianqiao::expression
