#pragma once

#include <fcntl.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "postgres/connection.h"

namespace lianqiao::test {

/// A real PostgreSQL of the test program's own, in a folder that goes with it; it listens on a
/// socket in that folder alone. It takes a second and a half to make: once for all tests of a
/// program. PostgreSQL refuses to run as root, so that it runs as the user `postgres` then.
class PostgresServer {
 public:
  /// Null where no PostgreSQL is installed.
  static PostgresServer* shared() {
    static const std::filesystem::path programs = programsFolder();
    static const std::unique_ptr<PostgresServer> server(
        programs.empty() ? nullptr : new PostgresServer(programs));
    return server.get();
  }
  ~PostgresServer() {
    signal(SIGQUIT);
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  /// Of a database that is made for it.
  [[nodiscard]] std::string fresh() {
    const std::string name = "test_" + std::to_string(++count_);
    postgres::Failure failure;
    const auto connection = connect("postgres", failure);
    if (connection == nullptr || !connection->run("CREATE DATABASE " + name))
      throw std::runtime_error("no database: " + failure.why);
    return url(name);
  }
  [[nodiscard]] std::string url(const std::string& database) const {
    // The host behind the question mark is the one that libpq takes.
    return "postgresql://lianqiao@localhost/" + database + "?host=" + folder_.string();
  }
  [[nodiscard]] std::unique_ptr<postgres::Connection> connect(const std::string& database,
                                                              postgres::Failure& failure) const {
    return postgres::Connection::open({url(database), {}}, failure);
  }
  /// All its processes die where they stand.
  void kill() {
    ::kill(process_, SIGSTOP);  // so that it starts no others meanwhile
    for (const pid_t child : children()) ::kill(child, SIGKILL);
    signal(SIGKILL);
  }
  /// What all its processes have taken, also those that have ended.
  [[nodiscard]] double cpuMicros() const {
    double ticks = ticksOf(process_, 4);
    for (const pid_t child : children()) ticks += ticksOf(child, 2);
    return ticks * 1e6 / static_cast<double>(::sysconf(_SC_CLK_TCK));
  }
  void start() {
    postgres::Failure failure;
    for (int i = 0; i < 1500; ++i) {
      // It does not start while a process of the one before goes.
      if (process_ == 0 || ::waitpid(process_, nullptr, WNOHANG) != 0)
        process_ = spawn({(programs_ / "postgres").string(), "-D", (folder_ / "data").string(),
                          "-k", folder_.string(), "-c", "listen_addresses=", "-c", "fsync=off"});
      if (connect("postgres", failure) != nullptr) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    throw std::runtime_error("PostgreSQL does not start: " + failure.why);
  }

 private:
  explicit PostgresServer(std::filesystem::path programs) : programs_(std::move(programs)) {
    std::string name = (std::filesystem::temp_directory_path() / "lianqiao-pg-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    folder_ = name;
    if (::getuid() == 0) owner_ = ::getpwnam("postgres");
    if (owner_ != nullptr && ::chown(name.c_str(), owner_->pw_uid, owner_->pw_gid) != 0)
      std::abort();
    int status = 0;
    ::waitpid(spawn({(programs_ / "initdb").string(), "-A", "trust", "--no-sync", "-E", "UTF8",
                     "--locale=C", "-U", "lianqiao", "-D", (folder_ / "data").string()}),
              &status, 0);
    if (status != 0) throw std::runtime_error("initdb failed");
    start();
  }

  /// The newest version that Debian has installed.
  static std::filesystem::path programsFolder() {
    std::vector<std::filesystem::path> found;
    std::error_code none;
    for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql", none))
      if (std::filesystem::exists(version.path() / "bin/initdb"))
        found.push_back(version.path() / "bin");
    if (found.empty()) return {};
    return *std::max_element(found.begin(), found.end());
  }

  [[nodiscard]] pid_t spawn(const std::vector<std::string>& words) const {
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const pid_t child = ::fork();
    if (child != 0) return child;
    const int nowhere = ::open("/dev/null", O_RDWR);
    ::dup2(nowhere, STDIN_FILENO);
    ::dup2(nowhere, STDOUT_FILENO);
    ::dup2(nowhere, STDERR_FILENO);
    // A socket of the test that it held would stay open for as long as it runs.
    ::close_range(STDERR_FILENO + 1, ~0U, 0);
    if (owner_ != nullptr && (::setgid(owner_->pw_gid) != 0 || ::setuid(owner_->pw_uid) != 0))
      ::_exit(1);
    ::setsid();
    ::prctl(PR_SET_PDEATHSIG, SIGQUIT);  // with the test program
    ::execv(arguments[0], arguments.data());
    ::_exit(1);
  }

  [[nodiscard]] std::vector<pid_t> children() const {
    const std::string number = std::to_string(process_);
    std::ifstream in("/proc/" + number + "/task/" + number + "/children");
    std::vector<pid_t> all;
    for (pid_t child = 0; in >> child;) all.push_back(child);
    return all;
  }
  /// utime and stime of proc(5), and with 4 those of children that have ended.
  static double ticksOf(pid_t process, int fields) {
    std::ifstream in("/proc/" + std::to_string(process) + "/stat");
    std::string line;
    std::getline(in, line);
    // The name of the program may have blanks in it.
    std::istringstream rest(line.substr(std::min(line.rfind(')') + 1, line.size())));
    std::string skipped;
    for (int field = 3; field < 14; ++field) rest >> skipped;
    double sum = 0;
    for (double ticks = 0; fields > 0 && rest >> ticks; --fields) sum += ticks;
    return sum;
  }

  void signal(int number) {
    if (process_ <= 0) return;
    ::kill(process_, number);
    ::waitpid(process_, nullptr, 0);
    process_ = 0;
  }

  const std::filesystem::path programs_;
  std::filesystem::path folder_;
  const passwd* owner_ = nullptr;
  pid_t process_ = 0;
  int count_ = 0;
};

}  // namespace lianqiao::test
