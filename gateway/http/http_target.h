#pragma once

#include <string>
#include <string_view>

#include "lianqiao/http.h"

namespace lianqiao::http {

/// Reads a request-target (RFC 9112 §3.2) into target, path and query of `request`, whose method is
/// set. Accepts origin-form, absolute-form of http(s), and `*` for OPTIONS. For absolute-form
/// `authority` becomes the target's authority, otherwise it is left empty. Returns what is wrong,
/// or an empty view. Thread-safe.
std::string_view readTarget(std::string_view text, HttpRequest& request, std::string& authority);

/// A path with an encoded separator or dot, or with a segment of dots alone: one program sees
/// another path in it than the next. `target` as HttpRequest has it.
bool isAmbiguous(std::string_view target);

/// host [":" port] of RFC 9110 §7.2 without userinfo: a name, an IPv4 or a bracketed IPv6 address.
bool validAuthority(std::string_view text);

/// Equal as authorities of `scheme` default port 80 or 443: case and an explicit default port do
/// not count.
bool sameAuthority(std::string_view a, std::string_view b);

}  // namespace lianqiao::http
