#include "pipeline/derivations.h"

#include <algorithm>

#include "lianqiao/digest.h"
#include "pipeline/derivation_chains.h"

namespace lianqiao::pipeline {
namespace {

constexpr std::string_view kFile = "derivations.yaml";
constexpr std::size_t kTimeLetters = 10;  // of an id
constexpr std::size_t kRandomLetters = 16;

/// Compiles one configuration's rules.
class DerivationCompiler {
 public:
  DerivationCompiler(const config::GatewayConfig& config, const MappingIndex& mappings,
                     const SchemaIndex& schemas, yaml::Findings& findings)
      : config_(config), mappings_(mappings), schemas_(schemas), findings_(findings) {}

  std::vector<Derivations::Rule> run() {
    const std::size_t before = findings_.all().size();
    std::vector<Derivations::Rule> rules;
    for (const config::Derivation& rule : config_.derivations) rules.push_back(compile(rule));
    if (findings_.all().size() == before) checkChains();
    return rules;
  }

 private:
  void tell(const config::Derivation& rule, yaml::Position position, std::string message,
            std::string remedy) {
    findings_.add({std::string(kFile), position, "derivation " + rule.name, std::move(message),
                   std::move(remedy)});
  }

  Derivations::Rule compile(const config::Derivation& rule) {
    Derivations::Rule made{rule.name, {}, mappingOf(rule)};
    const std::vector<std::string> types = expression::typesOf(rule.when);
    if (types.empty())
      tell(rule, rule.position, "the rule does not say of which types of records",
           "add type to `when`: {type: alert}, say");
    const auto told = [&](yaml::Position position, std::string message, std::string remedy) {
      tell(rule, position, std::move(message), std::move(remedy));
    };
    for (const config::RouteCondition& condition : rule.when) {
      auto clause = expression::RecordClause::compile(condition, types, schemas_, told);
      if (clause) made.when.push_back(std::move(*clause));
    }
    if (rule.once) compileOnce(rule, types, made);
    return made;
  }

  void compileOnce(const config::Derivation& rule, const std::vector<std::string>& types,
                   Derivations::Rule& made) {
    if (made.mapping && made.mapping->types().front() != "work_order")
      tell(rule, rule.mappingPosition,
           "`once` adds steps to an order, and this mapping makes a " +
               made.mapping->types().front(),
           "take `once` out, or make work orders");
    made.within = rule.once->within;
    const expression::EventShape event = expression::EventShape::of(types, schemas_);
    for (std::size_t i = 0; i < rule.once->by.size(); ++i) {
      const std::string& path = rule.once->by[i];
      auto steps = expression::parsePath(path);
      const expression::EventShape place = steps ? event.at(*steps) : event;
      if (!steps) {
        tell(rule, rule.once->places[i], steps.error().detail, "");
      } else if (place.empty() && !types.empty()) {
        tell(rule, rule.once->places[i], "no record of these types has `" + path + "`",
             place.remedy());
      } else {
        made.by.push_back(std::move(*steps));
      }
    }
  }

  std::shared_ptr<const Mapping> mappingOf(const config::Derivation& rule) {
    const auto found = mappings_.find(rule.mapping);
    if (found == mappings_.end()) {
      tell(rule, rule.mappingPosition, "there is no mapping `" + rule.mapping + "`",
           "create mappings/" + rule.mapping + ".yaml with direction: derived");
      return nullptr;
    }
    if (found->second && found->second->direction() != Mapping::Direction::derived) {
      tell(rule, rule.mappingPosition, "the mapping " + rule.mapping + " is not derived",
           "write direction: derived in it, or name another");
      return nullptr;
    }
    return found->second;
  }

  void checkChains() {
    const DerivationChains chains(config_);
    for (std::size_t i = 0; i < config_.derivations.size(); ++i) {
      const config::Derivation& rule = config_.derivations[i];
      if (const auto loop = chains.loopFrom(i); !loop.empty()) {
        std::string way;
        for (const std::size_t step : loop) way += config_.derivations[step].name + " → ";
        tell(rule, rule.position,
             "what it makes would be derived from without end: " + way + rule.name,
             "let a condition of one of them leave out what the rule before it makes");
        return;
      }
    }
    for (const config::Derivation& rule : config_.derivations) {
      for (const std::string& type : expression::typesOf(rule.when))
        checkNumber(chains, rule, type);
    }
  }

  void checkNumber(const DerivationChains& chains, const config::Derivation& rule,
                   const std::string& type) {
    for (const config::PeerConfig& peer : config_.peers) {
      if (chains.recordsOf(type, peer.name) <= Derivations::kMostDerived) continue;
      return tell(rule, rule.position,
                  "more than " + std::to_string(Derivations::kMostDerived) +
                      " records may be derived from one " + type + " of " + peer.name,
                  "let conditions leave out more");
    }
  }

  const config::GatewayConfig& config_;
  const MappingIndex& mappings_;
  const SchemaIndex& schemas_;
  yaml::Findings& findings_;
};

}  // namespace

Derivations Derivations::compile(const config::GatewayConfig& config, const MappingIndex& mappings,
                                 const SchemaIndex& schemas, yaml::Findings& findings) {
  Derivations made;
  made.rules_ = DerivationCompiler(config, mappings, schemas, findings).run();
  return made;
}

std::vector<const Derivations::Rule*> Derivations::holding(const record::Record& record,
                                                           const json::Value& data) const {
  std::vector<const Rule*> found;
  const auto subject = expression::RecordSubject::of(record, data);
  for (const Rule& rule : rules_) {
    if (expression::allHold(rule.when, subject)) found.push_back(&rule);
  }
  return found;
}

const Derivations::Rule* Derivations::find(std::string_view name) const {
  const auto at = std::find_if(rules_.begin(), rules_.end(),
                               [&](const Rule& rule) { return rule.name == name; });
  return at == rules_.end() ? nullptr : &*at;
}

std::string derivedId(std::string_view cause, std::string_view rule) {
  static constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  const std::string whole = digest(Hash::sha256, std::string(cause).append(" ").append(rule));
  std::string id(cause.substr(0, kTimeLetters));
  for (std::size_t i = 0; i < kRandomLetters; ++i)
    id += kAlphabet[static_cast<unsigned char>(whole[i]) % kAlphabet.size()];
  return id;
}

}  // namespace lianqiao::pipeline
