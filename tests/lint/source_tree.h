#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lianqiao::lint {

/// One file of this repository.
struct SourceFile {
  std::string path;  ///< Relative to the repository, with '/'.
  std::string text;
};

/// Sources below these folders whose names end so (C++ where nothing else is said), sorted by path.
/// Build folders and node_modules are left out.
std::vector<SourceFile> sourcesBelow(const std::vector<std::string_view>& folders,
                                     const std::vector<std::string_view>& endings = {".h", ".cpp"});

std::vector<std::string_view> linesOf(std::string_view text);

/// The text with every comment replaced by nothing and literals kept; line breaks stay.
std::string withoutComments(std::string_view text);

}  // namespace lianqiao::lint
