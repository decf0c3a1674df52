#pragma once

#include <string>
#include <string_view>

#include "plugin/describe.h"

namespace lianqiao::cli {

/// The one peer of a status of the admin API, whole, for a terminal.
std::string statusPeerView(std::string_view statusJson, plugin::Language language);

}  // namespace lianqiao::cli
