#pragma once

#include <string_view>
#include <vector>

#include "record/journal.h"

namespace lianqiao::review {

/// Adds what the journal would have told of one record's deliveries to `peer`, from the record's
/// own fields (queue/FORMAT.md): `state` is `d:<peer>`, `failed` is `h:<peer>`. Pure.
void appendRetold(std::string_view record, std::string_view peer, std::string_view state,
                  std::string_view failed, std::vector<record::JournalEntry>& entries);

}  // namespace lianqiao::review
