#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace lianqiao::http {

/// One accepted connection of a ScriptedPeer, which owns what is given.
class Accepted {
 public:
  explicit Accepted(int descriptor, SSL* tls = nullptr) : descriptor_(descriptor), tls_(tls) {}
  ~Accepted() {
    SSL_free(tls_);
    ::close(descriptor_);
  }
  Accepted(const Accepted&) = delete;
  Accepted& operator=(const Accepted&) = delete;

  /// Reads one request with Content-Length; empty when the caller has gone.
  std::string request() {
    for (;;) {
      const std::size_t end = received_.find("\r\n\r\n");
      if (end != std::string::npos) {
        const std::size_t field = received_.find("\r\nContent-Length: ");
        const std::size_t size =
            end + 4 +
            (field < end ? std::strtoull(received_.c_str() + field + 18, nullptr, 10) : 0);
        if (received_.size() >= size) {
          std::string whole = received_.substr(0, size);
          received_.erase(0, size);
          return whole;
        }
      }
      char buffer[65536];
      const ssize_t n = receive(buffer, sizeof buffer);
      if (n <= 0) return {};
      received_.append(buffer, static_cast<std::size_t>(n));
    }
  }
  /// Reads until a request's head is there, and leaves the rest to come.
  void head() {
    char buffer[4096];
    while (received_.find("\r\n\r\n") == std::string::npos) {
      const ssize_t n = receive(buffer, sizeof buffer);
      if (n <= 0) return;
      received_.append(buffer, static_cast<std::size_t>(n));
    }
  }
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = tls_ != nullptr
                            ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                            : ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }
  void endSending() { ::shutdown(descriptor_, SHUT_WR); }
  /// Drops what comes until the caller has closed its side.
  void awaitEnd() {
    std::vector<char> dropped(1u << 20);
    while (::recv(descriptor_, dropped.data(), dropped.size(), 0) > 0) {
    }
  }
  /// True when the caller closes within that time; waits no longer.
  bool endsWithin(std::chrono::milliseconds time) {
    pollfd waited{descriptor_, POLLIN, 0};
    return ::poll(&waited, 1, static_cast<int>(time.count())) == 1;
  }
  /// Closing will reset the connection.
  void resetOnClose() {
    const linger hard{1, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  }

 private:
  ssize_t receive(char* to, std::size_t room) {
    if (tls_ != nullptr) return SSL_read(tls_, to, static_cast<int>(room));
    return ::recv(descriptor_, to, room, 0);
  }

  int descriptor_;
  SSL* tls_;
  std::string received_;
};

/// A server that does with each connection what the test says, on a thread of its own per
/// connection.
class ScriptedPeer {
 public:
  using Script = std::function<void(Accepted&, int connection)>;

  /// With `tls`, which must outlive it, it shakes hands before the script runs.
  explicit ScriptedPeer(Script script, SSL_CTX* tls = nullptr)
      : script_(std::move(script)), tls_(tls) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    ::listen(listener_, 16);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    accepter_ = std::thread([this] { acceptAll(); });
  }
  ~ScriptedPeer() {
    ::shutdown(listener_, SHUT_RDWR);
    accepter_.join();
    for (std::thread& thread : threads_) thread.join();
    ::close(listener_);
  }
  ScriptedPeer(const ScriptedPeer&) = delete;
  ScriptedPeer& operator=(const ScriptedPeer&) = delete;

  [[nodiscard]] std::string url(const std::string& path = "/x") const {
    return (tls_ == nullptr ? "http" : "https") + ("://127.0.0.1:" + std::to_string(port_)) + path;
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] int connections() const { return connections_; }

 private:
  void acceptAll() {
    for (;;) {
      const int descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (descriptor < 0) return;
      threads_.emplace_back([this, descriptor, number = connections_++] {
        // What the script says it has sent must be there, though a handshake came just before.
        const int on = 1;
        ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        SSL* const tls = tls_ == nullptr ? nullptr : SSL_new(tls_);
        Accepted accepted(descriptor, tls);
        if (tls != nullptr && (SSL_set_fd(tls, descriptor) != 1 || SSL_accept(tls) != 1)) return;
        script_(accepted, number);
      });
    }
  }

  Script script_;
  SSL_CTX* tls_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_{0};
  std::thread accepter_;
  std::vector<std::thread> threads_;
};

}  // namespace lianqiao::http
