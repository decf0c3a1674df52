#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lifecycle/life_moves.h"
#include "pipeline/derivations.h"
#include "pipeline/mapping.h"
#include "pipeline/pipeline.h"
#include "pipeline/route.h"
#include "record/schema_set.h"

namespace lianqiao::pipeline {

/// What Pipeline::compile makes. Immutable and thread-safe.
class CompiledPipeline final : public Pipeline {
 public:
  Processed process(std::string_view peer, const RawItem& item, std::string_view id,
                    WallTime received, expression::Workspace& workspace) const override;
  Processed rederive(std::string_view peer, std::string_view rule, std::string_view event,
                     std::string_view id, WallTime received,
                     expression::Workspace& workspace) const override;
  std::vector<Processed> remind(std::vector<Reminder> reminders,
                                expression::Workspace& workspace) const override;
  Processed own(record::Record record, const json::Value& data, std::string_view time,
                expression::Workspace& workspace) const override;
  Result<Payload> outbound(std::string_view peer, std::string_view event,
                           expression::Workspace& workspace) const override;
  [[nodiscard]] bool namesReferences() const override { return namesReferences_; }
  [[nodiscard]] bool keepsReferences(std::string_view peer) const override;
  [[nodiscard]] bool namesTheirs(std::string_view peer) const override;
  [[nodiscard]] std::vector<ItemShape> itemShapes(std::string_view peer) const override;
  [[nodiscard]] std::vector<std::string> ignored(std::string_view peer) const override;
  [[nodiscard]] std::vector<std::string> cautions() const override;
  [[nodiscard]] std::string masked(std::string_view event) const override;

 private:
  friend class PipelineCompiler;

  struct Peer {
    std::vector<std::shared_ptr<const Mapping>> inbound;
    std::vector<std::shared_ptr<const Mapping>> outbound;
    times::ZoneOffset zone{480};
    bool keepsReferences = false;                      ///< Some mapping names ids of this peer.
    bool namesTheirs = false;                          ///< An outbound mapping sends its own ids.
    bool namesKeys = false;                            ///< An inbound mapping makes whole keys.
    std::shared_ptr<const record::SchemaSet> schemas;  ///< What the mappings were compiled for.
    std::shared_ptr<const lifecycle::LifeMoves> moves;
  };

  /// Makes a record of what `mapping` is bound to, and what is derived from it.
  void make(const Peer& peer, const Mapping& mapping, const RawItem& item, Processed& out,
            expression::Workspace& workspace) const;
  /// Which life the record moves, and how.
  static void move(const Peer& peer, const json::Value& data, record::Record& record);
  /// Maps, validates and routes what `mapping` is bound to. Its data; nullopt: it has problems.
  std::optional<json::Value> fill(const Peer& peer, const Mapping& mapping, expression::Run& run,
                                  record::Record& record) const;
  /// What rules make of that record, and of what they make, behind `out`.
  void derive(const record::Record& record, const json::Value& data, int level,
              std::vector<Derived>& out, expression::Workspace& workspace) const;
  /// One record of out.event; its id, peer, source id, cause and time of receipt are filled.
  std::optional<json::Value> makeDerived(const Mapping& mapping, Derived& out,
                                         expression::Workspace& workspace) const;
  /// The step by which that order may join another. REQUIRES: `order` was made last, of the event
  /// in the workspace. nullopt: a field that says what is alike is absent, or no route takes it.
  std::optional<Joining> joiningOf(const Derivations::Rule& rule, const record::Record& order,
                                   const json::Value& data, expression::Workspace& workspace) const;
  /// Completes a record of the gateway's own making, whose destinations are known: its event, or
  /// what its schema finds.
  void complete(Processed& made, const record::TypeSchema& type, const json::Value& data,
                std::string_view time, expression::Workspace& workspace) const;
  /// Those of the destinations that name keys in turn.
  [[nodiscard]] std::vector<std::string> holdersOf(const record::Record& record) const;
  /// Adds what the schema finds, except below places that have a problem already.
  static void validate(const schema::Schema& schema, const json::Value& data,
                       std::vector<Problem>& problems);

  std::shared_ptr<const record::SchemaSet> schemas_;
  std::shared_ptr<const lifecycle::LifeMoves> moves_;
  std::map<std::string, Peer, std::less<>> peers_;
  Router router_;
  bool namesReferences_ = false;  ///< Inbound.
  Derivations derivations_;
};

}  // namespace lianqiao::pipeline
