#include "conformance/golden.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

namespace lianqiao::test {
namespace {

bool rewriting() {
  const char* wish = std::getenv("LIANQIAO_REWRITE_GOLDEN");
  return wish != nullptr && std::string_view(wish) == "1";
}

std::string_view withoutFinalNewline(std::string_view text) {
  return text.ends_with('\n') ? text.substr(0, text.size() - 1) : text;
}

std::string_view nextLine(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return line;
}

::testing::AssertionResult firstDifference(const std::filesystem::path& file,
                                           std::string_view expected, std::string_view actual) {
  std::size_t number = 0;
  std::string_view wanted;
  std::string_view got;
  while (wanted == got && !(expected.empty() && actual.empty())) {
    ++number;
    wanted = nextLine(expected);
    got = nextLine(actual);
  }
  return ::testing::AssertionFailure()
         << file.string() << ":" << number << ": differs\n  expected: " << wanted
         << "\n  actual:   " << got
         << "\nIf the new text is right, run again with LIANQIAO_REWRITE_GOLDEN=1 and review the "
            "diff.";
}

}  // namespace

::testing::AssertionResult matchesGolden(const std::filesystem::path& file,
                                         std::string_view actual) {
  const std::string_view wanted = withoutFinalNewline(actual);
  if (rewriting()) {
    std::error_code ignored;
    std::filesystem::create_directories(file.parent_path(), ignored);
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << wanted << '\n';
    out.flush();
    if (!out) return ::testing::AssertionFailure() << "cannot write " << file.string();
    return ::testing::AssertionSuccess() << "rewritten";
  }
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    return ::testing::AssertionFailure()
           << file.string() << " is missing; run once with LIANQIAO_REWRITE_GOLDEN=1 to write it";
  }
  const std::string stored{std::istreambuf_iterator<char>(in), {}};
  const std::string_view expected = withoutFinalNewline(stored);
  if (expected == wanted) return ::testing::AssertionSuccess();
  return firstDifference(file, expected, wanted);
}

}  // namespace lianqiao::test
