#include "cli/arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lianqiao::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Result<Arguments> parse(const std::vector<const char*>& texts) {
  return parseArguments(static_cast<int>(texts.size()), texts.data(), {"config", "limit"},
                        {"json"});
}

TEST(Arguments, TakesWordsOptionsAndFlags) {
  const auto parsed = parse({"trail", "--config", "etc", "X-1", "--limit=5", "--json"});
  ASSERT_TRUE(parsed.ok());
  EXPECT_THAT(parsed->words, ElementsAre("trail", "X-1"));
  EXPECT_EQ(parsed->get("config"), "etc");
  EXPECT_TRUE(parsed->has("json"));
  EXPECT_EQ(parsed->number("limit", 1).value(), 5u);
  EXPECT_EQ(parse({})->number("limit", 1).value(), 1u);
}

TEST(Arguments, AnUnknownOptionIsAnErrorThatNamesTheNearOne) {
  const auto near = parse({"--confg", "etc"});
  ASSERT_FALSE(near.ok());
  EXPECT_THAT(near.error().detail, HasSubstr("Did you mean --config?"));
  const auto far = parse({"--whatever"});
  ASSERT_FALSE(far.ok());
  EXPECT_EQ(far.error().detail.find("Did you mean"), std::string::npos);
}

TEST(Arguments, AFlagTakesNoValueAndAnOptionNeedsOne) {
  EXPECT_THAT(parse({"--json=yes"}).error().detail, HasSubstr("takes no value"));
  EXPECT_THAT(parse({"--config"}).error().detail, HasSubstr("needs a value"));
  EXPECT_THAT(parse({"--config", "--json"}).error().detail, HasSubstr("needs a value"));
  EXPECT_FALSE(parse({"--limit", "5x"})->number("limit", 1).ok());
}

}  // namespace
}  // namespace lianqiao::cli
