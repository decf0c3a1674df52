#pragma once

#include <map>
#include <set>
#include <string>

#include "config/load.h"

namespace lianqiao::setup {

/// What of the configuration one peer depends on, as digests: equal digests, same peer. Comments
/// and the order of files change nothing.
struct PeerDigests {
  std::string own;  ///< Its file, retry policy, secrets, TLS files: a change makes the peer anew.
  /// Its mappings, their code tables, schemas and grids: a change is for the next record.
  std::string meaning;
  std::set<std::string> mappings;
  std::set<std::string> tables;  ///< That those mappings name.
};

struct ConfigDigests {
  std::map<std::string, PeerDigests, std::less<>> peers;  ///< Of the files that could be read.
  std::map<std::string, std::string> gateway;             ///< Top-level keys of lianqiao.yaml.
  std::string routes;  ///< And derivations, with all that they mean.
};

/// Opens secrets, TLS and schema files again; what cannot be read counts as absent.
ConfigDigests digestsOf(const config::Contents& reading);

/// What a configuration is called in the history: the same digests, the same 12 characters.
std::string versionOf(const ConfigDigests& digests);

}  // namespace lianqiao::setup
