#include "config/place_lint.h"

#include <fcntl.h>
#include <unistd.h>

#include <map>
#include <tuple>

#include "yaml/place_of.h"

namespace lianqiao::config {
namespace {

namespace fs = std::filesystem;

bool isEverywhere(const std::string& address) {
  return address == "0.0.0.0" || address == "::" || address == "[::]";
}

void lintPorts(const GatewayConfig& config, const yaml::YamlNode& root, yaml::Findings& findings) {
  const Listener& peers = config.peersListener;
  const Listener& admin = config.adminListener;
  if (peers.port == 0 || peers.port != admin.port) return;
  if (peers.address != admin.address && !isEverywhere(peers.address) &&
      !isEverywhere(admin.address))
    return;
  const yaml::YamlNode* const own = yaml::placeOf(root, {"listen", "admin"}).find("port");
  const yaml::YamlNode& place =
      own != nullptr ? *own : yaml::placeOf(root, {"listen", "peers", "port"});
  findings.add(place.finding(
      "listen.peers and listen.admin have the same port " + std::to_string(peers.port),
      "give listen.admin one of its own"));
}

/// The folder, or the nearest one above that is there.
fs::path nearestThere(fs::path folder) {
  std::error_code error;
  while (!fs::exists(folder, error) && folder.has_relative_path()) folder = folder.parent_path();
  return folder;
}

void lintFolder(const fs::path& folder, const yaml::YamlNode& place, yaml::Findings& findings) {
  std::error_code error;
  const fs::path there = nearestThere(folder);
  if (!fs::is_directory(there, error)) {
    findings.add(place.finding(there.string() + " is a file, and a folder is needed here",
                               "name another place, or move the file away"));
  } else if (::faccessat(AT_FDCWD, there.c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
    const std::string what = there == folder ? "" : ", so that it cannot make " + folder.string();
    findings.add(place.finding("this user may not write into the folder " + there.string() + what,
                               "let the gateway's user write there (chown, chmod); if it may, "
                               "check as that user: sudo -u USER lianqiao check"));
  }
}

void lintData(const GatewayConfig& config, const yaml::YamlNode& root, yaml::Findings& findings) {
  const yaml::YamlNode& place = yaml::placeOf(root, {"data"});
  lintFolder(config.data, place, findings);
  for (const char* inner : {"redis", "spool", "run", "peers"}) {
    std::error_code error;
    const fs::path folder = config.data / inner;
    if (fs::exists(folder, error) && !fs::is_directory(folder, error))
      lintFolder(folder, place, findings);
  }
}

void lintPeer(const PeerConfig& peer, const Descriptor& adapter, const yaml::YamlNode& root,
              yaml::Findings& findings) {
  for (const FieldSpec& field : adapter.settings) {
    if (field.kind != FieldKind::path || !peer.settings.has(field.name)) continue;
    // a setting that means a file says so in its name
    if (field.name.find("file") != std::string_view::npos) continue;
    lintFolder(peer.settings.text(field.name), yaml::placeOf(root, {"settings", field.name}),
               findings);
  }
}

/// Places that one peer alone may have, by adapter and setting, and who has them.
using Owners =
    std::map<std::tuple<std::string_view, std::string_view, fs::path>, const PeerConfig*>;

/// The same for all names of one folder, whether it is there or not: links and dots are followed.
fs::path placeNamed(const fs::path& name) {
  std::error_code error;
  fs::path place = fs::weakly_canonical(name, error);
  if (error) place = name.lexically_normal();
  return place.has_filename() ? place : place.parent_path();
}

void lintOwners(const PeerConfig& peer, const Descriptor& adapter, const yaml::YamlNode& root,
                Owners& owners, yaml::Findings& findings) {
  for (const FieldSpec& field : adapter.settings) {
    if (!field.sole || !peer.settings.has(field.name)) continue;
    const fs::path place = placeNamed(peer.settings.text(field.name));
    const auto [owner, first] = owners.try_emplace({adapter.name, field.name, place}, &peer);
    if (first) continue;
    findings.add(yaml::placeOf(root, {"settings", field.name})
                     .finding("the peer " + owner->second->name + " has the same folder " +
                                  place.string() + ", and each would take the other's files",
                              "give each peer a folder of its own"));
  }
}

}  // namespace

void lintPlaces(const GatewayConfig& config, const Sources& sources, const AdapterLookup& adapter,
                yaml::Findings& findings) {
  if (sources.gateway) {
    lintPorts(config, *sources.gateway, findings);
    lintData(config, *sources.gateway, findings);
  }
  Owners owners;
  for (const PeerConfig& peer : config.peers) {
    const Descriptor* descriptor = adapter ? adapter(peer.adapter) : nullptr;
    if (descriptor == nullptr || !peer.enabled) continue;
    const yaml::YamlNode& root = *sources.peers.at(peer.name);
    lintPeer(peer, *descriptor, root, findings);
    lintOwners(peer, *descriptor, root, owners, findings);
  }
}

}  // namespace lianqiao::config
