#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace lianqiao::http {

/// A socket to the front that sends any bytes and tells what comes back.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port, const char* from = nullptr)
      : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    if (from != nullptr) {
      ::inet_pton(AF_INET, from, &address.sin_addr);
      ::bind(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    }
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~RawClient() { ::close(descriptor_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }
  void endSending() { ::shutdown(descriptor_, SHUT_WR); }

  /// Reads once; false at the end, on an error, or when nothing came in time.
  bool readSome(std::chrono::milliseconds patience = std::chrono::seconds(10)) {
    pollfd waited{descriptor_, POLLIN, 0};
    if (::poll(&waited, 1, static_cast<int>(patience.count())) != 1) return false;
    char buffer[16384];
    const ssize_t n = ::recv(descriptor_, buffer, sizeof buffer, 0);
    if (n <= 0) {
      closed_ = true;
      return false;
    }
    received_.append(buffer, static_cast<std::size_t>(n));
    return true;
  }

  /// One whole answer (1xx included), cut off the front of what has come; empty when none came
  /// whole.
  std::string answer(bool headOnly = false) {
    for (;;) {
      const std::size_t end = received_.find("\r\n\r\n");
      if (end != std::string::npos) {
        std::size_t size = end + 4;
        const std::size_t field = received_.find("\r\nContent-Length: ");
        if (!headOnly && field < end)
          size += std::strtoull(received_.c_str() + field + 18, nullptr, 10);
        if (received_.size() >= size) {
          std::string whole = received_.substr(0, size);
          received_.erase(0, size);
          return whole;
        }
      }
      if (!readSome()) return {};
    }
  }

  /// Everything until the other side closes.
  std::string rest() {
    while (readSome()) {
    }
    return std::move(received_);
  }

  [[nodiscard]] bool connected() const { return connected_; }
  /// After rest() or answer(): the other side has ended the connection.
  [[nodiscard]] bool closed() const { return closed_; }

 private:
  int descriptor_;
  bool connected_ = false;
  bool closed_ = false;
  std::string received_;
};

inline int statusOf(std::string_view answer) {
  return answer.size() < 12 || !answer.starts_with("HTTP/1.1 ")
             ? 0
             : std::atoi(std::string(answer.substr(9, 3)).c_str());
}

}  // namespace lianqiao::http
