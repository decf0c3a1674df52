#pragma once

#include <filesystem>
#include <string_view>

#include "lianqiao/result.h"

namespace lianqiao::plugin {

/// Refuses what someone else could exchange under us. The file must be regular (links are followed)
/// and neither it nor its folder may be writable for everyone; writable for a group is fine only
/// where that group is the gateway's own or the owner's private one (group id = user id). Who owns
/// it is not asked: a checkout built by a user and run with sudo must start. Fails with plugin.load
/// and the chmod that mends it.
Result<void> checkFile(const std::filesystem::path& file);

/// A loaded shared object. Never unloaded: threads, exceptions and statics of an adapter may
/// outlive any moment at which that could be safe; a changed adapter means a restart. Copies name
/// the same library.
class SharedLibrary {
 public:
  /// Resolves every symbol now and keeps the library's symbols to itself. Runs its static
  /// initialisers. Fails with plugin.load and the linker's reason (the unresolved symbol, the
  /// missing library).
  static Result<SharedLibrary> open(const std::filesystem::path& file);

  /// Address of an exported symbol, or nullptr.
  [[nodiscard]] void* find(const char* symbol) const;

 private:
  explicit SharedLibrary(void* handle) : handle_(handle) {}
  void* handle_;
};

}  // namespace lianqiao::plugin
