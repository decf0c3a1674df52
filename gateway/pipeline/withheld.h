#pragma once

#include <optional>

#include "lianqiao/json.h"
#include "record/schema_set.h"

namespace lianqiao::pipeline {

/// The event without what its own flags withhold from other platforms (`x-withholds`, in
/// schemas/README.md), and then without the rest, in which the same may stand under the names of
/// its source. nullopt: nothing is withheld. Pure; what is made lives in `memory`.
std::optional<json::Value> withoutWithheld(const json::Value& event, const record::TypeSchema& type,
                                           json::Document& memory);

}  // namespace lianqiao::pipeline
