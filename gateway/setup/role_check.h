#pragma once

#include "config/load.h"

namespace lianqiao::setup {

/// Makes what the adapter of each peer that is switched on makes out of its settings, as a start
/// would, but on a host that sends nothing and whose folder is a temporary one; and forgets it
/// again. Finds settings that an adapter refuses, peers with inbound mappings from which nothing
/// can come (a drop folder without `folder`), and routes to peers that nothing can be sent to (a
/// webhook without `url`). Says nothing about a peer whose settings have errors already.
void checkRoles(const config::Contents& reading, const config::AdapterLookup& adapter,
                yaml::Findings& findings);

}  // namespace lianqiao::setup
