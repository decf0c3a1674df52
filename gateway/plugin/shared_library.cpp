#include "plugin/shared_library.h"

#include <dlfcn.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <system_error>

#include "lianqiao/codes.h"

namespace lianqiao::plugin {

namespace {

Error refusal(const std::filesystem::path& file, std::string detail) {
  return {codes::kPluginLoad, file.string() + " " + std::move(detail)};
}

}  // namespace

Result<void> checkFile(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) {
    return refusal(file, "cannot be read: " + std::generic_category().message(errno));
  }
  if (!S_ISREG(status.st_mode)) return refusal(file, "is no regular file; name the built adapter");
  if ((status.st_mode & S_IWOTH) != 0) {
    return refusal(file, "can be changed by everyone on this machine; chmod o-w it");
  }
  const bool private_group = status.st_gid == status.st_uid || status.st_gid == ::getegid();
  if ((status.st_mode & S_IWGRP) != 0 && !private_group) {
    return refusal(file,
                   "can be changed by group " + std::to_string(status.st_gid) + "; chmod g-w it");
  }
  const auto folder = std::filesystem::absolute(file).parent_path();
  if (::stat(folder.c_str(), &status) != 0) {
    return refusal(file, "lies in a folder that cannot be read");
  }
  if ((status.st_mode & S_IWOTH) != 0 && (status.st_mode & S_ISVTX) == 0) {
    return refusal(file, "lies in a folder that everyone on this machine can change; chmod o-w " +
                             folder.string());
  }
  return {};
}

Result<SharedLibrary> SharedLibrary::open(const std::filesystem::path& file) {
  // A name without a slash would be searched for in the system's folders.
  void* handle = ::dlopen(std::filesystem::absolute(file).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* reason = ::dlerror();
    return refusal(file, std::string("cannot be loaded: ") +
                             (reason == nullptr ? "the linker gives no reason" : reason) +
                             "; link what it misses into it");
  }
  return SharedLibrary(handle);
}

void* SharedLibrary::find(const char* symbol) const { return ::dlsym(handle_, symbol); }

}  // namespace lianqiao::plugin
