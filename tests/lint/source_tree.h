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

/// How a command of the shell ended, as ::pclose tells it, and what it said on both its outputs.
struct Ran {
  int status = 0;
  std::string said;
};

Ran run(const std::string& command);

}  // namespace lianqiao::lint
