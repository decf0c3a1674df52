#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "config/gateway_config.h"
#include "lianqiao/result.h"
#include "pipeline/pipeline.h"
#include "setup/digests.h"
#include "setup/setup.h"

namespace lianqiao::setup {

/// The files of a configuration as they are kept with what happened under it: enough to compile its
/// pipeline again. Values of secrets are not among them: those stand in variables or files of their
/// own. A value, not thread-safe.
class KeptConfiguration {
 public:
  /// All files together; what goes beyond is left out.
  static constexpr std::size_t kMostBytes = 16u << 20;

  /// Reads the *.yaml of the folder, of peers/, mappings/ and codes/, and its schemas. What cannot
  /// be read is left out.
  static KeptConfiguration read(const config::GatewayConfig& config);
  /// Nothing where text() has not made it.
  static std::optional<KeptConfiguration> ofText(std::string_view text);
  [[nodiscard]] std::string text() const;

  /// Of a peer whose change was refused: its files are as in `former`.
  void keepPeer(const KeptConfiguration& former, const std::string& peer,
                const PeerDigests& digests);
  /// Of routes that were refused, and of the derivations that come with them.
  void keepRoutes(const KeptConfiguration& former) {
    keep(former, "routes.yaml");
    keep(former, "derivations.yaml");
  }

  /// By path below the folder; schemas below `#schemas/`.
  [[nodiscard]] const std::map<std::string, std::string>& files() const { return files_; }

  /// As it was in force, whatever has become of secrets and certificates. `scratch` is a folder
  /// that is made for the time of the call. Fails with config.invalid where its files are not
  /// whole, or this program understands them no more.
  [[nodiscard]] Result<std::shared_ptr<const pipeline::Pipeline>> compile(
      const AdapterSet& adapters, const std::filesystem::path& scratch) const;

 private:
  void keep(const KeptConfiguration& former, const std::string& path);
  void add(const std::filesystem::path& file, std::string path, std::size_t& room);

  std::map<std::string, std::string> files_;
};

}  // namespace lianqiao::setup
