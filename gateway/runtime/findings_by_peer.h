#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "config/yaml_node.h"
#include "setup/digests.h"

namespace lianqiao::runtime {

/// Whom the findings of a new configuration concern.
struct FindingsByPeer {
  std::vector<config::Finding> whole;  ///< Of no single peer: nothing may be applied.
  std::map<std::string, std::vector<config::Finding>> peers;
  std::set<std::string> tables;  ///< Code tables with findings.
};

/// A finding in a peer's file is that peer's; one in a mapping or code table is that of every peer
/// that uses it (of a peer whose file is broken: that used it so far); every other one is the
/// whole's.
FindingsByPeer findingsByPeer(const config::Findings& findings, const setup::ConfigDigests& read,
                              const setup::ConfigDigests& running);

}  // namespace lianqiao::runtime
