#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "config/gateway_config.h"
#include "http/shares.h"
#include "lianqiao/http.h"
#include "lianqiao/result.h"

namespace lianqiao::http {

/// Sends the one answer of one request. May be called from any thread, exactly once; dropping it
/// unanswered sends 500.
class Responder {
 public:
  virtual ~Responder() = default;
  virtual void send(HttpResponse response) = 0;
};

/// The strict HTTP/1.1 front that peers talk to: one epoll thread parks and parses connections (a
/// complete, length-checked request or nothing), so that an idle or slow caller costs a descriptor
/// and no thread. Total deadlines, limits and TLS as in config::IntakeLimits. At the limit of
/// connections the one that has waited longest is closed: first of those that never proved a
/// caller, in whatever phase but the handler's, then of those between two requests; of one address
/// only its share is taken. Behind a trusted proxy the caller's address is the one that it tells
/// (PROXY protocol, X-Forwarded-For). Refusals that need no handler (400, 408, 413, 414, 431, 501,
/// 505, 503 at the connection limit) are answered here in the standard error shape.
class HttpFront {
 public:
  /// Called on the front's thread with every complete request; must not block: hand over and
  /// return.
  using Handler = std::function<void(HttpRequest request, std::unique_ptr<Responder> responder)>;
  /// Called once the head has arrived, before the body: the largest body to take for this request
  /// (0: none, however it is framed), or an answer that refuses it now (404, 401, 413 before
  /// 100-continue). Must not block.
  struct Admission {
    std::size_t bodyLimit = 0;
    std::optional<HttpResponse> refuse{};
    bool proved = false;  ///< The caller has shown who he is: his connection is worth keeping.
    Shares::Hold hold{};  ///< Kept until the answer; grows with the body.
  };
  using Admit = std::function<Admission(const HttpRequest& head)>;

  /// Binds and starts. Fails with config.invalid and the reason (address in use, certificate
  /// unreadable).
  static Result<std::unique_ptr<HttpFront>> start(const config::Listener& listener,
                                                  const config::IntakeLimits& limits, Admit admit,
                                                  Handler handler);
  virtual ~HttpFront() = default;
  [[nodiscard]] virtual std::uint16_t port() const = 0;
  /// Stops accepting, answers what is in flight (until the deadline), closes all. Idempotent.
  virtual void stop(std::chrono::milliseconds grace) = 0;
};

/// The one error shape: {"error":{"code":…,"message":…}} with the status of the code.
HttpResponse errorResponse(const Error& error);
/// Status of a bounded code: 400, 401, 403, 404, 405, 408, 413, 415, 422, 429, 503; 500 for what is
/// unknown.
int statusOfCode(std::string_view code);

}  // namespace lianqiao::http
