#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "lianqiao/host.h"
#include "lianqiao/http.h"
#include "lianqiao/result.h"

/// Signature families of the government platforms (protocols §2), both for signing what we send and
/// for checking what we receive. One description per scheme, no scheme-specific code elsewhere.
namespace lianqiao {

/// Schemes by the prefix of their headers.
enum class Scheme {
  gjgxjhpt,     ///< §2.1 national data sharing: Base64 HMAC-SHA256(sid+rid+rtime), ms.
  gjzwfwpt,     ///< §2.2 national service platform: the same, other prefix.
  bg_hmac,      ///< §2.3 X-BG-HMAC-*: canonical request, every line ended by \n, RFC 1123 date.
  tif,          ///< §2.5 x-tif-*: SHA-256 hex of ts+token+nonce+ts, seconds.
  x_hmac_auth,  ///< §2.6 X-Hmac-Auth-*: canonical request, last line not ended.
  client_id,    ///< §2.7 X-Client-Id: Base64 HMAC-SHA256(id+ts+nonce), ms.
};

/// Name as in configuration: gjgxjhpt, gjzwfwpt, bg-hmac, tif, x-hmac-auth, client-id.
std::optional<Scheme> schemeByName(std::string_view name);
std::string_view schemeName(Scheme scheme);

/// Who signs. `id` is rid / access key / paasid / client id / apiKey; `serviceId` is sid where
/// there is one.
struct SigningIdentity {
  Scheme scheme = Scheme::gjgxjhpt;
  std::string id;
  std::string serviceId;
  std::string secret;
};

/// Adds the scheme's headers to `call`. `nonce` is used where the scheme has one.
void sign(const SigningIdentity& identity, WallTime now, std::string_view nonce, HttpCall& call);

/// Default skew by scheme: 90 s for bg_hmac, 10 min for the others.
std::chrono::milliseconds defaultSkew(Scheme scheme);

/// Checks the signature of a request (constant time, hex without case). On success returns what is
/// to be remembered against replay: the signature, which stands for all that was signed however its
/// fields were split. Empty where the scheme has no nonce: there two requests of one moment have
/// one signature, so that it tells nothing of a replay. Fails with intake.unauthenticated (the
/// detail says which header is missing or that the signature differs, never the expected value) or
/// intake.clock_skew (with the difference in seconds).
Result<std::string> verify(const SigningIdentity& identity, WallTime now,
                           std::chrono::milliseconds skew, const HttpRequest& request);

/// What of verify() needs no body, the cheap parts first: the headers there and well-formed, the
/// caller and the time right, and the signature where it covers no body. True when it was checked.
/// For callers to be judged before their body is let in; bounded by the header's size.
Result<bool> verifyHead(const SigningIdentity& identity, WallTime now,
                        std::chrono::milliseconds skew, const HttpRequest& head);

/// §2.1-3: AES key for the refreshed secret: first 16 bytes of SHA1(SHA1(appkey)).
std::string exchangeSecretKey(std::string_view appkey);

}  // namespace lianqiao
