#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "yaml/yaml_node.h"

namespace lianqiao::runtime {

/// What a reload made of one part of the configuration.
struct ReloadOutcome {
  enum class Result : std::uint8_t { unchanged, applied, added, removed, refused };
  Result result = Result::unchanged;
  std::string detail;       ///< For people: why refused, or what follows from the change.
  yaml::Findings findings;  ///< Why refused, with file, line and column.

  void refuse(std::string why) {
    result = Result::refused;
    detail = std::move(why);
  }
};

/// The answer of a reload.
struct ReloadReport {
  yaml::Findings findings;  ///< Of no single peer: the whole is refused.
  std::string detail;       ///< Why the whole is refused, where no finding tells.
  std::map<std::string, ReloadOutcome> peers;
  ReloadOutcome routes;
  std::vector<std::string> restart;  ///< Keys of lianqiao.yaml that changed and take a restart.

  [[nodiscard]] bool refusedWhole() const { return !findings.empty() || !detail.empty(); }
  /// Everything that changed is in force.
  [[nodiscard]] bool complete() const;
};

[[nodiscard]] std::string_view nameOf(ReloadOutcome::Result result);

/// {"complete":…,"refused":…,"detail","errors":[…],
///  "peers":[{"name","result","detail","errors":[…]}],
///  "routes":{"result","detail"},"restart":[…]}; errors as yaml::toJson writes findings.
std::string toJson(const ReloadReport& report);

/// That JSON for people: a line for each peer that changed, its errors below it. What is no report
/// gives its own text.
std::string reloadView(std::string_view reportJson);

}  // namespace lianqiao::runtime
