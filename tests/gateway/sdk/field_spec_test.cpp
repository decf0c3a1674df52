#include "lianqiao/field_spec.h"

#include <gtest/gtest.h>

namespace lianqiao {
namespace {

Settings sample() {
  Settings settings;
  settings.set("url", std::string("http://peer"));
  settings.set("key", Secret("hidden"));
  settings.set("limit", std::int64_t{5});
  settings.set("on", true);
  settings.set("wait", std::chrono::milliseconds(1500));
  settings.set("names", std::vector<std::string>{"a", "b"});
  return settings;
}

TEST(Settings, GiveEachKind) {
  const Settings settings = sample();
  EXPECT_EQ(settings.text("url"), "http://peer");
  EXPECT_EQ(settings.secret("key").reveal(), "hidden");
  EXPECT_EQ(settings.integer("limit"), 5);
  EXPECT_TRUE(settings.boolean("on"));
  EXPECT_EQ(settings.duration("wait"), std::chrono::milliseconds(1500));
  EXPECT_EQ(settings.list("names").size(), 2u);
  EXPECT_TRUE(settings.has("url"));
  EXPECT_FALSE(settings.has("nothing"));
}

TEST(SettingsDeathTest, AbortOnAnUnknownName) {
  EXPECT_DEATH((void)sample().text("ulr"), "setting 'ulr' was asked for but is neither given");
}

TEST(SettingsDeathTest, AbortOnTheWrongKindWithoutShowingTheValue) {
  EXPECT_DEATH((void)sample().text("key"), "'key' was asked for as text but is of kind secret");
  EXPECT_DEATH((void)sample().duration("limit"), "as duration but is of kind integer");
}

}  // namespace
}  // namespace lianqiao
