#include "cli/filter_query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/rfc3339.h"

namespace lianqiao::cli {
namespace {

using ::testing::HasSubstr;

class StandingClock final : public base::Clock {
 public:
  [[nodiscard]] WallTime wall() const override { return *base::parseTime("2026-02-01T08:00:00Z"); }
  [[nodiscard]] std::chrono::steady_clock::time_point steady() const override { return {}; }
};

Result<std::string> queryOf(std::initializer_list<const char*> words) {
  const std::vector<const char*> texts(words);
  auto arguments = parseArguments(static_cast<int>(texts.size()), texts.data(),
                                  {"peer", "code", "since", "until", "from", "to"}, {});
  EXPECT_TRUE(arguments.ok());
  return filterQuery(*arguments, StandingClock());
}

TEST(FilterQuery, TakesPeerAndCode) {
  EXPECT_EQ(*queryOf({"--peer", "热线", "--code", "validate.schema"}),
            "peer=%E7%83%AD%E7%BA%BF&code=validate.schema");
  EXPECT_EQ(*queryOf({}), "");
}

TEST(FilterQuery, TakesATimeOrHowLongAgo) {
  const std::string_view two = "from=2026-02-01T06%3A00%3A00.000Z";
  EXPECT_THAT(*queryOf({"--since", "2h"}), HasSubstr(two));
  EXPECT_THAT(*queryOf({"--from", "2026-02-01T06:00:00Z"}), HasSubstr(two));
  EXPECT_THAT(*queryOf({"--until", "2h"}), HasSubstr(std::string("to").append(two.substr(4))));
}

TEST(FilterQuery, SaysWhatATimeLooksLike) {
  const auto query = queryOf({"--since", "yesterday"});
  ASSERT_FALSE(query.ok());
  EXPECT_THAT(query.error().detail, HasSubstr("--since takes a time such as"));
  EXPECT_THAT(query.error().detail, HasSubstr("\"yesterday\""));
}

}  // namespace
}  // namespace lianqiao::cli
