#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "intake/endpoint.h"
#include "lianqiao/http.h"
#include "lianqiao/result.h"

/// The refusals of the peers' API. Pure functions.
namespace lianqiao::intake {

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
/// What a proved caller hears where there is nothing for him, now and later: 403, 404 or 405.
std::optional<HttpResponse> lastingRefusal(const HttpRequest& head, const Endpoint& endpoint,
                                           std::string_view rest);
/// What a sender may know of why nothing is stored: no addresses, no words of Redis.
std::string reasonOf(const std::optional<Error>& error);
/// A target with the names of its parameters alone: values may be tokens and signatures.
std::string withoutValues(std::string_view target);

}  // namespace lianqiao::intake
