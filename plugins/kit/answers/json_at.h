#pragma once

#include <string>
#include <string_view>

#include "lianqiao/json.h"

namespace lianqiao::kit {

/// The value at a dotted path below `root`, or nullptr. An empty path is `root` itself.
const json::Value* at(const json::Value& root, std::string_view path);

/// A code or an id as text: platforms write texts, numbers and booleans alike. Empty for nullptr,
/// null, an array or an object. Valid as long as the document.
std::string_view scalarText(const json::Value* value);

/// A field as both sides compare it: a text or number as it stands, a list or object as compact
/// JSON, nothing for nullptr and null.
std::string fieldText(const json::Value* value);

}  // namespace lianqiao::kit
