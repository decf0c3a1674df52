#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lianqiao/descriptor.h"

namespace lianqiao::plugin {

/// The adapters of the explicit list, loaded and checked. Immutable and thread-safe after load().
/// Nothing is ever unloaded.
class AdapterRegistry {
 public:
  /// Loads `<folder>/<name>.so` for each name. The file must be regular and not writable by others;
  /// its ABI tag is compared before any of its code runs; its descriptor must bear the file's name
  /// and describe itself wholly. Every failure is reported at once (plugin.load, plugin.abi), each
  /// message saying what was built for what and what to do.
  static Result<std::unique_ptr<AdapterRegistry>> load(const std::filesystem::path& folder,
                                                       const std::vector<std::string>& names);

  /// nullptr when no adapter of that name is loaded.
  [[nodiscard]] const Descriptor* find(std::string_view name) const;
  [[nodiscard]] std::vector<const Descriptor*> all() const;
  /// Which build of it is loaded (see buildOf in abi_check.h); empty when none is.
  [[nodiscard]] std::string buildOf(std::string_view name) const;

 private:
  std::map<std::string, const Descriptor*, std::less<>> adapters_;
  std::map<std::string, std::string, std::less<>> builds_;
};

}  // namespace lianqiao::plugin
