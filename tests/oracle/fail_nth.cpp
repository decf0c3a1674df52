// LD_PRELOAD: the n-th file operation below certain folders fails. LIANQIAO_FAIL_UNDER names the
// folders, separated by colons; LIANQIAO_FAIL_FILE is four 64-bit words, mapped: [0] how many until
// one fails (0: none), [1] the errno, [2] set to 1 once it has failed, [3] operations seen.
// Counted: open for writing, write, fsync, fdatasync, truncate, rename, link, unlink, mkdir.
// Reading never fails.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

struct Plan {
  std::atomic<std::int64_t> left, error, failed, seen;
};

Plan* plan = nullptr;
const char* folders = nullptr;

__attribute__((constructor)) void mapPlan() {
  const char* name = std::getenv("LIANQIAO_FAIL_FILE");
  folders = std::getenv("LIANQIAO_FAIL_UNDER");
  if (name == nullptr || folders == nullptr) return;
  const int file = open(name, O_RDWR | O_CLOEXEC);
  if (file < 0) return;
  void* mapped = mmap(nullptr, sizeof(Plan), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (mapped != MAP_FAILED) plan = static_cast<Plan*>(mapped);
}

bool below(const char* path) {
  if (path == nullptr || folders == nullptr) return false;
  for (const char* folder = folders; *folder != '\0';) {
    const char* end = std::strchr(folder, ':');
    const std::size_t length =
        end == nullptr ? std::strlen(folder) : static_cast<std::size_t>(end - folder);
    if (std::strncmp(path, folder, length) == 0) return true;
    folder += length + (end == nullptr ? 0 : 1);
  }
  return false;
}

/// True when this operation is the one; errno is then set.
bool fails() {
  plan->seen++;
  if (plan->left <= 0 || plan->left-- != 1) return false;
  errno = static_cast<int>(plan->error);
  plan->failed = 1;
  return true;
}

bool failsAt(const char* path) { return plan != nullptr && below(path) && fails(); }

bool failsOn(int file) {
  if (plan == nullptr || plan->left <= 0) return false;
  char link[64], path[PATH_MAX];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return false;
  path[length] = '\0';
  return below(path) && fails();
}

template <typename F>
F* next(const char* name) {
  return reinterpret_cast<F*>(dlsym(RTLD_NEXT, name));
}

bool writes(int flags) { return (flags & (O_WRONLY | O_RDWR | O_CREAT)) != 0; }

mode_t modeOf(int flags, std::va_list arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? static_cast<mode_t>(va_arg(arguments, unsigned))
                                              : 0;
}

}  // namespace

extern "C" {

#define OPEN(name)                                                     \
  int name(const char* path, int flags, ...) {                         \
    std::va_list arguments;                                            \
    va_start(arguments, flags);                                        \
    const mode_t mode = modeOf(flags, arguments);                      \
    va_end(arguments);                                                 \
    if (writes(flags) && failsAt(path)) return -1;                     \
    static auto* const real = next<int(const char*, int, ...)>(#name); \
    return real(path, flags, mode);                                    \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                        \
  int name(int folder, const char* path, int flags, ...) {                  \
    std::va_list arguments;                                                 \
    va_start(arguments, flags);                                             \
    const mode_t mode = modeOf(flags, arguments);                           \
    va_end(arguments);                                                      \
    if (writes(flags) && failsAt(path)) return -1;                          \
    static auto* const real = next<int(int, const char*, int, ...)>(#name); \
    return real(folder, path, flags, mode);                                 \
  }
OPENAT(openat)
OPENAT(openat64)

ssize_t write(int file, const void* data, size_t size) {
  static auto* const real = next<ssize_t(int, const void*, size_t)>("write");
  return failsOn(file) ? -1 : real(file, data, size);
}

#define PWRITE(name)                                                                 \
  ssize_t name(int file, const void* data, size_t size, off_t at) {                  \
    static auto* const real = next<ssize_t(int, const void*, size_t, off_t)>(#name); \
    return failsOn(file) ? -1 : real(file, data, size, at);                          \
  }
PWRITE(pwrite)
PWRITE(pwrite64)

#define ON_FILE(name)                                \
  int name(int file) {                               \
    static auto* const real = next<int(int)>(#name); \
    return failsOn(file) ? -1 : real(file);          \
  }
ON_FILE(fsync)
ON_FILE(fdatasync)

#define TRUNCATE(name)                                      \
  int name(int file, off_t size) noexcept {                 \
    static auto* const real = next<int(int, off_t)>(#name); \
    return failsOn(file) ? -1 : real(file, size);           \
  }
TRUNCATE(ftruncate)
TRUNCATE(ftruncate64)

#define TWO_PATHS(name)                                                   \
  int name(const char* from, const char* to) noexcept {                   \
    static auto* const real = next<int(const char*, const char*)>(#name); \
    return failsAt(to) ? -1 : real(from, to);                             \
  }
TWO_PATHS(rename)
TWO_PATHS(link)

int renameat2(int fromFolder, const char* from, int toFolder, const char* to,
              unsigned flags) noexcept {
  static auto* const real = next<int(int, const char*, int, const char*, unsigned)>("renameat2");
  return failsAt(to) ? -1 : real(fromFolder, from, toFolder, to, flags);
}

int unlink(const char* path) noexcept {
  static auto* const real = next<int(const char*)>("unlink");
  return failsAt(path) ? -1 : real(path);
}

int mkdir(const char* path, mode_t mode) noexcept {
  static auto* const real = next<int(const char*, mode_t)>("mkdir");
  return failsAt(path) ? -1 : real(path, mode);
}
}
