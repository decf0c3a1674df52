#pragma once

#include <string>

#include "lianqiao/http.h"
#include "lianqiao/result.h"

/// Answers of the admin API. Pure.
namespace lianqiao::admin {

[[nodiscard]] HttpResponse jsonResponse(int status, std::string body);
/// {"error":{"code","message"}}, with the status that fits the code.
[[nodiscard]] HttpResponse errorOf(const Error& error);
[[nodiscard]] HttpResponse notFound(std::string what);

}  // namespace lianqiao::admin
