#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "setup/digests.h"
#include "yaml/yaml_node.h"

namespace lianqiao::runtime {

/// Whom the findings of a new configuration concern.
struct FindingsByPeer {
  std::vector<yaml::Finding> whole;  ///< Of no single peer: nothing may be applied.
  std::map<std::string, std::vector<yaml::Finding>> peers;
  std::set<std::string> tables;  ///< Code tables with findings.
};

/// A finding in a peer's file is that peer's; one in a mapping or code table is that of every peer
/// that uses it (of a peer whose file is broken: that used it so far); every other one is the
/// whole's.
FindingsByPeer findingsByPeer(const yaml::Findings& findings, const setup::ConfigDigests& read,
                              const setup::ConfigDigests& running);

}  // namespace lianqiao::runtime
