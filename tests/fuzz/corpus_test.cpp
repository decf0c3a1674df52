#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "fuzz/fuzz.h"

namespace lianqiao::fuzz {
namespace {

struct Input {
  std::string name;
  std::string bytes;
};

std::filesystem::path corpus() { return LIANQIAO_SOURCE_DIR "/tests/fuzz/corpus"; }

std::vector<Input> inputsOf(std::string_view target) {
  std::vector<Input> inputs{{"nothing", ""}};
  for (const auto& entry : std::filesystem::directory_iterator(corpus() / target)) {
    std::ifstream file(entry.path(), std::ios::binary);
    inputs.push_back({entry.path().filename(), {std::istreambuf_iterator<char>(file), {}}});
  }
  return inputs;
}

class FuzzCorpus : public ::testing::TestWithParam<Target> {};

TEST_P(FuzzCorpus, HoldsItsPromises) {
  const std::vector<Input> inputs = inputsOf(GetParam().name);
  ASSERT_GT(inputs.size(), 1u) << "tests/fuzz/corpus/" << GetParam().name << " wants inputs";
  for (const Input& input : inputs) {
    SCOPED_TRACE(input.name);
    EXPECT_NO_THROW(GetParam().run(input.bytes));
  }
}

// Most decoders fail where bytes are missing: every input is tried with its end cut off, too.
TEST_P(FuzzCorpus, HoldsThemForInputsThatAreCutShort) {
  constexpr std::size_t kPlaces = 24;
  for (const Input& input : inputsOf(GetParam().name)) {
    SCOPED_TRACE(input.name);
    const std::size_t step = std::max<std::size_t>(1, input.bytes.size() / kPlaces);
    for (std::size_t size = 0; size < input.bytes.size(); size += step)
      EXPECT_NO_THROW(GetParam().run(std::string_view(input.bytes).substr(0, size)))
          << "first " << size << " bytes";
  }
}

INSTANTIATE_TEST_SUITE_P(Decoders, FuzzCorpus, ::testing::ValuesIn(targets()),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(FuzzCorpusFolder, IsSmallAndHasNoStrangers) {
  std::uintmax_t bytes = 0;
  for (const auto& folder : std::filesystem::directory_iterator(corpus())) {
    const std::string name = folder.path().filename();
    EXPECT_TRUE(std::any_of(targets().begin(), targets().end(),
                            [&name](const Target& t) { return t.name == name; }))
        << "corpus/" << name << " has no target";
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      bytes += entry.file_size();
  }
  EXPECT_LT(bytes, 500u << 10);
}

}  // namespace
}  // namespace lianqiao::fuzz
