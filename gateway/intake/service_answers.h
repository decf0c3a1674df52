#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "lianqiao/http.h"
#include "lianqiao/result.h"

/// The refusals of the peers' API. Pure functions.
namespace lianqiao::intake {

Error refusal(std::string_view code, std::string detail);
/// 405 with Allow.
HttpResponse methodNotAllowed(std::string_view allowed);
/// With Retry-After.
HttpResponse retryLater(Error error, std::chrono::seconds after);
HttpResponse tooManyWait();
/// The one answer to everybody who has not proved himself.
HttpResponse unknownCaller();
/// A target with the names of its parameters alone: values may be tokens and signatures.
std::string withoutValues(std::string_view target);

}  // namespace lianqiao::intake
