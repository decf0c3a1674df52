#include <fcntl.h>
#include <linux/magic.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <sstream>

#include "admin/client.h"
#include "doctor/doctor.h"
#include "spool/spool_look.h"

namespace lianqiao::doctor {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLittleFree = 1u << 30;
constexpr std::array<std::uint64_t, 5> kNetworks = {NFS_SUPER_MAGIC, SMB_SUPER_MAGIC,
                                                    0xFF534D42,   // CIFS
                                                    0xFE534D42,   // SMB2
                                                    0x65735546};  // FUSE
/// A longer one does not fit into sockaddr_un.
constexpr std::size_t kLongestSocket = 107;

std::string userName(uid_t user) {
  const passwd* entry = ::getpwuid(user);
  return entry == nullptr ? std::to_string(user) : std::string(entry->pw_name);
}

std::string mebibytes(std::uint64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

/// The folder itself, or the nearest one above that is there.
fs::path nearestThere(fs::path folder) {
  std::error_code error;
  while (!fs::exists(folder, error) && folder.has_relative_path()) folder = folder.parent_path();
  return folder;
}

bool isNetwork(const fs::path& place) {
  struct statfs kind {};
  if (::statfs(place.c_str(), &kind) != 0) return false;
  const auto magic = static_cast<std::uint64_t>(kind.f_type) & 0xFFFFFFFFu;
  return std::find(kNetworks.begin(), kNetworks.end(), magic) != kNetworks.end();
}

void lookAtFileSystem(const fs::path& folder, Checkup& checkup) {
  struct statfs kind {};
  struct statvfs room {};
  if (::statfs(folder.c_str(), &kind) != 0 || ::statvfs(folder.c_str(), &room) != 0) return;
  const std::string place = "the data folder " + folder.string();
  if ((room.f_flag & ST_RDONLY) != 0)
    checkup.fail(place + " lies on a file system that is mounted read-only",
                 "mount it writable; `dmesg` may tell why it is not");
  if (isNetwork(folder))
    checkup.warn(place + " lies on a network or FUSE file system",
                 "set `data:` to a local disk: locks and syncs do not hold there, so that "
                 "records may be lost");
  // Wide enough for every magic number whatever f_type's type is here.
  switch (static_cast<std::uint64_t>(kind.f_type) & 0xFFFFFFFFu) {
    case TMPFS_MAGIC:
    case RAMFS_MAGIC:
      checkup.warn(place + " lies in memory (tmpfs)",
                   "set `data:` to a disk: all records are lost with the machine's next start");
      break;
    case OVERLAYFS_SUPER_MAGIC:
      checkup.warn(place + " lies in a container's own layer (overlay)",
                   "mount a volume there: all records go with the container");
      break;
    default:
      break;
  }
  if (room.f_files > 0 && room.f_favail == 0)
    checkup.fail("no more files can be made on the file system of " + folder.string(),
                 "remove some; `df -i` shows it");
  judgeSpace(folder, static_cast<std::uint64_t>(room.f_bavail) * room.f_frsize,
             static_cast<std::uint64_t>(room.f_blocks) * room.f_frsize, checkup);
}

/// What lies in the data folder must be its owner's: files of another one appear when the gateway
/// was started as root once.
void lookAtOwners(const fs::path& data, Checkup& checkup) {
  struct stat own {};
  if (::stat(data.c_str(), &own) != 0) return;
  constexpr int kDeepest = 2;
  std::error_code error;
  fs::recursive_directory_iterator at(data, fs::directory_options::skip_permission_denied, error),
      end;
  for (; !error && at != end; at.increment(error)) {
    if (at.depth() >= kDeepest) at.disable_recursion_pending();
    struct stat entry {};
    if (::lstat(at->path().c_str(), &entry) != 0 || entry.st_uid == own.st_uid) continue;
    return checkup.fail(at->path().string() + " belongs to " + userName(entry.st_uid) +
                            ", the data folder to " + userName(own.st_uid),
                        "chown -R " + userName(own.st_uid) + " " + data.string());
  }
  if (const uid_t user = ::geteuid(); user != 0 && user != own.st_uid)
    checkup.warn("the data folder belongs to " + userName(own.st_uid) + ", doctor was started by " +
                     userName(user),
                 "start doctor as the gateway's user, so that it sees what the gateway sees");
}

void lookAtRights(const fs::path& data, Checkup& checkup) {
  std::error_code error;
  const fs::path there = nearestThere(data);
  if (there != data) {
    if (!fs::is_directory(there, error) || ::access(there.c_str(), W_OK | X_OK) != 0)
      return checkup.fail(
          "the data folder " + data.string() + " is missing, and this user cannot make it in " +
              there.string(),
          "install -d -m 700 -o USER " + data.string() + ", with the gateway's user");
    return checkup.ok("the data folder " + data.string() + " will be made at the first start");
  }
  if (!fs::is_directory(data, error))
    return checkup.fail(data.string() + " (data) is no folder",
                        "move it away, or set `data:` to another place");
  if (::access(data.c_str(), R_OK | W_OK | X_OK) != 0)
    return checkup.fail("this user may not write into the data folder " + data.string(),
                        "chown -R USER " + data.string() +
                            ", with the gateway's user; or start doctor as that user");
  checkup.ok("the data folder " + data.string() + " is there and writable");
  lookAtOwners(data, checkup);
}

/// Nothing where the kernel's list may lack a lock, or names its device otherwise (btrfs, overlay).
/// Taking the lock to see whether it is free could keep a gateway that starts just now from having
/// it.
std::optional<bool> lockHeld(const fs::path& file) {
  struct stat lock {};
  if (::stat(file.c_str(), &lock) != 0)
    return errno == ENOENT || errno == ENOTDIR ? std::optional(false) : std::nullopt;
  std::ostringstream wanted;
  wanted << std::hex;
  const auto two = [&wanted](unsigned number) {
    (wanted.width(2), wanted.fill('0'), wanted) << number;
  };
  two(major(lock.st_dev));
  wanted << ':';
  two(minor(lock.st_dev));
  wanted << ':' << std::dec << lock.st_ino;
  std::ifstream locks("/proc/locks");
  bool unsure = !locks || isNetwork(file);
  for (std::string line; std::getline(locks, line);) {
    if (line.find(" FLOCK ") == std::string::npos) continue;
    if (line.find(" " + wanted.str() + " ") != std::string::npos) return true;
    unsure = unsure || line.find(":" + std::to_string(lock.st_ino) + " ") != std::string::npos;
  }
  return unsure ? std::nullopt : std::optional(false);
}

}  // namespace

std::optional<bool> gatewayRuns(const fs::path& data) {
  std::error_code error;
  const std::optional<bool> held = lockHeld(data / "lock");
  if (held == true) return true;
  if (!fs::exists(data / "run/node.json", error)) return held;
  // It is there from a gateway's start to its end.
  const auto node = admin::readNodeFile(data);
  if (!node) return std::nullopt;
  const auto health = admin::call(*node, "GET", "/health", std::chrono::seconds(3));
  return health && health->status == 200 ? true : held;
}

void judgeSpace(const fs::path& folder, std::uint64_t free, std::uint64_t capacity,
                Checkup& checkup) {
  const std::string words = mebibytes(free) + " are free for " + folder.string();
  constexpr std::string_view kRemedy =
      "make room, or move `data:` to a larger disk: Redis ends where it cannot write";
  if (free <= spool::leastFree(capacity)) return checkup.fail(words, std::string(kRemedy));
  if (free < kLittleFree) return checkup.warn(words, std::string(kRemedy));
  checkup.ok(words);
}

void lookAtData(const config::GatewayConfig& config, bool running, Checkup& checkup) {
  lookAtRights(config.data, checkup);
  lookAtFileSystem(nearestThere(config.data), checkup);
  const std::string socket = (config.data / "redis/redis.sock").string();
  std::error_code error;
  if (config.redis.managed && socket.size() > kLongestSocket) {
    // The gateway reaches it through /proc; other programs cannot.
    if (!fs::exists("/proc/self/fd", error))
      checkup.fail("the path of Redis' socket is longer than " + std::to_string(kLongestSocket) +
                       " bytes, and /proc is not mounted",
                   "set `data:` to a shorter path, or mount /proc");
    else
      checkup.warn(
          "the path of Redis' socket is longer than " + std::to_string(kLongestSocket) + " bytes",
          "set `data:` to a shorter path if redis-cli is to reach it; the gateway does");
  }
  if (!running && fs::exists(config.data / "run/node.json", error))
    checkup.ok("the last gateway on " + config.data.string() +
               " did not stop in order; the next start tidies up");
}

void lookAtSecrets(const config::GatewayConfig& config, Checkup& checkup) {
  const fs::path folder = config.directory / "secrets";
  struct stat data {};
  const bool known = ::stat(config.data.c_str(), &data) == 0;
  std::error_code error;
  std::size_t files = 0;
  bool well = true;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    struct stat file {};
    if (!at->is_regular_file(error) || at->path().extension() == ".example" ||
        ::stat(at->path().c_str(), &file) != 0)
      continue;
    ++files;
    // By the owner's or the group's rights; root owns them where packages put them.
    const bool reads =
        !known || data.st_uid == 0 || file.st_uid == data.st_uid || (file.st_mode & S_IRGRP) != 0;
    const bool trusted =
        file.st_uid == 0 || file.st_uid == ::geteuid() || (known && file.st_uid == data.st_uid);
    if (reads && trusted) continue;
    well = false;
    checkup.warn("the secret " + at->path().string() + " belongs to " + userName(file.st_uid),
                 "give it to root or to the gateway's user" +
                     (known ? " " + userName(data.st_uid) : std::string()) +
                     ", who must be able to read it: chown, chmod 600");
  }
  if (files > 0 && well) checkup.ok(std::to_string(files) + " secrets belong to whom they should");
}

void lookAtSpoolFile(const config::GatewayConfig& config, bool running, Checkup& checkup) {
  using State = spool::SpoolLook::State;
  // The gateway that runs has looked at it and has it locked.
  if (!config.spool.enabled || running) return;
  const spool::SpoolLook look = spool::lookAtSpool(config.data / "spool");
  const std::string file = (config.data / "spool/spool.db").string();
  switch (look.state) {
    case State::absent:
      break;
    case State::whole:
      checkup.ok("the spool is whole and holds " + std::to_string(look.submissions) +
                 " submissions");
      break;
    case State::unfinished:
      checkup.ok(
          "the spool has a write that a crash cut off; the gateway takes it back at its start");
      break;
    case State::damaged:
      checkup.fail("the spool " + file + " is damaged: " + look.why,
                   "copy it away, then start the gateway: it takes over what is intact and keeps "
                   "the damaged file beside it");
      break;
    case State::other_version:
      checkup.fail("the spool " + file + " cannot be used: " + look.why,
                   "start the version of the gateway that wrote it");
      break;
    case State::unreadable:
      checkup.fail("the spool " + file + " cannot be read: " + look.why,
                   "start doctor as the gateway's user, or chown the file to it");
      break;
  }
  for (const fs::path& aside : look.aside)
    checkup.warn(aside.string() + " was set aside as damaged",
                 "ask its senders to send again what was lost, then remove it");
}

}  // namespace lianqiao::doctor
