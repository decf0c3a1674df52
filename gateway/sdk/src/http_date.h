#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

/// Dates of HTTP headers (RFC 9110 §5.6.7), IMF-fixdate only, without the C library's locale.
namespace lianqiao {

/// "Tue, 14 Nov 2023 22:13:20 GMT". REQUIRES: a year of four digits.
std::string formatHttpDate(std::chrono::sys_seconds time);
/// Nullopt unless every character is as formatHttpDate would write it.
std::optional<std::chrono::sys_seconds> parseHttpDate(std::string_view text);

}  // namespace lianqiao
