#include "http/tls_server.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <climits>

#include "lianqiao/codes.h"

namespace lianqiao::http {

namespace {

Error unusable(std::string_view what, const std::filesystem::path& file) {
  std::string reason = "unknown reason";
  if (const unsigned long code = ERR_get_error(); code != 0) {
    if (const char* text = ERR_reason_error_string(code); text != nullptr) reason = text;
  }
  ERR_clear_error();
  return {codes::kConfig, "tls: cannot use " + std::string(what) + " " + file.string() + ": " +
                              reason + "; give a readable PEM file"};
}

}  // namespace

Result<std::shared_ptr<TlsServer>> TlsServer::make(const config::TlsSettings& settings) {
  std::shared_ptr<TlsServer> server(new TlsServer(SSL_CTX_new(TLS_server_method())));
  SSL_CTX* context = server->context_;
  if (context == nullptr) return unusable("OpenSSL for", settings.certificate);
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  static constexpr unsigned char kSessionScope[] = "lianqiao";
  SSL_CTX_set_session_id_context(context, kSessionScope, sizeof kSessionScope - 1);
  if (SSL_CTX_use_certificate_chain_file(context, settings.certificate.c_str()) != 1) {
    return unusable("the certificate", settings.certificate);
  }
  if (SSL_CTX_use_PrivateKey_file(context, settings.key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context) != 1) {
    return unusable("the key", settings.key);
  }
  if (!settings.clientAuthority.empty()) {
    if (SSL_CTX_load_verify_locations(context, settings.clientAuthority.c_str(), nullptr) != 1) {
      return unusable("the clients' authority", settings.clientAuthority);
    }
    SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(settings.clientAuthority.c_str()));
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  return server;
}

TlsServer::~TlsServer() { SSL_CTX_free(context_); }

TlsSession::TlsSession(std::shared_ptr<TlsServer> server) : server_(std::move(server)) {
  ssl_ = SSL_new(server_->context_);
  in_ = BIO_new(BIO_s_mem());
  out_ = BIO_new(BIO_s_mem());
  BIO_set_mem_eof_return(in_, -1);
  SSL_set_bio(ssl_, in_, out_);
  SSL_set_accept_state(ssl_);
}

TlsSession::~TlsSession() { SSL_free(ssl_); }

void TlsSession::feed(std::string_view ciphertext) {
  while (!ciphertext.empty()) {
    const auto piece = static_cast<int>(std::min<std::size_t>(ciphertext.size(), INT_MAX));
    const int taken = BIO_write(in_, ciphertext.data(), piece);
    if (taken <= 0) return;
    ciphertext.remove_prefix(static_cast<std::size_t>(taken));
  }
}

TlsSession::State TlsSession::read(char* to, std::size_t room, std::size_t& bytes) {
  bytes = 0;
  ERR_clear_error();
  const int got = SSL_read_ex(ssl_, to, room, &bytes);
  const int reason = got == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl_, got);
  collect();
  switch (reason) {
    case SSL_ERROR_NONE:
      return State::ok;
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      return State::need_more;
    case SSL_ERROR_ZERO_RETURN:
      return State::closed;
    default:
      ERR_clear_error();
      return State::failed;
  }
}

TlsSession::State TlsSession::write(std::string_view plain) {
  ERR_clear_error();
  std::size_t written = 0;
  const int done = plain.empty() ? 1 : SSL_write_ex(ssl_, plain.data(), plain.size(), &written);
  collect();
  ERR_clear_error();
  return done == 1 ? State::ok : State::failed;
}

void TlsSession::closeNotify() {
  if (handshaken()) SSL_shutdown(ssl_);
  ERR_clear_error();
  collect();
}

bool TlsSession::handshaken() const { return SSL_is_init_finished(ssl_) == 1; }

std::string& TlsSession::pending() { return pending_; }

void TlsSession::collect() {
  char* data = nullptr;
  const long size = BIO_get_mem_data(out_, &data);
  if (size <= 0) return;
  pending_.append(data, static_cast<std::size_t>(size));
  (void)BIO_reset(out_);
}

}  // namespace lianqiao::http
