#pragma once

#include <vector>

#include "lianqiao/json.h"
#include "lianqiao/result.h"
#include "schema/compiled_schema.h"

namespace lianqiao::schema {

/// Walks `value` along the compiled schema. With `problems` null it stops at the first violation.
/// Allocates nothing as long as the value is valid.
bool checkValue(const CompiledSchema& schema, const json::Value& value,
                std::vector<Problem>* problems);

}  // namespace lianqiao::schema
