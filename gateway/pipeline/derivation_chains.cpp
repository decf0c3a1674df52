#include "pipeline/derivation_chains.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "expression/clean.h"
#include "expression/path.h"
#include "expression/record_clause.h"

namespace lianqiao::pipeline {
namespace {

using Operator = config::RouteCondition::Operator;

constexpr std::size_t kManyRecords = 1000;

std::string comparableText(std::string_view text) {
  std::string buffer;
  return std::string(expression::comparable(text, buffer));
}

/// Can it hold of that text?
bool mayHoldOf(const config::RouteCondition& condition, const std::string& text) {
  if (condition.op == Operator::present) return true;
  if (condition.op == Operator::absent) return false;
  return std::any_of(condition.values.begin(), condition.values.end(), [&](const auto& value) {
    const std::string wanted = comparableText(value);
    return condition.op == Operator::prefix ? text.starts_with(wanted) : text == wanted;
  });
}

/// What a derived mapping makes of a record's data, as far as its file alone tells.
class MadeFields {
 public:
  explicit MadeFields(const yaml::YamlNode& mapping) {
    if (const yaml::YamlNode* const fields = mapping.find("fields")) add(*fields, "");
  }

  [[nodiscard]] bool mayHold(const config::RouteCondition& condition) const {
    const std::string path = "/" + dashed(condition.path.substr(5)) + "/";
    bool known = false;
    for (const auto& [made, constant] : made_) {
      const bool here = made == path || made == path + "code/";
      if (here && constant) return mayHoldOf(condition, *constant);
      known = known || made.starts_with(path) || path.starts_with(made);
    }
    // A field that is made in some way may have any value; one that is not is absent.
    return known || condition.op == Operator::absent;
  }

 private:
  static std::string dashed(std::string_view path) {
    std::string out;
    const auto steps = expression::parsePath(path);
    if (!steps) return std::string(path);
    for (const expression::Step& step : *steps) {
      if (step.index >= 0) continue;
      if (!out.empty()) out += '/';
      out += step.name;
    }
    return out;
  }

  void add(const yaml::YamlNode& fields, const std::string& above) {
    for (const yaml::YamlNode::Entry& entry : fields.entries()) {
      const std::string path = above + "/" + dashed(entry.key);
      const yaml::YamlNode* const constant = entry.value.find("const");
      const yaml::YamlNode* const inner = entry.value.find("fields");
      const bool each = entry.value.find("each") != nullptr;
      if (constant != nullptr) {
        addConstant(*constant, path);
      } else if (inner != nullptr && !each) {
        add(*inner, path);
      } else {
        made_[path + "/"] = std::nullopt;
      }
    }
  }

  void addConstant(const yaml::YamlNode& constant, const std::string& path) {
    if (constant.isScalar()) {
      made_[path + "/"] = comparableText(constant.text());
    } else if (constant.isMap()) {
      for (const yaml::YamlNode::Entry& entry : constant.entries())
        addConstant(entry.value, path + "/" + entry.key);
    } else {
      made_[path + "/"] = std::nullopt;
    }
  }

  std::map<std::string, std::optional<std::string>> made_;  // by path; a constant, or anything
};

/// Can its conditions on `subject` hold of that text?
bool mayHoldOf(const config::Derivation& rule, std::string_view subject, const std::string& text) {
  return std::all_of(rule.when.begin(), rule.when.end(), [&](const auto& condition) {
    return condition.path != subject || mayHoldOf(condition, text);
  });
}

/// Is there a peer of which both may hold?
bool mayShareAPeer(const config::GatewayConfig& config, const config::Derivation& one,
                   const config::Derivation& other) {
  return std::any_of(config.peers.begin(), config.peers.end(), [&](const auto& peer) {
    return mayHoldOf(one, "peer", peer.name) && mayHoldOf(other, "peer", peer.name);
  });
}

bool mayFollow(const config::GatewayConfig& config, const config::Derivation& rule,
               const config::Derivation& before) {
  const yaml::YamlNode& mapping = config.mappings.at(before.mapping);
  const MadeFields made(mapping);
  return mayShareAPeer(config, rule, before) &&
         mayHoldOf(rule, "type", mapping.find("type")->text()) &&
         std::all_of(rule.when.begin(), rule.when.end(), [&](const auto& condition) {
           return !condition.path.starts_with("data.") || made.mayHold(condition);
         });
}

}  // namespace

DerivationChains::DerivationChains(const config::GatewayConfig& config)
    : config_(config), next_(config.derivations.size()) {
  for (std::size_t before = 0; before < next_.size(); ++before) {
    for (std::size_t rule = 0; rule < next_.size(); ++rule) {
      if (mayFollow(config, config.derivations[rule], config.derivations[before]))
        next_[before].push_back(rule);
    }
  }
}

std::vector<std::size_t> DerivationChains::loopFrom(std::size_t rule) const {
  std::vector<bool> seen(next_.size());
  std::vector<std::size_t> way;
  const std::function<bool(std::size_t)> leadsBack = [&](std::size_t at) {
    way.push_back(at);
    for (const std::size_t next : next_[at]) {
      if (next == rule) return true;
      if (seen[next]) continue;
      seen[next] = true;
      if (leadsBack(next)) return true;
    }
    way.pop_back();
    return false;
  };
  leadsBack(rule);
  return way;
}

std::size_t DerivationChains::recordsOf(const std::string& type, const std::string& peer) const {
  std::size_t records = 0;
  for (std::size_t i = 0; i < next_.size() && records <= kManyRecords; ++i) {
    const config::Derivation& rule = config_.derivations[i];
    if (mayHoldOf(rule, "type", type) && mayHoldOf(rule, "peer", peer)) records += recordsFrom(i);
  }
  return records;
}

std::size_t DerivationChains::recordsFrom(std::size_t rule) const {
  std::size_t records = 1;
  for (const std::size_t next : next_[rule]) {
    records += recordsFrom(next);
    if (records > kManyRecords) break;
  }
  return records;
}

}  // namespace lianqiao::pipeline
