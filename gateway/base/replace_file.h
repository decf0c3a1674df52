#pragma once

#include <filesystem>
#include <string_view>

namespace lianqiao::base {

/// Puts `text` into the file, for its owner alone (0600): all of it is on disk under that name, or
/// what was there before still is. False where the disk refuses; errno then says why.
bool replaceFile(const std::filesystem::path& file, std::string_view text);

}  // namespace lianqiao::base
