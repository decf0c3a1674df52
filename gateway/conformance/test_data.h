#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

/// Test data that is shared between projects and never copied into this one: the folder named by
/// LIANQIAO_SHARED_DATA, else shared/data beside the source tree. It may be absent; then a test
/// skips.
namespace lianqiao::test {

/// Where the shared data lies or would lie.
inline std::filesystem::path sharedDataRoot() {
  if (const char* named = std::getenv("LIANQIAO_SHARED_DATA"); named != nullptr && *named != 0) {
    return named;
  }
  return std::filesystem::path(LIANQIAO_SOURCE_DIR).parent_path() / "shared" / "data";
}

inline std::filesystem::path sharedData(std::string_view relative) {
  return sharedDataRoot() / relative;
}

/// Whole content of a file; empty where it cannot be read.
inline std::string readFile(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Why a test that needs `relative` cannot run; empty when it can. Use:
/// LIANQIAO_NEEDS_DATA("suites/csv").
inline std::string whyNoSharedData(std::string_view relative) {
  const std::filesystem::path wanted = sharedData(relative);
  std::error_code ignored;
  if (std::filesystem::exists(wanted, ignored)) return {};
  return wanted.string() + " is absent; set LIANQIAO_SHARED_DATA to the shared data folder";
}

}  // namespace lianqiao::test

/// Skips the running test, with the reason, where the shared data it needs is absent.
#define LIANQIAO_NEEDS_DATA(relative)                                                    \
  if (const std::string why = ::lianqiao::test::whyNoSharedData(relative); !why.empty()) \
  GTEST_SKIP() << why
