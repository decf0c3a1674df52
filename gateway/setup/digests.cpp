#include "setup/digests.h"

#include <algorithm>
#include <fstream>
#include <vector>

#include "config/secrets.h"
#include "lianqiao/digest.h"

namespace lianqiao::setup {
namespace {

using yaml::YamlNode;

std::string contentOf(const std::filesystem::path& file) {
  if (file.empty()) return {};
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return "absent";
  DigestStream content(Hash::sha256);
  std::vector<char> block(64u << 10);
  while (stream.read(block.data(), static_cast<std::streamsize>(block.size())) ||
         stream.gcount() > 0)
    content.add({block.data(), static_cast<std::size_t>(stream.gcount())});
  return content.finish();
}

/// Every text with its length before it, so that no two nodes write the same.
void append(std::string_view text, std::string& out) {
  out += std::to_string(text.size()) += ':';
  out += text;
}

/// A reference to a secret is followed: another value under the same name is a change.
void append(const YamlNode& node, const config::SecretSource& secrets, std::string& out) {
  out += "nslm"[static_cast<std::size_t>(node.kind())];
  if (node.isScalar()) {
    append(node.text(), out);
    out += node.quoted() ? 'q' : 'p';
    if (node.text().starts_with("${")) {
      yaml::Findings ignored;
      const auto secret = secrets.resolve(node, ignored);
      append(secret ? digest(Hash::sha256, secret->reveal()) : "", out);
    }
  }
  for (const YamlNode& item : node.items()) append(item, secrets, out);
  for (const YamlNode::Entry& entry : node.entries()) {
    append(entry.key, out);
    append(entry.value, secrets, out);
  }
  out += '.';
}

/// Code tables are named by `table:` and `to:`.
void addTables(const YamlNode& node, const config::Sources::Files& tables,
               std::set<std::string>& used) {
  for (const YamlNode& item : node.items()) addTables(item, tables, used);
  for (const YamlNode::Entry& entry : node.entries()) {
    const bool names = (entry.key == "table" || entry.key == "to") && entry.value.isScalar();
    if (names && (entry.key == "table" || tables.contains(entry.value.text())))
      used.insert(entry.value.text());
    addTables(entry.value, tables, used);
  }
}

bool readsGrids(const YamlNode& node) {
  return std::any_of(node.items().begin(), node.items().end(), readsGrids) ||
         std::any_of(node.entries().begin(), node.entries().end(), [](const auto& entry) {
           return entry.key == "grid_of" || readsGrids(entry.value);
         });
}

class Digester {
 public:
  explicit Digester(const config::Contents& reading)
      : config_(reading.config), sources_(reading.sources), secrets_(config_.directory) {}

  ConfigDigests run() {
    ConfigDigests digests;
    for (const config::PeerConfig& peer : config_.peers) digests.peers[peer.name] = digestsOf(peer);
    if (sources_.gateway) {
      for (const YamlNode::Entry& entry : sources_.gateway->entries())
        digests.gateway[entry.key] = digestOf(&entry.value);
    }
    if (sources_.routes) digests.routes = digestOf(&*sources_.routes);
    if (sources_.derivations) digests.routes += digestOf(&*sources_.derivations);
    PeerDigests derived;
    for (const config::Derivation& rule : config_.derivations)
      derived.mappings.insert(rule.mapping);
    addMeaning(derived);
    digests.routes += derived.meaning;
    return digests;
  }

 private:
  /// Of how their files are read, and of each.
  const std::string& grids() {
    if (!grids_.empty()) return grids_;
    grids_ = sources_.gateway ? digestOf(sources_.gateway->find("grids")) : "none";
    std::set<std::filesystem::path> files;
    std::error_code error;
    std::filesystem::directory_iterator at(config_.grids.folder, error);
    for (; !error && at != std::filesystem::directory_iterator(); at.increment(error))
      files.insert(at->path());
    for (const std::filesystem::path& file : files) {
      append(file.filename().string(), grids_);
      append(contentOf(file), grids_);
    }
    return grids_;
  }

  std::string digestOf(const YamlNode* node) const {
    std::string out;
    if (node != nullptr) append(*node, secrets_, out);
    return digest(Hash::sha256, out);
  }

  [[nodiscard]] const YamlNode* ofGateway(std::string_view key, std::string_view below) const {
    const YamlNode* node = sources_.gateway ? sources_.gateway->find(key) : nullptr;
    return node == nullptr ? nullptr : node->find(below);
  }

  PeerDigests digestsOf(const config::PeerConfig& peer) {
    PeerDigests made;
    const YamlNode& root = *sources_.peers.at(peer.name);
    made.own = digestOf(&root) + digestOf(ofGateway("retry", peer.outbound.retry));
    const YamlNode* outbound = root.find("outbound");
    if (outbound == nullptr || outbound->find("proxy") == nullptr)
      made.own += digestOf(ofGateway("outbound", "proxy"));
    for (const auto* file : {&peer.outbound.tls.clientAuthority, &peer.outbound.tls.certificate,
                             &peer.outbound.tls.key}) {
      append(contentOf(*file), made.own);
    }
    made.mappings.insert(peer.inbound.mappings.begin(), peer.inbound.mappings.end());
    made.mappings.insert(peer.outbound.mappings.begin(), peer.outbound.mappings.end());
    addMeaning(made);
    return made;
  }

  void addMeaning(PeerDigests& made) {
    for (const std::string& name : made.mappings) {
      const auto mapping = config_.mappings.find(name);
      if (mapping == config_.mappings.end()) continue;
      made.meaning += digestOf(&mapping->second);
      if (readsGrids(mapping->second)) append(grids(), made.meaning);
      addTables(mapping->second, sources_.codes, made.tables);
      addSchemas(mapping->second, made.meaning);
    }
    for (const std::string& name : made.tables) {
      const auto table = config_.codeTables.find(name);
      if (table != config_.codeTables.end()) made.meaning += digestOf(&table->second);
    }
  }

  void addSchemas(const YamlNode& mapping, std::string& out) const {
    const YamlNode* type = mapping.find("type");
    if (type == nullptr) return;
    const auto add = [&](const std::string& name) {
      append(contentOf(config_.schemas / (name + ".json")), out);
      append(contentOf(config_.schemas / "datasets" / (name + ".json")), out);
    };
    if (type->isScalar()) add(type->text());
    for (const YamlNode& item : type->items()) add(item.text());
  }

  const config::GatewayConfig& config_;
  const config::Sources& sources_;
  const config::SecretSource secrets_;
  std::string grids_;  // once asked for
};

}  // namespace

ConfigDigests digestsOf(const config::Contents& reading) { return Digester(reading).run(); }

std::string versionOf(const ConfigDigests& digests) {
  std::string all = digests.routes;
  const auto append = [&all](std::string_view text) { all.append("\n").append(text); };
  for (const auto& [key, digest] : digests.gateway) {
    append(key);
    append(digest);
  }
  for (const auto& [peer, its] : digests.peers) {
    append(peer);
    append(its.own);
    append(its.meaning);
  }
  return hex(digest(Hash::sha256, all)).substr(0, 12);
}

}  // namespace lianqiao::setup
