#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "expression/expression.h"
#include "expression/target_shape.h"
#include "places/grids.h"
#include "yaml/yaml_node.h"

namespace lianqiao::expression {

/// What a mapping may name as a reference, and what it has named.
struct ReferenceScope {
  bool outbound = false;
  const std::set<std::string>* peers = nullptr;  ///< All there are; null: not known here.
  std::set<std::string> named = {};              ///< Peers whose ids lead to our keys.
  bool theirs = false;                           ///< The destination's own ids are sent.
};

using CodeTables = std::map<std::string, std::shared_ptr<const CodeTable>, std::less<>>;

/// Compiles the expressions of one mapping. Every mistake becomes a finding at its node; what is
/// returned is then incomplete and must not be run.
class ExpressionCompiler {
 public:
  /// `tables` may hold null for tables that exist but have findings of their own; `grids` is null
  /// where none are configured.
  ExpressionCompiler(const CodeTables& tables, yaml::Findings& findings,
                     ReferenceScope references = {},
                     std::shared_ptr<const places::Grids> grids = nullptr)
      : tables_(tables),
        findings_(findings),
        references_(std::move(references)),
        grids_(std::move(grids)) {}

  /// With what was named so far.
  [[nodiscard]] ReferenceScope& references() { return references_; }

  /// `target` is where the value goes; its paths are added to `shape`.
  std::optional<Expression> compile(const yaml::YamlNode& node, const TargetShape& target,
                                    SourceShape& shape);
  /// A `fields` map: dotted target names to expressions.
  std::optional<ObjectTemplate> compileFields(const yaml::YamlNode& node, const TargetShape& target,
                                              SourceShape& shape);
  /// The slot of a path; the finding stands at `node`.
  std::optional<std::size_t> compilePath(const yaml::YamlNode& node, SourceShape& shape);

 private:
  std::optional<Expression> compileMap(const yaml::YamlNode& node, const TargetShape& target,
                                       SourceShape& shape);
  std::unique_ptr<const Origin> compileOrigin(std::string_view word, const yaml::YamlNode& node,
                                              const TargetShape& target, SourceShape& shape);
  std::unique_ptr<const Origin> compileConst(const yaml::YamlNode& node,
                                             const yaml::YamlNode& whole,
                                             const TargetShape& target);
  std::unique_ptr<const Origin> compileFirst(const yaml::YamlNode& list, const TargetShape& target,
                                             SourceShape& shape);
  std::unique_ptr<const Origin> compileList(const yaml::YamlNode& list, const TargetShape& target,
                                            SourceShape& shape);
  std::unique_ptr<const Origin> compileTemplate(const yaml::YamlNode& node, SourceShape& shape);
  std::unique_ptr<const Origin> compileEach(const yaml::YamlNode& node, const TargetShape& target,
                                            SourceShape& shape);
  std::unique_ptr<const Origin> compileChoice(const yaml::YamlNode& node, const TargetShape& target,
                                              SourceShape& shape);
  std::unique_ptr<const Origin> compileReference(const yaml::YamlNode& node, SourceShape& shape);
  std::unique_ptr<const Origin> compilePoint(const yaml::YamlNode& node, SourceShape& shape);
  std::unique_ptr<const Origin> compilePointIn(const yaml::YamlNode& node, SourceShape& shape);
  std::unique_ptr<const Origin> compileCoordinates(std::string_view word,
                                                   const yaml::YamlNode& node, SourceShape& shape);
  std::unique_ptr<const Origin> compilePointOut(const yaml::YamlNode& node, SourceShape& shape);
  std::unique_ptr<const Origin> compileGridOf(const yaml::YamlNode& node, SourceShape& shape);

  void compileTransforms(const yaml::YamlNode& node, const TargetShape& target, SourceShape& shape,
                         Expression& out);
  std::unique_ptr<const Transform> compileTransform(std::string_view word,
                                                    const yaml::YamlNode& node,
                                                    const yaml::YamlNode& whole,
                                                    const TargetShape& target, SourceShape& shape);
  std::unique_ptr<const Transform> compileCases(const yaml::YamlNode& cases,
                                                const yaml::YamlNode& whole,
                                                const TargetShape& target);
  std::unique_ptr<const Transform> compileBoolean(const yaml::YamlNode& node);
  std::unique_ptr<const Transform> compileTime(std::string_view word, const yaml::YamlNode& node,
                                               const yaml::YamlNode& whole);
  std::unique_ptr<const Transform> compileTable(std::string_view word, const yaml::YamlNode& node,
                                                const yaml::YamlNode& whole,
                                                const TargetShape& target, SourceShape& shape);
  std::optional<times::TimeFormat> compileFormat(const yaml::YamlNode& node, times::TimeUse use);
  std::optional<places::Datum> compileDatum(const yaml::YamlNode& point, std::string_view key);
  /// A constant in the form that the target, or a typed transform in `whole`, wants; `final`: no
  /// transform acts on it any more.
  std::optional<Constant> compileConstant(const yaml::YamlNode& node, const yaml::YamlNode* whole,
                                          const TargetShape& target, bool final = false);
  /// What the schema requires of the object and no field makes; the finding stands at `node`.
  void checkRequired(const ObjectTemplate& object, const TargetShape& target,
                     const yaml::YamlNode& node);
  bool addField(ObjectTemplate& root, const yaml::YamlNode::Entry& entry, const TargetShape& target,
                SourceShape& shape);

  const CodeTables& tables_;
  yaml::Findings& findings_;
  ReferenceScope references_;
  const std::shared_ptr<const places::Grids> grids_;
};

}  // namespace lianqiao::expression
