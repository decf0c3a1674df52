#pragma once

#include <string>

#include "admin/api.h"

/// What a person does to the history.
namespace lianqiao::admin {

/// `act` is what stands behind /v1/history/:
///   verify    {"records","contents","sent","problems":[…]}: reads all of it
///   rebuild   202: makes up from the queue what it does not know; status tells how far
///   erase     ?number=: {"records"}: blanks what is kept of one person
///   acts      {"acts":[{"at","who","what","why"}]}: the last 1000 acts
/// rebuild and erase want `by` and `reason`, which the history keeps.
HttpResponse historyAct(const Backend& backend, const std::string& act, const HttpRequest& request);

}  // namespace lianqiao::admin
