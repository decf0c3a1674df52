#include "pipeline/compiled_pipeline.h"
#include "pipeline/pipeline.h"
#include "pipeline/reading.h"

namespace lianqiao::pipeline {

/// Compiles the whole configuration into one CompiledPipeline.
class PipelineCompiler {
 public:
  PipelineCompiler(const config::GatewayConfig& config, config::Findings& findings)
      : config_(config), findings_(findings) {}

  std::unique_ptr<Pipeline> run() {
    const std::size_t before = findings_.all().size();
    auto pipeline = std::make_unique<CompiledPipeline>();
    loadSchemas(pipeline->schemas_);
    for (const auto& [name, node] : config_.codeTables) {
      tables_[name] = CodeTable::compile(name, node, findings_);
    }
    for (const auto& [name, node] : config_.mappings) {
      mappings_[name] = Mapping::compile(name, node, tables_, index_, findings_);
    }
    for (const config::PeerConfig& peer : config_.peers) addPeer(peer, *pipeline);
    pipeline->router_ = Router::compile(config_.routes, index_, findings_);
    if (findings_.all().size() != before) return nullptr;
    return pipeline;
  }

 private:
  void loadSchemas(record::SchemaSet& schemas) {
    std::vector<Problem> problems;
    schemas.load(config_.schemas, problems);
    for (const Problem& problem : problems) {
      findings_.add({"schemas", {}, problem.path, problem.message, {}});
    }
    for (std::string_view type : schemas.types()) {
      index_[std::string(type)] = &schemas.find(type)->schema;
    }
  }

  void addPeer(const config::PeerConfig& config, CompiledPipeline& pipeline) {
    CompiledPipeline::Peer peer;
    const auto zone = readZone(config.zone);
    if (!zone) {
      report(config, "zone", "`" + config.zone + "` is no zone with one fixed offset",
             "write \"+08:00\" or Asia/Shanghai");
    }
    peer.zone = zone.value_or(peer.zone);
    peer.inbound = choose(config, "inbound", config.inbound.mappings, Mapping::Direction::inbound);
    peer.outbound =
        choose(config, "outbound", config.outbound.mappings, Mapping::Direction::outbound);
    pipeline.peers_[config.name] = std::move(peer);
  }

  /// Names without a file are for config/ to find.
  std::vector<std::shared_ptr<const Mapping>> choose(const config::PeerConfig& peer,
                                                     const std::string& key,
                                                     const std::vector<std::string>& names,
                                                     Mapping::Direction direction) {
    std::vector<std::shared_ptr<const Mapping>> chosen;
    for (const std::string& name : names) {
      const auto at = mappings_.find(name);
      if (at == mappings_.end() || !at->second) continue;
      if (at->second->direction() != direction) {
        report(peer, key + ".mappings", "the mapping " + name + " is not " + key,
               "mend its `direction`, or name it on the other side");
      }
      chosen.push_back(at->second);
    }
    return chosen;
  }

  void report(const config::PeerConfig& peer, std::string path, std::string message,
              std::string remedy) {
    findings_.add({"peers/" + peer.name + ".yaml",
                   {},
                   std::move(path),
                   std::move(message),
                   std::move(remedy)});
  }

  const config::GatewayConfig& config_;
  config::Findings& findings_;
  SchemaIndex index_;
  CodeTables tables_;
  std::map<std::string, std::shared_ptr<const Mapping>, std::less<>> mappings_;
};

std::unique_ptr<Pipeline> Pipeline::compile(const config::GatewayConfig& config,
                                            config::Findings& findings) {
  return PipelineCompiler(config, findings).run();
}

}  // namespace lianqiao::pipeline
