#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "expression/condition.h"
#include "expression/event_shape.h"
#include "expression/expression.h"
#include "expression/expression_compiler.h"
#include "lianqiao/host.h"
#include "record/fingerprint.h"
#include "record/record.h"
#include "schema/schema.h"
#include "yaml/yaml_node.h"

namespace lianqiao::pipeline {

using expression::SchemaIndex;

/// One compiled file of config/mappings. Immutable and thread-safe; a run's state is in the
/// workspace.
class Mapping {
 public:
  /// `derived` makes a record of the event of another (derivations.yaml).
  enum class Direction : std::uint8_t { inbound, outbound, derived };

  /// Every mistake becomes a finding; nullptr when there was one. `name` is the file's stem.
  /// `peers`: all there are, for references; null: not known.
  static std::shared_ptr<const Mapping> compile(const std::string& name, const yaml::YamlNode& node,
                                                const expression::CodeTables& tables,
                                                const SchemaIndex& schemas,
                                                yaml::Findings& findings,
                                                const std::set<std::string>* peers = nullptr,
                                                std::shared_ptr<const places::Grids> grids = {});

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] Direction direction() const { return direction_; }
  /// Taken by an outbound mapping; else made, exactly one.
  [[nodiscard]] const std::vector<std::string>& types() const { return types_; }
  /// It makes whole keys, which may be other peers'.
  [[nodiscard]] bool namesKeys() const { return keyIsFull_; }

  /// Inbound: the peers whose own ids it takes for our keys.
  [[nodiscard]] const std::set<std::string>& referencedPeers() const { return referencedPeers_; }
  /// Outbound: it sends the destination's own ids.
  [[nodiscard]] bool namesTheirs() const { return namesTheirs_; }

  /// What it reads at the top of an item. A group of `needed` is what a part of the key or a
  /// required field reads, where nothing but members of the item can fill it.
  [[nodiscard]] ItemShape itemShape() const { return {shape_.rootNames(), needed_}; }
  /// The paths of `ignore:`, as they are written in sourceFields.
  [[nodiscard]] const std::vector<std::string>& ignored() const { return ignoredPaths_; }
  /// The type has a place for what no field reads, and the mapping does not use it.
  [[nodiscard]] bool dropsRest() const { return dropsRest_; }

  /// Reads `source` into the workspace; true when `when` holds. Both calls below work on the source
  /// that was bound last, which must still live.
  bool bind(const json::Value& source, expression::Workspace& workspace) const;

  /// What `fields` makes of the source: the record's data, or the payload. Problems are in `run`.
  /// Outbound nothing is kept as rest. Inbound call envelope() first: what it takes is used, too.
  [[nodiscard]] json::Value make(expression::Run& run) const;

  /// What of the record that was made last tells it from other revisions: all of `data`, and of its
  /// envelope `time` and priority, that does not stand in `ignore:`; where the sender gave a
  /// revision, only what is mapped. Views live as long as the run's output and `time`.
  [[nodiscard]] record::Content content(expression::Run& run, const record::Record& record,
                                        const json::Value& data, const json::Value& time) const;
  /// `data` with the rest as 0.1 kept it: members of the root that no path names.
  [[nodiscard]] json::Value formerData(expression::Run& run, const json::Value& data) const;
  /// Record::rest of what was made last.
  [[nodiscard]] std::string restOf(const expression::Workspace& workspace) const;

  /// Outbound and derived: the event as this mapping may see it. Of what no field of the record
  /// took (data.sourceFields) only the paths that it names are left. Made in `memory`.
  [[nodiscard]] json::Value shown(const json::Value& event, json::Document& memory) const;
  /// The same for a peer without outbound mappings: nothing of it is left.
  [[nodiscard]] static json::Value withoutRest(const json::Value& event, json::Document& memory);

  /// Fills key, sourceId, revision, priority; `time` becomes RFC 3339 text, or stays null. `peer`
  /// begins the key. An empty sourceId of `record` is filled from the key where the mapping names
  /// none.
  void envelope(expression::Run& run, std::string_view peer, record::Record& record,
                json::Value& time) const;
  /// The sender's own id of what the key stands for: `reference`, else the source id of what is a
  /// thing of its own. Empty where none can be kept. Call behind envelope().
  [[nodiscard]] std::string referenceOf(expression::Run& run, const record::Record& record) const;

 private:
  friend class MappingCompiler;
  [[nodiscard]] std::string keyParts(expression::Run& run) const;
  void addRest(expression::Run& run) const;
  [[nodiscard]] std::span<const json::Member> mapped(const json::Value& data) const;
  [[nodiscard]] json::Value timeOf(expression::Run& run) const;
  [[nodiscard]] record::Priority priorityOf(expression::Run& run) const;
  [[nodiscard]] record::Content withoutIgnored(expression::Run& run) const;

  std::string name_;
  Direction direction_ = Direction::inbound;
  std::vector<std::string> types_;
  expression::SourceShape shape_;
  std::vector<std::vector<std::string>> needed_;
  std::optional<expression::Condition> when_;
  std::vector<expression::Expression> key_;
  bool keyIsFull_ = false;
  std::optional<expression::Expression> sourceId_;
  std::optional<expression::Expression> reference_;
  std::optional<expression::Expression> revision_;
  std::optional<expression::Expression> time_;
  std::optional<expression::Expression> priority_;
  std::set<std::string> referencedPeers_;
  bool namesTheirs_ = false;
  expression::ObjectTemplate fields_;
  std::string rest_;
  bool dropsRest_ = false;
  std::vector<std::string> named_;      ///< Outbound: members of data.sourceFields.
  expression::SourceShape ignored_;     ///< Its slots stand behind those of shape_.
  std::vector<std::size_t> ignoredAt_;  ///< Slots of ignored_.
  std::vector<std::string> ignoredPaths_;
  /// Slots of shape_ from which `fields`, `time` and `priority` read as much.
  std::vector<std::size_t> ignoredFields_;
};

}  // namespace lianqiao::pipeline
