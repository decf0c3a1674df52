#pragma once

#include <string_view>

#include "admin/api.h"

namespace lianqiao::admin {

/// Where the addresses of lists begin.
inline constexpr std::string_view kResends = "/v1/resends";

/// To a request about a list of what is to be sent again; api.h has the addresses.
HttpResponse resendAnswer(const Backend& backend, const HttpRequest& request);

}  // namespace lianqiao::admin
