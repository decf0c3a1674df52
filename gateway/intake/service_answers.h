#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "intake/endpoint.h"
#include "lianqiao/http.h"
#include "lianqiao/result.h"

/// The refusals of the peers' API. Pure functions.
namespace lianqiao::intake {

/// What stands behind /v1/peers/{peer} and is answered by the gateway itself. All else there is for
/// the peer's adapter. openapi.yaml has each of them.
struct Address {
  std::string_view method;
  std::string_view rest;
};
inline constexpr std::array<Address, 4> kAddresses{{
    {"POST", "/records"},
    {"GET", "/records/{id}"},
    {"GET", "/outbox"},
    {"POST", "/outbox/ack"},
}};

Error refusal(std::string_view code, std::string detail);
/// 405 with Allow.
HttpResponse methodNotAllowed(std::string_view allowed);
/// With Retry-After.
HttpResponse retryLater(const Error& error, std::chrono::seconds after);
HttpResponse tooManyWait();
/// The one answer to everybody who has not proved himself.
HttpResponse unknownCaller();
/// Whether that is what stands behind the peer's name in the path of its outbox.
bool isOutbox(std::string_view rest);
/// Whether that is where a peer asks after a record of its own; then by which id.
bool isQuestion(std::string_view rest);
std::string_view questionOf(std::string_view rest);
/// Why it is not answered: what the peer asked wrongly, or that the gateway cannot look now.
HttpResponse unanswered(const Error& why);
/// Whether that is where it asks for our account of a day; then that account, or why there is none.
bool isManifest(std::string_view rest);
HttpResponse accountOf(const Endpoint& endpoint, const HttpRequest& request);
/// What a proved caller hears where there is nothing for him, now and later: 403, 404 or 405.
std::optional<HttpResponse> lastingRefusal(const HttpRequest& head, const Endpoint& endpoint,
                                           std::string_view rest);
/// What a sender may know of why nothing is stored: no addresses, no words of Redis.
std::string reasonOf(const std::optional<Error>& error);
/// A target with the names of its parameters alone: values may be tokens and signatures.
std::string withoutValues(std::string_view target);

}  // namespace lianqiao::intake
