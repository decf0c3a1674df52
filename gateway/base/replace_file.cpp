#include "base/replace_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

namespace lianqiao::base {

bool replaceFile(const std::filesystem::path& file, std::string_view text) {
  const std::filesystem::path fresh = file.string() + ".fresh";
  const int handle = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (handle < 0) return false;
  const bool written =
      ::write(handle, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
      ::fsync(handle) == 0;
  ::close(handle);
  return written && std::rename(fresh.c_str(), file.c_str()) == 0;
}

}  // namespace lianqiao::base
