#include "config/reach.h"

#include <gtest/gtest.h>

namespace lianqiao::config {
namespace {

TEST(Reach, LoopbackIsWhatOnlyThisMachineReaches) {
  for (const char* host : {"127.0.0.1", "127.255.0.9", "::1", "localhost", "LocalHost",
                           "localhost.", "a.localhost", "::ffff:127.0.0.1"})
    EXPECT_TRUE(isLoopback(host)) << host;
  for (const char* host : {"0.0.0.0", "::", "10.0.0.1", "127.county.gov.cn", "localhost.example",
                           "mylocalhost", "128.0.0.1", ""})
    EXPECT_FALSE(isLoopback(host)) << host;
}

}  // namespace
}  // namespace lianqiao::config
