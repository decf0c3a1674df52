#include "http/socket_stream.h"

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace lianqiao::http {

namespace {

/// Of plain text encrypted ahead of the socket, so that a large answer is not held twice.
constexpr std::size_t kTlsPiece = 64 * 1024;

SocketStream::State stateOfErrno() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? SocketStream::State::again
                                                                   : SocketStream::State::failed;
}

}  // namespace

SocketStream::SocketStream(int descriptor, std::unique_ptr<TlsSession> tls)
    : descriptor_(descriptor), tls_(std::move(tls)) {}

SocketStream::~SocketStream() { ::close(descriptor_); }

SocketStream::State SocketStream::readSocket(char* to, std::size_t room, std::size_t& bytes) {
  const ssize_t got = ::recv(descriptor_, to, room, 0);
  if (got < 0) {
    drained_ = true;
    return stateOfErrno();
  }
  bytes = static_cast<std::size_t>(got);
  drained_ = bytes < room;
  return got == 0 ? State::closed : State::ok;
}

SocketStream::State SocketStream::peek(char* to, std::size_t room, std::size_t& bytes) {
  const ssize_t got = ::recv(descriptor_, to, room, MSG_PEEK);
  if (got < 0) return stateOfErrno();
  bytes = static_cast<std::size_t>(got);
  return got == 0 ? State::closed : State::ok;
}

void SocketStream::skip(std::size_t bytes) {
  std::array<char, 1024> away;
  while (bytes > 0) {
    const ssize_t got = ::recv(descriptor_, away.data(), std::min(bytes, away.size()), 0);
    if (got <= 0) return;
    bytes -= static_cast<std::size_t>(got);
  }
}

SocketStream::State SocketStream::read(char* to, std::size_t room, std::size_t& bytes) {
  bytes = 0;
  return tls_ ? readTls(to, room, bytes) : readSocket(to, room, bytes);
}

SocketStream::State SocketStream::readTls(char* to, std::size_t room, std::size_t& bytes) {
  std::array<char, 16 * 1024> ciphertext;
  for (;;) {
    const TlsSession::State state = tls_->read(to, room, bytes);
    if (flush() == State::failed) return State::failed;
    if (state == TlsSession::State::failed) return State::failed;
    if (state == TlsSession::State::closed) return State::closed;
    drained_ = false;
    if (state == TlsSession::State::ok) return State::ok;
    std::size_t got = 0;
    const State socket = readSocket(ciphertext.data(), ciphertext.size(), got);
    if (socket != State::ok) return socket;
    tls_->feed({ciphertext.data(), got});
  }
}

SocketStream::State SocketStream::flush() {
  std::string& pending = tls_->pending();
  std::size_t gone = 0;
  State state = State::ok;
  while (gone < pending.size() && state == State::ok) {
    const ssize_t n =
        ::send(descriptor_, pending.data() + gone, pending.size() - gone, MSG_NOSIGNAL);
    if (n < 0) {
      state = stateOfErrno();
    } else {
      gone += static_cast<std::size_t>(n);
    }
  }
  pending.erase(0, gone);
  return state;
}

SocketStream::State SocketStream::writeTls(std::string_view head, std::string_view body,
                                           std::size_t& sent) {
  for (;;) {
    if (const State state = flush(); state != State::ok) return state;
    const std::string_view from = head.empty() ? body : head;
    if (from.empty()) return State::ok;
    const std::string_view piece = from.substr(0, kTlsPiece);
    if (tls_->write(piece) != TlsSession::State::ok) return State::failed;
    (head.empty() ? body : head).remove_prefix(piece.size());
    sent += piece.size();
  }
}

SocketStream::State SocketStream::write(std::string_view head, std::string_view body,
                                        std::size_t& sent) {
  if (tls_) return writeTls(head, body, sent);
  for (;;) {
    if (head.empty() && body.empty()) return State::ok;
    std::array<iovec, 2> pieces{{{const_cast<char*>(head.data()), head.size()},
                                 {const_cast<char*>(body.data()), body.size()}}};
    msghdr message{};
    message.msg_iov = head.empty() ? &pieces[1] : &pieces[0];
    message.msg_iovlen = head.empty() || body.empty() ? 1 : 2;
    const ssize_t n = ::sendmsg(descriptor_, &message, MSG_NOSIGNAL);
    if (n < 0) return stateOfErrno();
    auto gone = static_cast<std::size_t>(n);
    sent += gone;
    const std::size_t ofHead = std::min(gone, head.size());
    head.remove_prefix(ofHead);
    body.remove_prefix(gone - ofHead);
  }
}

void SocketStream::finish() {
  if (tls_) {
    tls_->closeNotify();
    (void)flush();
  }
  ::shutdown(descriptor_, SHUT_WR);
}

}  // namespace lianqiao::http
