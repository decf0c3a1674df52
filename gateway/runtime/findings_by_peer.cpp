#include "runtime/findings_by_peer.h"

#include <functional>

namespace lianqiao::runtime {
namespace {

/// "hotline" of peers/hotline.yaml; empty when the file is not in that folder.
std::string stemIn(std::string_view folder, std::string_view file) {
  constexpr std::string_view kEnd = ".yaml";
  if (!file.starts_with(folder) || !file.ends_with(kEnd)) return {};
  file.remove_prefix(folder.size());
  file.remove_suffix(kEnd.size());
  return std::string(file);
}

std::set<std::string> peersWhere(const setup::ConfigDigests& digests,
                                 const std::function<bool(const setup::PeerDigests&)>& uses) {
  std::set<std::string> names;
  for (const auto& [name, digest] : digests.peers) {
    if (uses(digest)) names.insert(name);
  }
  return names;
}

}  // namespace

FindingsByPeer findingsByPeer(const yaml::Findings& findings, const setup::ConfigDigests& read,
                              const setup::ConfigDigests& running) {
  FindingsByPeer sorted;
  for (const yaml::Finding& finding : findings.all()) {
    if (const std::string peer = stemIn("peers/", finding.file); !peer.empty())
      sorted.peers[peer].push_back(finding);
  }
  // A peer whose own file is broken is refused anyway: what it used so far tells whom else to name.
  const auto usersOf = [&](const std::function<bool(const setup::PeerDigests&)>& uses) {
    std::set<std::string> users = peersWhere(read, uses);
    if (!users.empty()) return users;
    for (const std::string& name : peersWhere(running, uses)) {
      if (sorted.peers.contains(name)) users.insert(name);
    }
    return users;
  };
  for (const yaml::Finding& finding : findings.all()) {
    if (!stemIn("peers/", finding.file).empty()) continue;
    std::set<std::string> users;
    if (const std::string mapping = stemIn("mappings/", finding.file); !mapping.empty()) {
      users = usersOf(
          [&](const setup::PeerDigests& digest) { return digest.mappings.contains(mapping); });
    } else if (const std::string table = stemIn("codes/", finding.file); !table.empty()) {
      sorted.tables.insert(table);
      users =
          usersOf([&](const setup::PeerDigests& digest) { return digest.tables.contains(table); });
    }
    if (users.empty()) sorted.whole.push_back(finding);
    for (const std::string& user : users) sorted.peers[user].push_back(finding);
  }
  return sorted;
}

}  // namespace lianqiao::runtime
