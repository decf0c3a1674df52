#pragma once

#include <string>

#include "lianqiao/http.h"
#include "lianqiao/result.h"
#include "review/record_store.h"

/// What a request to the admin API says in its query. Pure. Fails with intake.malformed, in words
/// for whoever sent it.
namespace lianqiao::admin {

/// A person's words, fit for a line of the log and of a trail: without controls, numbers masked.
Result<std::string> wordsOf(const std::string& name, const HttpRequest& request);

/// Which exceptions are meant: peer, code, after, limit (1 to 1000), from, to.
Result<review::ExceptionFilter> filterOf(const HttpRequest& request);

}  // namespace lianqiao::admin
