#pragma once

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <string_view>

/// What the load generator and the sink have in common.
namespace bench {

[[noreturn]] inline void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

/// Loopback only: nothing else is ever measured.
inline sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

inline void sendAtOnce(int fd) {
  const int one = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

/// Nanoseconds of CLOCK_MONOTONIC, which every process of the machine reads alike.
inline std::int64_t nanoseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

/// One HTTP message with Content-Length at the start of `text`; whole = 0 while it is not complete.
struct Message {
  std::size_t whole = 0;
  std::string_view head;
  std::string_view body;
};

inline Message readMessage(std::string_view text) {
  Message message;
  const std::size_t end = text.find("\r\n\r\n");
  if (end == std::string_view::npos) return message;
  std::size_t length = 0;
  const std::string_view head = text.substr(0, end + 2);
  for (std::size_t line = head.find("\r\n"); line + 2 < head.size();
       line = head.find("\r\n", line + 2)) {
    constexpr std::string_view kName = "content-length:";
    const std::string_view rest = head.substr(line + 2);
    if (rest.size() > kName.size() && ::strncasecmp(rest.data(), kName.data(), kName.size()) == 0) {
      length = std::strtoull(rest.data() + kName.size(), nullptr, 10);
    }
  }
  if (text.size() < end + 4 + length) return message;
  return {end + 4 + length, head, text.substr(end + 4, length)};
}

}  // namespace bench
