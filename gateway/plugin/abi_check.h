#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "lianqiao/abi.h"
#include "lianqiao/result.h"

namespace lianqiao::plugin {

/// Reads the tag out of a file without loading it. Fails with plugin.load, the detail beginning
/// with the path: no such file, no shared object, damaged, no adapter. `file` is what the messages
/// call it.
Result<AbiTag> readTag(const std::filesystem::path& file);

/// Tells one build of an adapter from another: a digest of the file's bytes, as 16 hex digits.
/// Fails with plugin.load.
Result<std::string> buildOf(const std::filesystem::path& file);

/// Compares a tag with what this gateway was built with, and its name with `name`. Fails with
/// plugin.abi (both numbers and the remedy) or, for the name, with plugin.load.
Result<void> checkTag(const std::filesystem::path& file, const AbiTag& tag, std::string_view name);

}  // namespace lianqiao::plugin
