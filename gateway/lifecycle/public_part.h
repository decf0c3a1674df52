#pragma once

#include "lianqiao/json.h"
#include "record/leaf_classes.h"

namespace lianqiao::lifecycle {

/// What of the data of a record is public and short, made in `out`: what is kept of it for as long
/// as something is due, which may be longer than the record. Limits are chosen by that alone.
/// `place`: of the data in their schema.
[[nodiscard]] json::Value publicPart(const json::Value& data,
                                     const record::LeafClasses::Place& place, json::Document& out);

}  // namespace lianqiao::lifecycle
