#include "line_session/line_connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace lianqiao::line_session {
namespace {

Error away(std::string what) { return {codes::kConnect, std::move(what)}; }

/// False: `deadline` has passed.
bool ready(int socket, short events, Deadline deadline) {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  pollfd look{socket, events, 0};
  return ::poll(&look, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0))) > 0;
}

}  // namespace

Result<void> LineConnection::connect(const std::string& host, int port, Deadline deadline) {
  drop();
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  if (inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) return away(host + " is no IP.");
  const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  int failed =
      ::connect(made, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
  if (failed == EINPROGRESS) {
    socklen_t size = sizeof failed;
    if (!ready(made, POLLOUT, deadline)) {
      failed = ETIMEDOUT;
    } else {
      ::getsockopt(made, SOL_SOCKET, SO_ERROR, &failed, &size);
    }
  }
  if (failed != 0) {
    ::close(made);
    return away("Nothing answers at " + host + ":" + std::to_string(port) + ".");
  }
  rest_.clear();
  const Lock lock(mutex_);
  socket_ = made;
  return {};
}

Result<void> LineConnection::send(std::string_view line, Deadline deadline) {
  const Lock whole(sending_);
  int socket = -1;
  {
    const Lock lock(mutex_);
    socket = socket_;
  }
  std::string text(line);
  text += '\n';
  for (std::string_view left = text; !left.empty();) {
    if (socket < 0) return away("The session is not open.");
    if (!ready(socket, POLLOUT, deadline))
      return Error{codes::kDeliverTimeout, "The peer took nothing in time."};
    const ssize_t sent = ::send(socket, left.data(), left.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) return away("The peer has closed the connection.");
    left.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
  }
  return {};
}

Result<std::deque<std::string>> LineConnection::lines(Deadline wait) {
  int socket = -1;
  {
    const Lock lock(mutex_);
    socket = socket_;
  }
  std::deque<std::string> found;
  if (!ready(socket, POLLIN, wait)) return found;
  std::array<char, 16384> piece{};
  const ssize_t got = ::recv(socket, piece.data(), piece.size(), 0);
  if (got == 0 || (got < 0 && errno != EAGAIN)) return away("The peer has closed the connection.");
  rest_.append(piece.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  for (std::size_t end = rest_.find('\n'); end != rest_.npos; end = rest_.find('\n')) {
    found.push_back(rest_.substr(0, end));
    rest_.erase(0, end + 1);
  }
  return found;
}

void LineConnection::drop() {
  {
    const Lock lock(mutex_);
    if (socket_ >= 0) ::shutdown(socket_, SHUT_RDWR);
    open_.clear();
  }
  answered_.notifyAll();
  const Lock nobodySends(sending_);
  const Lock lock(mutex_);
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

std::uint64_t LineConnection::ask() {
  const Lock lock(mutex_);
  open_[++asked_];
  return asked_;
}

void LineConnection::answer(std::uint64_t number, std::string what) {
  {
    const Lock lock(mutex_);
    const auto asked = open_.find(number);
    if (asked == open_.end()) return;
    asked->second = std::move(what);
  }
  answered_.notifyAll();
}

std::optional<std::string> LineConnection::awaitAnswer(std::uint64_t number, Deadline deadline) {
  const Lock lock(mutex_);
  for (;;) {
    const auto asked = open_.find(number);
    if (asked == open_.end()) return std::nullopt;
    const bool late = !asked->second && !answered_.waitUntil(mutex_, deadline);
    const auto still = open_.find(number);
    if (still == open_.end()) return std::nullopt;
    if (!still->second && !late) continue;
    std::optional<std::string> what = std::move(still->second);
    open_.erase(still);
    return what;
  }
}

}  // namespace lianqiao::line_session
