#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lianqiao/counterpart.h"
#include "lianqiao/http.h"
#include "reconcile/our_day.h"

/// Our manifest of a day, as GET /v1/peers/{peer}/manifest answers it. Three levels, of which each
/// is asked only where the one before differs:
///   ?day=                             {"day","direction","types":[{"type","count","sum"}]}
///   ?day=&type=                       {"day","direction","type","buckets":[{"count","sum"} x 256]}
///   ?day=&type=&bucket=0a,ff&after=   {"day","direction","type","total","items":[{"id","revision",
///                                      "content","at"}],"next"}
/// Digests are those of lianqiao/counterpart.h, as hexadecimal digits. What is on its way is not in
/// it. Pure.
namespace lianqiao::reconcile {

struct ManifestRequest {
  std::string day;
  std::string direction;  ///< out: what the peer has from us. in: what it has sent us. Or empty.
  std::string type;
  std::vector<std::uint8_t> buckets;
  std::string after;
};

/// Fails with intake.malformed, in words for whoever asked.
Result<ManifestRequest> manifestRequestOf(const HttpRequest& request);

/// The answer as JSON. An item is in the order of its bucket and id.
std::string manifestText(const OurDay& ours, const HeldQuery& query,
                         const ManifestRequest& request);

/// Items in one answer, at most.
inline constexpr std::size_t kManifestPage = 2000;

}  // namespace lianqiao::reconcile
