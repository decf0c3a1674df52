#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "config/gateway_config.h"
#include "expression/event_shape.h"
#include "expression/expression_compiler.h"
#include "yaml/yaml_node.h"

/// What `to:` and `cases:` of outbound mappings make of values that the schema lists. Used while
/// compiling only.
namespace lianqiao::pipeline {

using expression::EventShape;

struct Presumption;

/// Finds values that can come and that the table, or the cases, do not name: an error where no
/// value could go out, a warning where some could. And names that no value has. Which values can
/// come is told by the schema, the routes to the peers with that mapping, and the conditions on the
/// way.
class SentValues {
 public:
  SentValues(const config::GatewayConfig& config, const expression::CodeTables& tables,
             yaml::Findings& errors, yaml::Findings& warnings)
      : config_(config), tables_(tables), errors_(errors), warnings_(warnings) {}

  /// The outbound mapping whose expressions are looked at from now on; all must outlive that.
  void begin(const std::string& name, const yaml::YamlNode& mapping,
             const std::vector<std::string>& types, const EventShape& event);
  /// An expression of it. `scope` is what its paths begin at.
  void look(const yaml::YamlNode& expression, const EventShape& scope);
  /// What an inbound mapping makes with a table is no superfluous entry.
  void seeInbound(const yaml::YamlNode& mapping);
  /// After the last mapping: entries of tables that nothing uses.
  void finish();

  /// While it lives, the expressions looked at stand behind that condition.
  class [[nodiscard]] Supposed {
   public:
    explicit Supposed(SentValues& of) : of_(of) {}
    ~Supposed() { of_.supposed_.pop_back(); }
    Supposed(const Supposed&) = delete;
    Supposed& operator=(const Supposed&) = delete;

   private:
    SentValues& of_;
  };
  Supposed suppose(const yaml::YamlNode& condition, bool holds);
  /// While it lives, paths begin at the elements of a list.
  Supposed within();

 private:
  struct Came {
    std::vector<std::string> all;    ///< That the schema lists.
    std::vector<std::string> known;  ///< Of those, that can come here.
    std::string path;
  };
  struct Use {
    std::set<std::string, std::less<>> values;
    std::string path;
    bool any = false;  ///< Some use of the table may need every entry.
  };
  [[nodiscard]] std::optional<Came> comingTo(const yaml::YamlNode& expression,
                                             const EventShape& scope) const;
  [[nodiscard]] bool comes(const std::string& type, const std::string& path,
                           const std::string& value) const;
  [[nodiscard]] bool takenBefore(const config::PeerConfig& peer, const Presumption& presumed) const;
  void lookAtTable(const yaml::YamlNode& to, const std::optional<Came>& came);
  void lookAtCases(const yaml::YamlNode& cases, const Came& came, bool hasDefault);
  void missing(const yaml::YamlNode& place, const std::vector<std::string>& values,
               const Came& came, const std::string& what, std::string remedy);

  const config::GatewayConfig& config_;
  const expression::CodeTables& tables_;
  yaml::Findings& errors_;
  yaml::Findings& warnings_;
  std::map<std::string, Use, std::less<>> uses_;
  std::string name_;
  const yaml::YamlNode* mapping_ = nullptr;
  const std::vector<std::string>* types_ = nullptr;
  const EventShape* event_ = nullptr;
  std::vector<std::pair<const yaml::YamlNode*, bool>> supposed_;  ///< nullptr: within a list.
};

}  // namespace lianqiao::pipeline
