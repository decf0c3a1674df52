// The receiving end of a measurement: takes every record at once and remembers which it has seen.
//   sink [PORT]    prints the port that it listens on
// A record is a line of a body; its number is the first fourteen digits behind a GD in it.
// GET /stats answers {requests, records, distinct, last}: last = CLOCK_MONOTONIC ns of the last
// record.
#include <sys/epoll.h>

#include <algorithm>
#include <vector>

#include "socket.h"

namespace {

constexpr std::size_t kNumberDigits = 14;

/// Ids of other kinds hold GD, too: only digits behind it make it a number.
std::size_t numberIn(std::string_view line) {
  for (std::size_t at = line.find("GD"); at != std::string_view::npos;
       at = line.find("GD", at + 1)) {
    const std::string_view digits = line.substr(at + 2, kNumberDigits);
    const bool all =
        std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (all && digits.size() == kNumberDigits)
      return std::strtoull(std::string(digits).c_str(), nullptr, 10);
  }
  return SIZE_MAX;
}

struct Seen {
  std::uint64_t requests = 0;
  std::uint64_t records = 0;
  std::uint64_t distinct = 0;
  std::int64_t last = 0;
  std::vector<bool> numbers;

  void record(std::string_view line) {
    ++records;
    const std::size_t number = numberIn(line);
    if (number > 100'000'000) return;
    if (number >= numbers.size()) numbers.resize(number * 2 + 1000);
    if (!numbers[number]) ++distinct;
    numbers[number] = true;
  }

  void body(std::string_view text) {
    ++requests;
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      if (end > 0) record(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    last = bench::nanoseconds();
  }

  [[nodiscard]] std::string text() const {
    return "{\"requests\":" + std::to_string(requests) + ",\"records\":" + std::to_string(records) +
           ",\"distinct\":" + std::to_string(distinct) + ",\"last\":" + std::to_string(last) + "}";
  }
};

struct Connection {
  int fd = -1;
  std::string in;
};

/// Answers are small: what the socket does not take at once is a broken caller.
bool answer(int fd, std::string_view status, std::string_view body) {
  std::string text = "HTTP/1.1 ";
  text.append(status).append("\r\nContent-Type: application/json\r\nContent-Length: ");
  text.append(std::to_string(body.size())).append("\r\n\r\n").append(body);
  return ::send(fd, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
}

/// false: the connection is over.
bool serve(Connection& connection, Seen& seen) {
  static char buffer[262144];
  const ssize_t n = ::recv(connection.fd, buffer, sizeof buffer, 0);
  if (n < 0 && errno == EAGAIN) return true;
  if (n <= 0) return false;
  connection.in.append(buffer, static_cast<std::size_t>(n));
  while (true) {
    const bench::Message request = bench::readMessage(connection.in);
    if (request.whole == 0) return true;
    bool sent = false;
    if (request.head.substr(0, 4) == "POST") {
      seen.body(request.body);
      sent = answer(connection.fd, "202 Accepted", R"({"code":0,"message":"ok"})");
    } else {
      sent = answer(connection.fd, "200 OK", seen.text());
    }
    if (!sent) return false;
    connection.in.erase(0, request.whole);
  }
}

int listenAt(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address = bench::loopback(port);
  socklen_t size = sizeof address;
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      ::listen(fd, 1024) != 0 ||
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    bench::die("listen");
  }
  std::printf("%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return fd;
}

}  // namespace

int main(int count, char** words) {
  const int listener =
      listenAt(static_cast<std::uint16_t>(count > 1 ? std::strtoul(words[1], nullptr, 10) : 0));
  const int poll = ::epoll_create1(EPOLL_CLOEXEC);
  epoll_event event{};
  event.events = EPOLLIN;
  ::epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
  Seen seen;
  std::vector<epoll_event> events(256);
  while (true) {
    const int ready = ::epoll_wait(poll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < ready; ++i) {
      auto* connection = static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
      if (connection == nullptr) {
        const int fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) continue;
        bench::sendAtOnce(fd);
        event.data.ptr = new Connection{fd, {}};
        ::epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
      } else if (!serve(*connection, seen)) {
        ::close(connection->fd);
        delete connection;
      }
    }
  }
}
