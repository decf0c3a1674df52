#pragma once

#include "config/load.h"

namespace lianqiao::setup {

/// Warns (in `reading`) of paths of inbound mappings that none of the mapping's samples has: most
/// are misspelt, and a field that stays absent is no error anywhere else. The samples of a mapping
/// are the files of `samples/` in the configuration folder whose name up to its first dot is the
/// mapping's, or that of a peer with this mapping alone; they are read as the peer's adapter reads
/// them; warns of one of which nothing can be read, too. At most kMostSamples items count. Says
/// nothing about a mapping or a peer that has errors already, nor where there is no sample.
void checkSamples(config::Contents& reading, const config::AdapterLookup& adapter,
                  const yaml::Findings& findings);

inline constexpr std::size_t kMostSamples = 10'000;

}  // namespace lianqiao::setup
