#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/node.h"
#include "lianqiao/host.h"
#include "pipeline/condition.h"
#include "pipeline/expression.h"
#include "pipeline/expression_compiler.h"
#include "record/record.h"
#include "record/schema.h"

namespace lianqiao::pipeline {

/// By schema type.
using SchemaIndex = std::map<std::string, const record::Schema*, std::less<>>;

/// One compiled file of config/mappings. Immutable and thread-safe; a run's state is in the
/// workspace.
class Mapping {
 public:
  enum class Direction : std::uint8_t { inbound, outbound };

  /// Every mistake becomes a finding; nullptr when there was one. `name` is the file's stem.
  static std::shared_ptr<const Mapping> compile(const std::string& name, const config::Node& node,
                                                const CodeTables& tables,
                                                const SchemaIndex& schemas,
                                                config::Findings& findings);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] Direction direction() const { return direction_; }
  /// Made (inbound: exactly one) or taken.
  [[nodiscard]] const std::vector<std::string>& types() const { return types_; }
  /// It makes whole keys, which may be other peers'.
  [[nodiscard]] bool namesKeys() const { return keyIsFull_; }

  /// What it reads at the top of an item. A group of `needed` is what a part of the key or a
  /// required field reads, where nothing but members of the item can fill it.
  [[nodiscard]] ItemShape itemShape() const { return {shape_.rootNames(), needed_}; }

  /// Reads `source` into the workspace; true when `when` holds. Both calls below work on the source
  /// that was bound last, which must still live.
  bool bind(const json::Value& source, Workspace& workspace) const;

  /// What `fields` makes of the source: the record's data, or the payload. Problems are in `run`.
  [[nodiscard]] json::Value make(Run& run) const;

  /// Fills key, sourceId, revision, priority; `time` becomes RFC 3339 text, or stays null. `peer`
  /// begins the key. An empty sourceId of `record` is filled from the key where the mapping names
  /// none.
  void envelope(Run& run, std::string_view peer, record::Record& record, json::Value& time) const;

 private:
  friend class MappingCompiler;
  [[nodiscard]] std::string keyParts(Run& run) const;
  void addRest(Run& run, std::vector<json::Member>& members) const;

  std::string name_;
  Direction direction_ = Direction::inbound;
  std::vector<std::string> types_;
  SourceShape shape_;
  std::vector<std::vector<std::string>> needed_;
  std::optional<Condition> when_;
  std::vector<Expression> key_;
  bool keyIsFull_ = false;
  std::optional<Expression> sourceId_;
  std::optional<Expression> revision_;
  std::optional<Expression> time_;
  std::optional<Expression> priority_;
  ObjectTemplate fields_;
  std::string rest_;
};

}  // namespace lianqiao::pipeline
