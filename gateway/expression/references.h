#pragma once

#include <map>
#include <string>
#include <vector>

#include "record/reference.h"

namespace lianqiao::expression {

/// The cross-references of one run of a mapping: what is known is handed in, what was not known is
/// told. Filled by who can look them up, for a mapping has no I/O.
struct References {
  std::map<record::Reference, std::string> keys;  ///< Inbound: our key of each that is known.
  std::vector<record::Reference> unknown;  ///< Inbound: what the last run did not find there.
  std::string theirs;  ///< Outbound: the destination's own id of the thing; empty: not known.
};

}  // namespace lianqiao::expression
