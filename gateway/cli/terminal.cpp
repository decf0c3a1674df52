#include "cli/terminal.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <string>

#include "base/visible.h"

namespace lianqiao::cli {
namespace {

/// What stands before one descriptor; lives as long as the process.
struct Filter {
  int descriptor;
  std::string unfinished;  ///< Of a character whose rest comes with the next write.
};

/// By descriptor. They are written to for the last time after everything static is gone, so nobody
/// destroys them; a leak checker finds them here, as it does not look into a stream.
constinit std::array<Filter*, 3> filters{};

bool writeWhole(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t done = ::write(descriptor, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(done));
  }
  return true;
}

ssize_t filtered(void* cookie, const char* bytes, std::size_t size) {
  Filter& filter = *static_cast<Filter*>(cookie);
  filter.unfinished.append(bytes, size);
  const std::size_t left = base::unfinishedBytes(filter.unfinished);
  const std::string_view whole =
      std::string_view(filter.unfinished).substr(0, filter.unfinished.size() - left);
  const bool written = writeWhole(filter.descriptor, base::visible(whole, base::LineEnds::kept));
  filter.unfinished.erase(0, whole.size());
  return written ? static_cast<ssize_t>(size) : 0;
}

std::FILE* guarded(int descriptor, int buffering) {
  Filter*& filter = filters.at(static_cast<std::size_t>(descriptor));
  if (filter == nullptr) filter = new Filter{descriptor, {}};
  std::FILE* const stream = ::fopencookie(filter, "w", {nullptr, filtered, nullptr, nullptr});
  if (stream == nullptr) std::abort();
  std::setvbuf(stream, nullptr, buffering, BUFSIZ);
  return stream;
}

}  // namespace

void guardTerminal() {
  std::fflush(stdout);
  // glibc says of these two that they may be assigned.
  stdout = guarded(STDOUT_FILENO, ::isatty(STDOUT_FILENO) == 1 ? _IOLBF : _IOFBF);
  stderr = guarded(STDERR_FILENO, _IONBF);
}

void driveTerminal(std::FILE* stream, std::string_view codes) {
  std::fflush(stream);
  (void)writeWhole(stream == stdout ? STDOUT_FILENO : STDERR_FILENO, codes);
}

}  // namespace lianqiao::cli
