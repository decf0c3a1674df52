#pragma once

#include "config/load.h"

namespace lianqiao::app {

/// Finds routes to peers whose adapter makes no sink out of their settings (a webhook without
/// `url`): what is owed to those would wait for ever. Asks the adapters' factories, which send
/// nothing; what a factory throws is the start's to tell.
void checkSinks(const config::Contents& reading, const config::AdapterLookup& adapter,
                config::Findings& findings);

}  // namespace lianqiao::app
