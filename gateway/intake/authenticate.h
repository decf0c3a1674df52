#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "config/gateway_config.h"
#include "lianqiao/descriptor.h"
#include "lianqiao/http.h"
#include "lianqiao/result.h"

namespace lianqiao::intake {

/// What an adapter says of callers that it proves itself, with the skew of one peer's settings.
struct HeadMarks {
  CallerMarks of{};
  std::chrono::milliseconds skew{0};
};

/// Tells whether a request comes from the peer that it claims: bearer token or one of the signature
/// families of lianqiao/signing.h. Kinds none and adapter pass; an adapter checks by itself.
/// Thread-safe.
class Authenticator {
 public:
  /// queue::WorkQueue::rememberNonce; may block on the queue's server.
  using RememberNonce =
      std::function<Result<bool>(std::string_view scope, std::string_view nonce,
                                 std::string_view use, std::chrono::milliseconds keep)>;

  /// `clock` must outlive the object. `peer` is the scope of nonces: two peers may use the same
  /// one.
  Authenticator(std::string peer, config::CallerAuth auth, const base::Clock& clock,
                RememberNonce remember, HeadMarks marks = {});

  /// What can be judged before the body is let in, without waiting: all of a token; of a signature
  /// all that covers no body; the marks of callers whom the adapter proves. True: the caller is
  /// proved (or needs no proof). Fails as check().
  [[nodiscard]] Result<bool> checkHead(const HttpRequest& head) const;

  /// May wait for the queue's server. Fails with intake.unauthenticated, intake.clock_skew or
  /// intake.replayed_nonce, or with what the nonce memory failed with: a replay that cannot be
  /// ruled out is not let in. A request with a wrong signature uses up no nonce. The same request
  /// under the same nonce passes again, unless it is a GET: after a 503 a caller repeats what it
  /// sent, and the queue knows what it has. Schemes without a nonce (gjgxjhpt, gjzwfwpt, bg-hmac)
  /// are bounded by their time alone.
  [[nodiscard]] Result<void> check(const HttpRequest& request) const;

  /// check() proves nothing: the adapter does, or refuses.
  [[nodiscard]] bool leavesItToTheAdapter() const {
    return auth_.kind == config::CallerAuth::Kind::adapter;
  }
  /// An adapter sees what is sent, never who fetches.
  [[nodiscard]] bool provesFetchers() const { return !leavesItToTheAdapter(); }
  /// False where nobody has anything to prove.
  [[nodiscard]] bool provesCallers() const { return auth_.kind != config::CallerAuth::Kind::none; }

 private:
  [[nodiscard]] Result<void> checkToken(const HttpRequest& request) const;
  [[nodiscard]] Result<void> checkSignature(const HttpRequest& request) const;
  [[nodiscard]] Result<void> checkMarks(const HttpRequest& head) const;
  [[nodiscard]] std::chrono::milliseconds skew() const;

  std::string peer_;
  config::CallerAuth auth_;
  const base::Clock& clock_;
  RememberNonce remember_;
  const HeadMarks marks_;
};

}  // namespace lianqiao::intake
