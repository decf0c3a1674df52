#include "intake/service_answers.h"

#include <algorithm>

#include "intake/http_front.h"
#include "lianqiao/codes.h"

namespace lianqiao::intake {

Error refusal(std::string_view code, std::string detail) {
  return {std::string(code), std::move(detail)};
}

HttpResponse methodNotAllowed(std::string_view allowed) {
  HttpResponse response =
      errorResponse(refusal(codes::kMethod, "This address takes " + std::string(allowed) + "."));
  response.headers.set("Allow", std::string(allowed));
  return response;
}

HttpResponse retryLater(Error error, std::chrono::seconds after) {
  HttpResponse response = errorResponse(error);
  response.headers.set("Retry-After", std::to_string(std::max<std::int64_t>(1, after.count())));
  return response;
}

HttpResponse tooManyWait() {
  return retryLater(
      refusal(codes::kOverloaded, "Too many requests of this peer wait; try again later."),
      std::chrono::seconds(2));
}

std::string withoutValues(std::string_view target) {
  const std::size_t path = target.find('?');
  std::string kept(target.substr(0, path));
  if (path == std::string_view::npos) return kept;
  bool value = false;
  for (const char c : target.substr(path)) {
    if (c == '&') value = false;
    if (!value) kept += c;
    if (c == '=') value = true;
  }
  return kept;
}

HttpResponse unknownCaller() {
  return errorResponse(refusal(
      codes::kUnauthenticated,
      "The gateway does not know this caller. Check the peer's name in the address, the credential "
      "and how it is sent or signs, and your clock against the Date of this answer. The gateway's "
      "administrator finds the cause in its log."));
}

}  // namespace lianqiao::intake
