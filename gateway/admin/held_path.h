#pragma once

#include <string>
#include <string_view>

#include "lianqiao/result.h"
#include "review/record_store.h"

namespace lianqiao::admin {

/// The path as it is stored of a leaf of that peer that is held, by what the status shows of it
/// (numbers of persons in it are masked) or by itself; `shown` again where none is held by it.
/// Fails with intake.malformed where several are shown alike, and as RecordStore::held().
Result<std::string> heldPath(review::RecordStore& records, std::string_view peer,
                             const std::string& shown);

}  // namespace lianqiao::admin
