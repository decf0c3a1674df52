#pragma once

#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "redis/redis_connection.h"
#include "support/queue_fixture.h"

namespace lianqiao::redis {

using namespace queue;  // whose fixtures start servers

inline std::uint16_t freePort() {
  const int probe = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ::bind(probe, reinterpret_cast<sockaddr*>(&at), sizeof at);
  socklen_t size = sizeof at;
  ::getsockname(probe, reinterpret_cast<sockaddr*>(&at), &size);
  ::close(probe);
  return ntohs(at.sin_port);
}

/// A redis-server on a port of its own, to be killed, frozen and started again. Goes with the test.
class RedisProcess {
 public:
  /// `configuration` without port, bind and dir. `mode`: empty or --sentinel.
  RedisProcess(std::filesystem::path folder, const std::string& configuration, std::string mode,
               std::string password)
      : folder_(std::move(folder)), mode_(std::move(mode)), password_(std::move(password)) {
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ / "redis.conf")
        << "port " << port_ << "\nbind 127.0.0.1\ndir " << folder_.string()
        << "\nlogfile redis.log\nrequirepass " << password_ << "\n"
        << configuration;
    start();
  }
  ~RedisProcess() { kill(); }
  RedisProcess(const RedisProcess&) = delete;
  RedisProcess& operator=(const RedisProcess&) = delete;

  void start() {
    const std::string file = (folder_ / "redis.conf").string();
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::execlp("redis-server", "redis-server", file.c_str(),
               mode_.empty() ? nullptr : mode_.c_str(), nullptr);
      ::_exit(127);
    }
    for (int i = 0; i < 4000; ++i) {
      if (RedisConnection::open(address()).ok()) return;
      waitATick();
    }
    ADD_FAILURE() << "redis-server in " << folder_ << " does not answer";
  }
  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  void freeze() const { ::kill(pid_, SIGSTOP); }
  void thaw() const { ::kill(pid_, SIGCONT); }
  [[nodiscard]] bool runs() const { return pid_ > 0; }

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] RedisAddress address() const {
    RedisAddress address;
    address.host = "127.0.0.1";
    address.port = port_;
    address.password = Secret(password_);
    address.timeout = 2s;
    return address;
  }
  /// The text of the answer; of an array the first text; empty when there is none.
  std::string ask(const RedisCommand& command) const {
    const auto connection = RedisConnection::open(address());
    if (!connection.ok()) return {};
    const auto reply = (*connection)->call(command);
    if (!reply.ok()) return {};
    return std::string((*reply)->items.empty() ? (*reply)->text : (*reply)->items[0].text);
  }
  /// What INFO says behind `name`.
  [[nodiscard]] std::string info(const std::string& name) const {
    const std::string text = ask({"INFO"});
    const std::size_t at = text.find(name + ":");
    if (at == std::string::npos) return {};
    return text.substr(at + name.size() + 1, text.find('\r', at) - at - name.size() - 1);
  }

 private:
  const std::filesystem::path folder_;
  const std::string mode_;
  const std::string password_;
  const std::uint16_t port_ = freePort();
  pid_t pid_ = -1;
};

}  // namespace lianqiao::redis
