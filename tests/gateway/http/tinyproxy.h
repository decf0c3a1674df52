#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <string>

#include "config/gateway_config.h"
#include "support/eventually.h"
#include "support/temporary_folder.h"

namespace lianqiao::http {

/// The tinyproxy program (Debian's tinyproxy-bin) on a free port of this machine: an HTTP proxy
/// that we did not write. Ends with the object.
class TinyProxy {
 public:
  /// `more`: further lines of its configuration.
  explicit TinyProxy(const std::string& more = {}) {
    // Somebody else may take a free port before it does: then it ends.
    for (int i = 0; i < 5 && process_ <= 0; ++i) start(more);
    EXPECT_GT(process_, 0) << "tinyproxy does not come up; the package tinyproxy-bin is needed";
  }
  ~TinyProxy() { end(); }
  TinyProxy(const TinyProxy&) = delete;
  TinyProxy& operator=(const TinyProxy&) = delete;

  [[nodiscard]] config::ProxySettings settings() const {
    config::ProxySettings settings;
    settings.host = "127.0.0.1";
    settings.port = port_;
    return settings;
  }
  [[nodiscard]] std::string place() const { return "127.0.0.1:" + std::to_string(port_); }
  /// All that it tells of its connections.
  [[nodiscard]] std::string log() const {
    std::ifstream stream(folder_.path() / "log");
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  /// How many requests it has read.
  [[nodiscard]] int requests() const {
    const std::string text = log();
    const std::string_view mark = "Request (file descriptor";
    int count = 0;
    for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1))
      ++count;
    return count;
  }

  /// A port of 127.0.0.1 on which nobody listens.
  static std::uint16_t freePort() {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = onLoopback(0);
    socklen_t size = sizeof address;
    ::bind(descriptor, reinterpret_cast<sockaddr*>(&address), size);
    ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
    ::close(descriptor);
    return ntohs(address.sin_port);
  }

 private:
  void start(const std::string& more) {
    port_ = freePort();
    std::string file = folder_.path() / "tinyproxy.conf";
    std::ofstream(file) << "Port " << port_ << "\nListen 127.0.0.1\nTimeout 30\nMaxClients 50\n"
                        << "LogFile \"" << (folder_.path() / "log").string() << "\"\n"
                        << "LogLevel Connect\nAllow 127.0.0.1\n"
                        << more;
    std::string name = "tinyproxy", foreground = "-d", configured = "-c";
    char* const words[] = {name.data(), foreground.data(), configured.data(), file.data(), nullptr};
    if (::posix_spawnp(&process_, "tinyproxy", nullptr, nullptr, words, environ) != 0) return;
    const bool settled = test::eventually([this] { return listens() || !lives(); });
    if (!settled || !lives()) end();
  }
  void end() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = -1;
  }
  [[nodiscard]] bool lives() const {
    siginfo_t ended{};
    return ::waitid(P_PID, static_cast<id_t>(process_), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           ended.si_pid == 0;
  }
  static sockaddr_in onLoopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
  }
  [[nodiscard]] bool listens() const {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = onLoopback(port_);
    const int connected =
        ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    ::close(descriptor);
    return connected == 0;
  }

  test::TemporaryFolder folder_;
  std::uint16_t port_ = 0;
  pid_t process_ = -1;
};

}  // namespace lianqiao::http
