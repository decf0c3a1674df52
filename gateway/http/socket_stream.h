#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "http/tls_server.h"

namespace lianqiao::http {

/// One accepted, non-blocking socket, plain or TLS. Owns the descriptor. Never raises SIGPIPE. Not
/// thread-safe.
class SocketStream {
 public:
  enum class State { ok, again, closed, failed };

  SocketStream(int descriptor, std::unique_ptr<TlsSession> tls);
  ~SocketStream();
  SocketStream(const SocketStream&) = delete;
  SocketStream& operator=(const SocketStream&) = delete;

  /// ok with bytes > 0; again: nothing now, the poller will tell; closed: the peer has ended its
  /// side.
  State read(char* to, std::size_t room, std::size_t& bytes);
  /// As read() of a plain socket, and leaves the bytes where they are.
  State peek(char* to, std::size_t room, std::size_t& bytes);
  /// Takes as many of the bytes that peek() gave.
  void skip(std::size_t bytes);
  /// Sends as much of head then body as the socket takes and adds to `sent`; ok when all went out.
  State write(std::string_view head, std::string_view body, std::size_t& sent);
  /// Says that nothing more will be sent, without waiting.
  void finish();

  [[nodiscard]] int descriptor() const { return descriptor_; }
  /// True when read() returned less than asked on a plain socket: it is empty, no need to ask
  /// again.
  [[nodiscard]] bool drained() const { return drained_; }
  [[nodiscard]] bool handshaking() const { return tls_ != nullptr && !tls_->handshaken(); }
  [[nodiscard]] bool encrypted() const { return tls_ != nullptr; }

 private:
  State readSocket(char* to, std::size_t room, std::size_t& bytes);
  State readTls(char* to, std::size_t room, std::size_t& bytes);
  State writeTls(std::string_view head, std::string_view body, std::size_t& sent);
  State flush();

  int descriptor_;
  bool drained_ = false;
  std::unique_ptr<TlsSession> tls_;
};

}  // namespace lianqiao::http
