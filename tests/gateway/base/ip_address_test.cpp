#include "base/ip_address.h"

#include <gtest/gtest.h>

namespace lianqiao::base {
namespace {

TEST(IpAddress, ReadsAddressesWithAndWithoutPort) {
  for (const char* text : {"10.0.0.1", "10.0.0.1:80", "::ffff:10.0.0.1", "[::ffff:10.0.0.1]:80"}) {
    const auto address = IpAddress::parse(text);
    ASSERT_TRUE(address) << text;
    EXPECT_TRUE(address->isV4());
    EXPECT_EQ(address->text(), "10.0.0.1");
  }
  for (const char* text : {"2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:65535"}) {
    const auto address = IpAddress::parse(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->text(), "2001:db8::1");
  }
  for (const char* text :
       {"", "a", "10.0.0", "10.0.0.256", "10.0.0.1:", "10.0.0.1:65536", "10.0.0.1:x", "[10.0.0.1]",
        "[::1", "[::1]80", "::1::", "fe80::1%eth0"}) {
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  }
}

TEST(IpNetwork, ContainsWhatBeginsAsItDoes) {
  const auto contains = [](const char* network, const char* address) {
    return IpNetwork::parse(network).value().contains(IpAddress::parse(address).value());
  };
  EXPECT_TRUE(contains("10.0.0.0/8", "10.255.0.1"));
  EXPECT_FALSE(contains("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(contains("10.0.0.4/30", "10.0.0.7"));
  EXPECT_FALSE(contains("10.0.0.4/30", "10.0.0.8"));
  EXPECT_TRUE(contains("10.0.0.5", "10.0.0.5"));
  EXPECT_FALSE(contains("10.0.0.5", "10.0.0.4"));
  EXPECT_TRUE(contains("2001:db8::/32", "2001:db8:1::1"));
  EXPECT_FALSE(contains("2001:db8::/32", "2001:db9::1"));
  for (const char* text :
       {"", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/a", "10.0.0.0:80/8", "[::]/0",
        "::ffff:10.0.0.0/104", "2001:db8::1/64", "2001:db8::/129"}) {
    EXPECT_FALSE(IpNetwork::parse(text)) << text;
  }
}

TEST(IpNetwork, OneSubscriberOfIpv6IsOneCaller) {
  const auto caller = [](const char* text) { return callerOf(IpAddress::parse(text).value()); };
  EXPECT_EQ(caller("2001:db8:1:2::1"), caller("2001:db8:1:2:ffff::2"));
  EXPECT_NE(caller("2001:db8:1:2::1"), caller("2001:db8:1:3::1"));
  EXPECT_NE(caller("10.0.0.1"), caller("10.0.0.2"));
}

}  // namespace
}  // namespace lianqiao::base
