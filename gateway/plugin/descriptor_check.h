#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lianqiao/descriptor.h"

namespace lianqiao::plugin {

/// True for what may name an adapter or a setting: [a-z][a-z0-9_]*, at most 35 bytes.
bool isLowerSnake(std::string_view name);

/// Everything that is wrong with how an adapter describes itself; empty when nothing is. Each entry
/// is a clause without the adapter's name: "setting timeout has no Chinese sentence (docZh)".
std::vector<std::string> descriptorProblems(const Descriptor& descriptor);

}  // namespace lianqiao::plugin
