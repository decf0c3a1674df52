#include "redis/managed_redis.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>

#include "base/clock.h"
#include "base/named_thread.h"
#include "lianqiao/codes.h"
#include "redis/redis_connection.h"

extern char** environ;

namespace lianqiao::redis {
namespace {

using namespace std::chrono_literals;

constexpr auto kFirstPause = 100ms;
constexpr auto kLastPause = 5000ms;
constexpr auto kStopTime = 15s;
constexpr auto kCalmAfter = 10s;  // a server that lived so long starts the pauses anew
constexpr const char* kLockName = "lock";

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

std::string configuration(const config::RedisSettings& settings) {
  return std::string("# Written by lianqiao at every start; changes here are lost.\n") +
         "port 0\nunixsocket redis.sock\nunixsocketperm 600\ndir .\ndaemonize no\npidfile "
         "redis.pid\n"
         "logfile redis.log\nsupervised no\n"
         "appendonly yes\nappendfsync " +
         (settings.sync == config::Sync::always ? "always" : "everysec") +
         "\nno-appendfsync-on-rewrite no\nauto-aof-rewrite-percentage "
         "100\nauto-aof-rewrite-min-size 256mb\n"
         "save \"\"\n"
         "maxmemory " +
         std::to_string(settings.memory) +
         "\nmaxmemory-policy noeviction\n"
         "stream-node-max-bytes 65536\n"
         // Records stay in one block of memory each whatever their size; the large hashes do not.
         "hash-max-listpack-value 33554432\nhash-max-listpack-entries 64\n"
         "lazyfree-lazy-expire yes\nlazyfree-lazy-server-del yes\nlazyfree-lazy-user-del yes\n";
}

void setSpawnAttributes(posix_spawnattr_t& attributes) {
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  // A process group of its own: Ctrl-C in the terminal is for the gateway, which then stops the
  // server.
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
}

/// 0 or the errno. The child has `lock` as descriptor 3 and runs in `folder`. It has no other of
/// ours: it may outlive us, and would keep our ports.
int spawnServer(const config::RedisSettings& settings, const std::filesystem::path& folder,
                int lock, pid_t& pid) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  const std::string output = (folder / "redis.log").string();
  posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_WRONLY | O_CREAT | O_APPEND,
                                   0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  posix_spawn_file_actions_adddup2(&actions, lock, 3);
  posix_spawn_file_actions_addclosefrom_np(&actions, 4);
  posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  setSpawnAttributes(attributes);
  std::string binary = settings.binary.string();
  std::string file = "redis.conf";
  char* arguments[] = {binary.data(), file.data(), nullptr};
  const int error = ::posix_spawnp(&pid, binary.c_str(), &actions, &attributes, arguments, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

pid_t readPid(const std::filesystem::path& file) {
  pid_t pid = 0;
  std::ifstream(file) >> pid;
  return pid;
}

/// What the server itself says; 0 when it does not.
pid_t askPid(RedisConnection& connection) {
  constexpr std::string_view kField = "process_id:";
  const auto info = connection.call({"INFO", "server"});
  if (!info.ok()) return 0;
  const std::string_view text = (*info)->text;
  const std::size_t at = text.find(kField);
  pid_t pid = 0;
  if (at != std::string_view::npos)
    std::from_chars(text.data() + at + kField.size(), text.data() + text.size(), pid);
  return pid;
}

}  // namespace

Result<std::unique_ptr<ManagedRedis>> ManagedRedis::start(const config::RedisSettings& settings,
                                                          const std::filesystem::path& folder,
                                                          base::LogLine log,
                                                          std::chrono::milliseconds patience,
                                                          const std::stop_token& stop) {
  std::error_code ignored;
  std::unique_ptr<ManagedRedis> server(
      new ManagedRedis(settings, std::filesystem::absolute(folder, ignored), std::move(log)));
  if (Result<void> ready = server->prepare(); !ready.ok()) return ready.error();
  if (Result<void> launched = server->launch(); !launched.ok()) return launched.error();
  if (Result<void> answers = server->awaitAnswer(patience, stop); !answers.ok())
    return answers.error();
  server->thread_ = base::startThread(
      "redis-watch", [raw = server.get()](const std::stop_token&) { raw->supervise(); });
  return server;
}

ManagedRedis::ManagedRedis(const config::RedisSettings& settings, std::filesystem::path folder,
                           base::LogLine log)
    : settings_(settings),
      folder_(std::move(folder)),
      log_(std::move(log)),
      stop_(::eventfd(0, EFD_CLOEXEC)) {
  address_.socket = (folder_ / "redis.sock").string();
  address_.timeout = settings.timeout;
}

ManagedRedis::~ManagedRedis() {
  const std::uint64_t one = 1;
  if (::write(stop_, &one, sizeof one) < 0)
    log_(LogLevel::error, "cannot wake the thread redis-watch");
  if (thread_.joinable()) thread_.join();
  const pid_t server = pid_;
  if (server > 0) {
    ::kill(server, SIGTERM);
    if (awaitExit(server, kStopTime, false) == Exit::stays)
      log_(LogLevel::warning, "redis-server (process " + std::to_string(server) +
                                  ") still writes its file; it is left to end by itself");
  }
  ::close(stop_);
}

Result<void> ManagedRedis::prepare() const {
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  if (error) return failed("the folder cannot be made: " + error.message());
  std::filesystem::permissions(folder_, std::filesystem::perms::owner_all, error);
  if (error) return failed("the folder's rights cannot be set: " + error.message());
  std::ofstream file(folder_ / "redis.conf", std::ios::trunc);
  file << configuration(settings_);
  if (!file.flush())
    return failed("redis.conf cannot be written; is the disk full or the folder not ours?");
  return {};
}

Result<void> ManagedRedis::launch() {
  const Descriptor lock(::open((folder_ / kLockName).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.get() < 0)
    return failed(std::string("the lock cannot be opened: ") + std::strerror(errno));
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK)
      return failed(std::string("the lock cannot be taken: ") + std::strerror(errno));
    pid_ = readPid(folder_ / "redis.pid");
    log_(LogLevel::info, "redis-server (process " +
                             (pid_ > 0 ? std::to_string(pid_) : "of yet unknown number") +
                             ") runs already in " + folder_.string() + " and is taken over");
    return {};
  }
  pid_t child = 0;
  if (const int error = spawnServer(settings_, folder_, lock.get(), child); error != 0)
    return failed("'" + settings_.binary.string() + "' cannot be started: " + std::strerror(error) +
                  "; install the package redis-server or set redis.binary");
  pid_ = child;
  return {};
}

Result<void> ManagedRedis::awaitAnswer(std::chrono::milliseconds patience,
                                       const std::stop_token& stop) {
  const auto until = base::realNow() + patience;
  auto nextWord = base::realNow() + 5s;
  while (true) {
    const auto connection = RedisConnection::open(address_);
    // On a full disk the server could not write its number down.
    if (connection.ok() && pid_ <= 0) pid_ = askPid(**connection);
    if (connection.ok()) return {};
    const Exit exit = pid_ > 0 ? awaitExit(pid_, 10ms, true) : awaitUnlocked(10ms);
    if (exit == Exit::ended) return failed("redis-server ended at once; its log says why");
    if (exit == Exit::stopped || stop.stop_requested())
      return failed("told to stop while redis-server was starting");
    if (base::realNow() > until)
      return failed("redis-server does not answer. " + connection.error().detail);
    if (base::realNow() > nextWord) {
      log_(LogLevel::info, "waiting for redis-server. " + connection.error().detail);
      nextWord = base::realNow() + 5s;
    }
  }
}

/// Waits for the end of that process, or (if asked to) for the destructor's call.
ManagedRedis::Exit ManagedRedis::awaitExit(pid_t process, std::chrono::milliseconds atMost,
                                           bool heedStop) const {
  const auto until = base::realNow() + atMost;
  const Descriptor watched(static_cast<int>(::syscall(SYS_pidfd_open, process, 0)));
  while (true) {
    const bool reaped = ::waitpid(process, nullptr, WNOHANG) == process;
    if (process <= 0 || reaped || (::kill(process, 0) != 0 && errno == ESRCH)) return Exit::ended;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - base::realNow());
    if (left <= 0ms) return Exit::stays;
    // Without pidfd_open (an old kernel) look again from time to time.
    const auto longest = watched.get() >= 0 ? 60000ms : 50ms;
    pollfd entries[] = {{watched.get(), POLLIN, 0}, {heedStop ? stop_ : -1, POLLIN, 0}};
    ::poll(entries, 2,
           static_cast<int>(std::min<std::chrono::milliseconds>(left, longest).count()));
    if (entries[1].revents != 0) return Exit::stopped;
  }
}

/// The same of a server whose number is not known: as long as it lives it holds the lock.
ManagedRedis::Exit ManagedRedis::awaitUnlocked(std::chrono::milliseconds atMost) const {
  const Descriptor lock(::open((folder_ / kLockName).c_str(), O_RDWR | O_CLOEXEC));
  if (lock.get() >= 0 && ::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return Exit::ended;
  return stopWithin(atMost) ? Exit::stopped : Exit::stays;
}

bool ManagedRedis::stopWithin(std::chrono::milliseconds time) const {
  pollfd entry{stop_, POLLIN, 0};
  return ::poll(&entry, 1, static_cast<int>(time.count())) > 0;
}

void ManagedRedis::supervise() {
  std::chrono::milliseconds pause = kFirstPause;
  while (true) {
    const auto started = base::realNow();
    Exit exit = Exit::stays;
    while (exit == Exit::stays) exit = awaitExit(pid_, 1h, true);
    if (exit == Exit::stopped) return;
    if (base::realNow() - started > kCalmAfter) pause = kFirstPause;
    log_(LogLevel::error, "redis-server (process " + std::to_string(pid_) +
                              ") has died; starting it again in " + std::to_string(pause.count()) +
                              " ms. Its log: " + (folder_ / "redis.log").string());
    pid_ = 0;
    if (stopWithin(pause)) return;
    pause = std::min<std::chrono::milliseconds>(pause * 2, kLastPause);
    Result<void> again = launch();
    if (again.ok()) again = awaitAnswer(1h, {});
    if (!again.ok()) log_(LogLevel::error, again.error().detail);
  }
}

Error ManagedRedis::failed(const std::string& what) const {
  return {codes::kQueueUnavailable, "the gateway's own Redis in " + folder_.string() + ": " + what +
                                        " (log: " + (folder_ / "redis.log").string() + ")"};
}

}  // namespace lianqiao::redis
