#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "redis/redis_address.h"

namespace lianqiao::redis {

/// Takes one connection, gives one of the answers to each thing that comes, and says nothing more.
class FakeServer {
 public:
  explicit FakeServer(std::vector<std::string> answers)
      : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(listener_, reinterpret_cast<sockaddr*>(&at), sizeof at);
    ::listen(listener_, 1);
    socklen_t size = sizeof at;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size);
    port_ = ntohs(at.sin_port);
    thread_ = std::jthread([this, answers = std::move(answers)] { serve(answers); });
  }
  ~FakeServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;
  [[nodiscard]] RedisAddress address() const {
    RedisAddress address;
    address.host = "127.0.0.1";
    address.port = port_;
    address.timeout = std::chrono::seconds(2);
    return address;
  }

 private:
  void serve(const std::vector<std::string>& answers) const {
    const int peer = ::accept(listener_, nullptr, nullptr);
    char bytes[256];
    for (const std::string& answer : answers)
      if (::recv(peer, bytes, sizeof bytes, 0) > 0)
        ::send(peer, answer.data(), answer.size(), MSG_NOSIGNAL);
    ::shutdown(peer, SHUT_WR);
    while (::recv(peer, bytes, sizeof bytes, 0) > 0) {
    }
    ::close(peer);
  }

  int listener_;
  std::uint16_t port_ = 0;
  std::jthread thread_;
};

}  // namespace lianqiao::redis
