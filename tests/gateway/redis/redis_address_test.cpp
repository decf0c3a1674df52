#include "redis/redis_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lianqiao::redis {
namespace {

TEST(RedisAddress, ReadsEveryPartOfAUrl) {
  const auto address = parseRedisUrl("redis://app:p%40ss@redis.local:6380/2");
  ASSERT_TRUE(address.ok());
  EXPECT_EQ(address->host, "redis.local");
  EXPECT_EQ(address->port, 6380);
  EXPECT_EQ(address->user, "app");
  EXPECT_EQ(address->password.reveal(), "p@ss");
  EXPECT_EQ(address->database, 2);
  EXPECT_EQ(address->text(), "redis.local:6380");
}

TEST(RedisAddress, ReadsShortForms) {
  EXPECT_EQ(parseRedisUrl("redis://10.0.0.1")->port, 6379);
  EXPECT_EQ(parseRedisUrl("redis://[::1]:7000")->host, "::1");
  EXPECT_EQ(parseRedisUrl("redis://[::1]:7000")->port, 7000);
  EXPECT_EQ(parseRedisUrl("redis://:secret@h")->password.reveal(), "secret");
  EXPECT_EQ(parseRedisUrl("unix:///run/redis/redis.sock")->socket, "/run/redis/redis.sock");
  EXPECT_EQ(parseRedisUrl("unix:///r.sock?db=4")->database, 4);
}

TEST(RedisAddress, RefusesWhatItCannotMean) {
  for (const char* url :
       {"", "localhost:6379", "rediss://h", "redis://", "redis://h:0", "redis://h:99999",
        "redis://h:x", "redis://h/db", "unix://relative", "unix:///s?port=1"}) {
    const auto address = parseRedisUrl(url);
    ASSERT_FALSE(address.ok()) << url;
    EXPECT_EQ(address.error().code, "config.invalid");
    EXPECT_THAT(address.error().detail, ::testing::HasSubstr("redis://[user:password@]host"));
  }
}

}  // namespace
}  // namespace lianqiao::redis
