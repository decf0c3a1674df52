#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace lianqiao::plugin {

inline std::string readBytes(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// Folder of the adapters that are wrong on purpose (tests/bad_plugins).
inline std::filesystem::path badPlugins() {
  return std::filesystem::path(LIANQIAO_BUILD_DIR) / "bad_plugins";
}

}  // namespace lianqiao::plugin
