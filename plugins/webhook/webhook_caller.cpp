#include "webhook/webhook_caller.h"

#include "kit/http/header_lines.h"

namespace lianqiao::webhook {
namespace {

std::optional<SigningIdentity> identityOf(const Settings& settings) {
  const auto scheme = schemeByName(settings.text("sign_scheme"));
  if (!scheme) return std::nullopt;
  return SigningIdentity{*scheme, settings.text("sign_id"), settings.text("sign_service_id"),
                         settings.secret("sign_secret").reveal()};
}

}  // namespace

WebhookCaller::WebhookCaller(const Settings& settings, Host& host)
    : host_(host),
      headers_(kit::headersOf(settings.list("headers"))),
      token_(settings.secret("token")),
      keyHeader_(settings.text("key_header")),
      key_(settings.secret("key")),
      identity_(identityOf(settings)) {}

Result<HttpResponse> WebhookCaller::send(HttpCall call, Deadline deadline) const {
  for (const auto& [name, value] : headers_) call.headers.set(name, value);
  if (!token_.empty()) call.headers.set("Authorization", "Bearer " + token_.reveal());
  if (!keyHeader_.empty()) call.headers.set(keyHeader_, key_.reveal());
  if (identity_) sign(*identity_, host_.now(), host_.nonce(8), call);
  return host_.send(call, deadline);
}

}  // namespace lianqiao::webhook
