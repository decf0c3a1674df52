#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace lianqiao::test {

/// Where the shared test data lie, which are not part of the repository; the path may not exist.
inline std::filesystem::path sharedData(const std::string& relative) {
  const char* set = std::getenv("LIANQIAO_SHARED_DATA");
  const std::filesystem::path root =
      set != nullptr ? std::filesystem::path(set)
                     : std::filesystem::path(LIANQIAO_SOURCE_DIR) / "../shared/data";
  return root / relative;
}

inline std::string readFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace lianqiao::test

/// Leaves the test, with a reason, where the shared data are absent.
#define LIANQIAO_NEEDS_SHARED_DATA(path) \
  if (!std::filesystem::exists(path))    \
  GTEST_SKIP() << (path) << " is absent: set LIANQIAO_SHARED_DATA to the shared data"
