#include <algorithm>

#include "expression/reading.h"
#include "pipeline/compiled_pipeline.h"
#include "pipeline/outbound_check.h"
#include "pipeline/pipeline.h"

namespace lianqiao::pipeline {

/// Compiles the whole configuration into one CompiledPipeline.
class PipelineCompiler {
 public:
  PipelineCompiler(const config::GatewayConfig& config, yaml::Findings& findings,
                   yaml::Findings* warnings)
      : config_(config), findings_(findings), warnings_(warnings) {}

  void keepPeers(const CompiledPipeline& former, const std::set<std::string>& names) {
    for (const std::string& name : names) {
      const auto found = former.peers_.find(name);
      if (found != former.peers_.end()) kept_.insert(*found);
    }
  }

  std::unique_ptr<Pipeline> run() {
    const std::size_t before = findings_.all().size();
    auto pipeline = std::make_unique<CompiledPipeline>();
    pipeline->schemas_ = loadSchemas();
    pipeline->moves_ = loadMoves();
    for (const auto& [name, node] : config_.codeTables) {
      // a table whose file could not be read is known by its name only, and told already
      tables_[name] =
          node.isNull() ? nullptr : expression::CodeTable::compile(name, node, findings_);
    }
    std::set<std::string> names;
    for (const config::PeerConfig& peer : config_.peers) names.insert(peer.name);
    const std::shared_ptr<const places::Grids> grids = loadGrids();
    for (const auto& [name, node] : config_.mappings) {
      mappings_[name] = Mapping::compile(name, node, tables_, index_, findings_, &names, grids);
    }
    pipeline->peers_ = std::move(kept_);
    for (const config::PeerConfig& peer : config_.peers) {
      if (!pipeline->peers_.contains(peer.name)) addPeer(peer, *pipeline);
    }
    pipeline->namesReferences_ = markReferences(pipeline->peers_);
    pipeline->router_ = Router::compile(config_.routes, index_, findings_);
    pipeline->derivations_ = Derivations::compile(config_, mappings_, index_, findings_);
    // Behind the routes: what one lets through is not known where it is wrong.
    if (warnings_ != nullptr) OutboundCheck(config_, index_, tables_, findings_, *warnings_).run();
    if (findings_.all().size() != before) return nullptr;
    return pipeline;
  }

 private:
  std::shared_ptr<const record::SchemaSet> loadSchemas() {
    auto schemas = std::make_shared<record::SchemaSet>();
    std::vector<Problem> problems;
    schemas->load(config_.schemas, problems);
    for (const Problem& problem : problems) {
      findings_.add({"schemas", {}, problem.path, problem.message, {}});
    }
    for (std::string_view type : schemas->types()) {
      index_[std::string(type)] = &schemas->find(type)->schema;
    }
    return schemas;
  }

  std::shared_ptr<const lifecycle::LifeMoves> loadMoves() {
    yaml::Findings toldWithTheDeadlines;
    return std::make_shared<const lifecycle::LifeMoves>(
        lifecycle::movesOf(lifecycle::loadLifeCycles(config_.schemas, toldWithTheDeadlines)));
  }

  /// Null where none are configured, or their files have findings.
  std::shared_ptr<const places::Grids> loadGrids() {
    const config::GridSettings& grids = config_.grids;
    if (grids.folder.empty()) return nullptr;
    const std::filesystem::path shown = grids.folder.lexically_proximate(config_.directory);
    const places::GridFiles files{grids.folder, shown.string(), grids.code,
                                  places::datumOf(grids.datum).value_or(places::Datum::wgs84),
                                  static_cast<double>(grids.overlapTolerance)};
    yaml::Findings told;
    return places::Grids::load(files, findings_, warnings_ != nullptr ? *warnings_ : told);
  }

  void addPeer(const config::PeerConfig& config, CompiledPipeline& pipeline) {
    CompiledPipeline::Peer peer;
    peer.schemas = pipeline.schemas_;
    peer.moves = pipeline.moves_;
    const auto zone = times::readZone(config.zone);
    if (!zone) {
      report(config, "zone", "`" + config.zone + "` is no zone with one fixed offset",
             "write \"+08:00\" or Asia/Shanghai");
    }
    peer.zone = zone.value_or(peer.zone);
    peer.inbound = choose(config.inbound.mappings, Mapping::Direction::inbound);
    peer.namesKeys = std::any_of(peer.inbound.begin(), peer.inbound.end(),
                                 [](const auto& mapping) { return mapping->namesKeys(); });
    peer.outbound = choose(config.outbound.mappings, Mapping::Direction::outbound);
    peer.namesTheirs = std::any_of(peer.outbound.begin(), peer.outbound.end(),
                                   [](const auto& mapping) { return mapping->namesTheirs(); });
    pipeline.peers_[config.name] = std::move(peer);
  }

  /// Whose ids some mapping names, of whatever peer it is. Whether inbound ones do.
  static bool markReferences(std::map<std::string, CompiledPipeline::Peer, std::less<>>& peers) {
    std::set<std::string> named;
    for (const auto& [name, peer] : peers) {
      for (const auto& mapping : peer.inbound)
        named.insert(mapping->referencedPeers().begin(), mapping->referencedPeers().end());
    }
    for (auto& [name, peer] : peers)
      peer.keepsReferences = peer.namesTheirs || named.contains(name);
    return !named.empty();
  }

  /// Names without a file, or of the other direction, are for config/ to find.
  std::vector<std::shared_ptr<const Mapping>> choose(const std::vector<std::string>& names,
                                                     Mapping::Direction direction) {
    std::vector<std::shared_ptr<const Mapping>> chosen;
    for (const std::string& name : names) {
      const auto at = mappings_.find(name);
      if (at == mappings_.end() || !at->second) continue;
      if (at->second->direction() == direction) chosen.push_back(at->second);
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
  yaml::Findings& findings_;
  yaml::Findings* warnings_;  ///< nullptr: what is sent out was checked before.
  SchemaIndex index_;
  expression::CodeTables tables_;
  MappingIndex mappings_;
  std::map<std::string, CompiledPipeline::Peer, std::less<>> kept_;
};

std::unique_ptr<Pipeline> Pipeline::compile(const config::GatewayConfig& config,
                                            yaml::Findings& findings, yaml::Findings& warnings) {
  return PipelineCompiler(config, findings, &warnings).run();
}

std::unique_ptr<Pipeline> Pipeline::compile(const config::GatewayConfig& config,
                                            yaml::Findings& findings) {
  yaml::Findings warnings;
  return compile(config, findings, warnings);
}

std::unique_ptr<Pipeline> Pipeline::compile(const config::GatewayConfig& config,
                                            yaml::Findings& findings, const Pipeline& former,
                                            const std::set<std::string>& keep) {
  // Whoever was refused then must not be the fault of the others here: outbound mappings were
  // checked when the whole was inspected.
  PipelineCompiler compiler(config, findings, nullptr);
  compiler.keepPeers(dynamic_cast<const CompiledPipeline&>(former), keep);
  return compiler.run();
}

}  // namespace lianqiao::pipeline
