#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "config/gateway_config.h"
#include "lianqiao/result.h"

struct ssl_ctx_st;
struct ssl_st;
struct bio_st;

namespace lianqiao::http {

/// Certificate, key and rules of one TLS listener: TLS 1.2 and 1.3, no renegotiation, no
/// compression, clients verified when clientAuthority is set. Thread-safe after made.
class TlsServer {
 public:
  /// Fails with config.invalid and names the file that cannot be used.
  static Result<std::shared_ptr<TlsServer>> make(const config::TlsSettings& settings);
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

 private:
  friend class TlsSession;
  explicit TlsServer(ssl_ctx_st* context) : context_(context) {}
  ssl_ctx_st* context_;
};

/// The TLS of one connection, between memory buffers: who owns the socket moves the bytes. Not
/// thread-safe.
class TlsSession {
 public:
  explicit TlsSession(std::shared_ptr<TlsServer> server);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  enum class State { ok, need_more, closed, failed };

  /// Takes what arrived on the socket.
  void feed(std::string_view ciphertext);
  /// Moves decrypted bytes to `to`; ok with bytes > 0, need_more when all that was fed is used up.
  State read(char* to, std::size_t room, std::size_t& bytes);
  /// Encrypts; what must go out is then in pending().
  State write(std::string_view plain);
  void closeNotify();
  /// Bytes for the socket: handshake, alerts, records. consumed() drops the first n.
  std::string& pending();
  [[nodiscard]] bool handshaken() const;

 private:
  void collect();

  std::shared_ptr<TlsServer> server_;
  ssl_st* ssl_ = nullptr;
  bio_st* in_ = nullptr;
  bio_st* out_ = nullptr;
  std::string pending_;
};

}  // namespace lianqiao::http
