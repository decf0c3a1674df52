#include "intake/service_answers.h"

#include <algorithm>

#include "http/http_front.h"
#include "lianqiao/codes.h"
#include "redis/obstacle.h"

namespace lianqiao::intake {

namespace {

constexpr std::string_view kQuestion = "/records/";

/// 405 where the address is one of ours and takes another method.
std::optional<HttpResponse> wrongMethod(const HttpRequest& head, std::string_view rest) {
  const std::string_view known = isQuestion(rest) ? std::string_view("/records/{id}") : rest;
  for (const Address& one : kAddresses)
    if (one.rest == known && one.method != head.method) return methodNotAllowed(one.method);
  return std::nullopt;
}

}  // namespace

Error refusal(std::string_view code, std::string detail) {
  return {std::string(code), std::move(detail)};
}

HttpResponse methodNotAllowed(std::string_view allowed) {
  HttpResponse response = http::errorResponse(
      refusal(codes::kMethod, "This address takes " + std::string(allowed) + "."));
  response.headers.set("Allow", std::string(allowed));
  return response;
}

HttpResponse retryLater(const Error& error, std::chrono::seconds after) {
  HttpResponse response = http::errorResponse(error);
  response.headers.set("Retry-After", std::to_string(std::max<std::int64_t>(1, after.count())));
  return response;
}

HttpResponse tooManyWait() {
  return retryLater(
      refusal(codes::kOverloaded, "Too many requests of this peer wait; try again later."),
      std::chrono::seconds(2));
}

std::string reasonOf(const std::optional<Error>& error) {
  if (!error) return {};
  std::string_view reason = redis::publicReason(error->code);
  if (error->code == codes::kQueueFull) reason = "what waits to be stored has reached its limit";
  if (error->code == codes::kQueueRefused) reason = "the store refuses what this record needs";
  return reason.empty() ? " (" + error->code + ")"
                        : " (" + error->code + ": " + std::string(reason) + ")";
}

bool isOutbox(std::string_view rest) { return rest == "/outbox" || rest == "/outbox/ack"; }

bool isQuestion(std::string_view rest) {
  return rest.size() > kQuestion.size() && rest.starts_with(kQuestion);
}

std::string_view questionOf(std::string_view rest) { return rest.substr(kQuestion.size()); }

HttpResponse unanswered(const Error& why) {
  if (why.code == codes::kNotFound || why.code == codes::kMalformed)
    return http::errorResponse(why);
  return retryLater(refusal(codes::kQueueAway, "The gateway cannot look just now" + reasonOf(why) +
                                                   "; ask again later."),
                    std::chrono::seconds(5));
}

bool isManifest(std::string_view rest) { return rest == "/manifest"; }

HttpResponse accountOf(const Endpoint& endpoint, const HttpRequest& request) {
  auto text = endpoint.manifest(request);
  if (!text) return http::errorResponse(text.error());
  HttpResponse response;
  response.headers.add("Content-Type", "application/json; charset=utf-8");
  response.body = std::move(*text);
  return response;
}

std::optional<HttpResponse> lastingRefusal(const HttpRequest& head, const Endpoint& endpoint,
                                           std::string_view rest) {
  const auto forbidden = [](std::string why) {
    return http::errorResponse(refusal(codes::kForbidden, std::move(why)));
  };
  if (!endpoint.enabled) return forbidden("This peer is switched off at the gateway.");
  if (isOutbox(rest)) {
    if (!endpoint.pull) return forbidden("This peer has no outbox; it is set to be delivered to.");
    if (!endpoint.authenticator.provesFetchers()) {
      return forbidden(
          "This peer's adapter proves who sends, not who fetches: its outbox stays shut.");
    }
    return wrongMethod(head, rest);
  }
  if (isQuestion(rest)) {
    if (!endpoint.authenticator.provesFetchers() || !endpoint.authenticator.provesCallers()) {
      return forbidden(
          "Nobody who asks proves to be this peer: what became of its records is not told. Set "
          "inbound.auth to a token or a signature.");
    }
    return wrongMethod(head, rest);
  }
  if (isManifest(rest)) {
    if (!endpoint.manifest)
      return forbidden("This peer is not set to be reconciled: the gateway has no account for it.");
    if (!endpoint.authenticator.provesFetchers())
      return forbidden("This peer's adapter proves who sends, not who asks: it gets no account.");
    if (head.method != "GET") return methodNotAllowed("GET");
    return std::nullopt;
  }
  if (endpoint.receiver == nullptr)
    return forbidden(
        "This peer is not set to send: its adapter receives nothing, or it has no inbound "
        "mapping.");
  if (rest.empty() || rest == "/") {
    return http::errorResponse(
        refusal(codes::kNotFound, "Records go to POST /v1/peers/{peer}/records."));
  }
  return wrongMethod(head, rest);
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
  return http::errorResponse(refusal(
      codes::kUnauthenticated,
      "The gateway does not know this caller. Check the peer's name in the address, the credential "
      "and how it is sent or signs, and your clock against the Date of this answer. The gateway's "
      "administrator finds the cause in its log."));
}

}  // namespace lianqiao::intake
