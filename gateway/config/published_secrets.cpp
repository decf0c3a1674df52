#include "config/published_secrets.h"

#include <algorithm>
#include <array>

#include "config/reach.h"
#include "lianqiao/digest.h"

namespace lianqiao::config {
namespace {

/// SHA-256 of each value, sorted.
constexpr std::array<std::string_view, 10> kPublished = {
    "1a7dd4f45e62804a0b2f484a7dd7e137099b7a188587c97f83a0dfb190383349",
    "2f59d5b4307f2dbf81439be77682addd9c4ea907d37650f4f380e290297dd411",
    "461896a8ef87b0127e0a90aee130914d680cbd5538a43d840fc342d48696b5a6",
    "606db627a0d16fcb8c0296e8dde8d07329aa2d7aa54e1564c6037b41519e7531",
    "6400de18ad8cf01b4a6d04388b67c697a423f6155584a0c99db0605892997b3d",
    "8678ac8ebf64fd1f7a0c6bc5390cce68034ecc212f7fe9f3ff216bc5d4f06de5",
    "86e515d9f733a45b2fe191910f6b5708590ec75e0806b69e8a7670f6fe52cf33",
    "941ad850bba91ae630b14681c1f57e4b6088572bfb09ac27f279f6cc0ebce442",
    "b85bc64021c77ee1d49e3fb2edf640797584ebda445be765584d1003e1baee50",
    "cb4f08ad255ef73ff4064363f7a7b3543d95140419d7acf68b4c7d384436cec9",
};

constexpr std::string_view kRemedy =
    "make one of your own, in a file whose name does not end in .example: umask 077; openssl rand "
    "-hex 24 > FILE";

class PublishedSecrets {
 public:
  PublishedSecrets(bool open, bool shown, const SecretSource& secrets, yaml::Findings& errors,
                   yaml::Findings& warnings)
      : open_(open), shown_(shown), secrets_(secrets), errors_(errors), warnings_(warnings) {}

  void look(const yaml::YamlNode& node) {
    if (node.isScalar()) lookAt(node);
    for (const yaml::YamlNode& item : node.items()) look(item);
    for (const yaml::YamlNode::Entry& entry : node.entries()) look(entry.value);
  }

 private:
  void lookAt(const yaml::YamlNode& node) {
    const std::string& text = node.text();
    if (!text.starts_with("${file:") && !text.starts_with("${env:")) return;
    yaml::Findings told;
    const auto secret = secrets_.resolve(node, told);
    const bool known = secret && isPublishedSecret(secret->reveal());
    if (open_ && (known || text.ends_with(".example}"))) {
      errors_.add(node.finding(
          "this secret is in every checkout of the gateway, and listen.peers is open to others",
          std::string(kRemedy)));
    } else if (known && shown_) {
      warnings_.add(
          node.finding("this secret is in every checkout of the gateway: it proves nothing",
                       std::string(kRemedy)));
    }
  }

  bool open_;
  bool shown_;
  const SecretSource& secrets_;
  yaml::Findings& errors_;
  yaml::Findings& warnings_;
};

}  // namespace

bool isPublishedSecret(std::string_view value) {
  return std::binary_search(kPublished.begin(), kPublished.end(),
                            std::string_view(hex(digest(Hash::sha256, value))));
}

void lintPublishedSecrets(const GatewayConfig& config, const Sources& sources,
                          const SecretSource& secrets, yaml::Findings& errors,
                          yaml::Findings& warnings) {
  std::error_code error;
  const bool shown = !std::filesystem::exists(config.directory / ".quickstart", error);
  PublishedSecrets look(!isLoopback(config.peersListener.address), shown, secrets, errors,
                        warnings);
  if (sources.gateway) look.look(*sources.gateway);
  for (const PeerConfig& peer : config.peers) {
    if (peer.enabled) look.look(*sources.peers.at(peer.name));
  }
}

}  // namespace lianqiao::config
