#pragma once

#include <string>
#include <string_view>

#include "lianqiao/result.h"

namespace lianqiao::schema {

/// Rewrites an ECMA-262 regular expression (the dialect of JSON Schema, unicode mode) for RE2,
/// which runs in linear time whatever the input. \uXXXX, \u{X}, \cX, \s and \S, long names of \p{…}
/// get the form that RE2 knows. Refused (config.invalid): back references, look-around, and what
/// only RE2 knows (\A, \z, \C, \Q, \a, (?i), named groups in its spelling), so that a schema means
/// the same elsewhere. One difference stays: `.` does not match \n, but matches \r, U+2028 and
/// U+2029.
[[nodiscard]] Result<std::string> toRe2(std::string_view ecma);

}  // namespace lianqiao::schema
