#include "http/outbound_proxy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lianqiao/codes.h"

namespace lianqiao::http {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

config::ProxySettings settingsOf(std::vector<std::string> names = {},
                                 const std::vector<std::string>& networks = {}) {
  config::ProxySettings settings;
  settings.host = "proxy.county.gov.cn";
  settings.port = 3128;
  settings.directNames = std::move(names);
  for (const std::string& network : networks)
    settings.directNetworks.push_back(*base::IpNetwork::parse(network));
  return settings;
}

TEST(OutboundProxy, CarriesEverythingButWhatIsCalledStraight) {
  const OutboundProxy proxy(
      settingsOf({"county.gov.cn", "localhost"}, {"10.0.0.0/8", "2001:db8::/32", "192.0.2.7"}));
  for (const char* host : {"county.gov.cn", "a.b.County.GOV.cn", "county.gov.cn.", "localhost",
                           "10.9.8.7", "2001:db8::5", "192.0.2.7"}) {
    EXPECT_FALSE(proxy.carries({true, host, 443})) << host;
  }
  for (const char* host : {"othercounty.gov.cn", "gov.cn", "county.gov.cn.example", "11.0.0.1",
                           "2001:db9::5", "192.0.2.8", "10.9.8.7.example", "a.localhost.example"}) {
    EXPECT_TRUE(proxy.carries({true, host, 443})) << host;
  }
}

TEST(OutboundProxy, TellsTheAddressThatItCarries) {
  const OutboundProxy proxy(settingsOf({"localhost"}));
  ServerAddress straight{false, "localhost", 80};
  EXPECT_EQ(proxy.carry(straight), nullptr);
  EXPECT_EQ(straight.proxy, "");
  ServerAddress carried{false, "peer.example", 80};
  EXPECT_EQ(proxy.carry(carried), &proxy);
  EXPECT_EQ(carried.proxy, "proxy.county.gov.cn:3128");
}

TEST(OutboundProxy, WithoutAHostItCarriesNothing) {
  EXPECT_FALSE(OutboundProxy(config::ProxySettings()).carries({false, "a.example", 80}));
}

TEST(OutboundProxy, ShowsCredentialsWhereItHasThem) {
  config::ProxySettings settings = settingsOf();
  EXPECT_EQ(OutboundProxy(settings).authorization(), "");
  // RFC 7617 §2.
  settings.user = "Aladdin";
  settings.password = Secret("open sesame");
  const OutboundProxy proxy(settings);
  EXPECT_EQ(proxy.authorization(), "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n");
  EXPECT_EQ(proxy.connectRequest({true, "2001:db8::5", 443}),
            "CONNECT [2001:db8::5]:443 HTTP/1.1\r\nHost: [2001:db8::5]:443\r\n"
            "User-Agent: lianqiao\r\n" +
                proxy.authorization() + "\r\n");
}

TEST(OutboundProxy, SaysWhoseFaultARefusalIs) {
  const ServerAddress peer{true, "peer.example", 443};
  config::ProxySettings settings = settingsOf();
  const Error wants = OutboundProxy(settings).refusal(407, peer);
  EXPECT_EQ(wants.code, codes::kRefused);
  EXPECT_EQ(wants.detail,
            "outbound.proxy: proxy.county.gov.cn:3128 answered 407, it wants "
            "credentials; give outbound.proxy.user and .password");
  settings.user = "lianqiao";
  settings.password = Secret("hunter2");
  const OutboundProxy proxy(settings);
  const Error wrong = proxy.refusal(407, peer);
  EXPECT_EQ(wrong.code, codes::kRefused);
  EXPECT_THAT(wrong.detail, HasSubstr("does not accept our credentials"));
  EXPECT_THAT(wrong.detail, Not(HasSubstr("hunter2")));
  EXPECT_EQ(proxy.refusal(401, peer).code, codes::kRefused);
  EXPECT_THAT(proxy.refusal(401, peer).detail, HasSubstr("does not accept our credentials"));
  settings.user.clear();
  for (const int status : {401, 403, 405}) {
    const Error forbidden = OutboundProxy(settings).refusal(status, peer);
    EXPECT_EQ(forbidden.code, codes::kRefused) << status;
    EXPECT_THAT(forbidden.detail, HasSubstr("does not let us through to peer.example:443"));
    EXPECT_THAT(forbidden.detail, EndsWith("outbound.proxy.no_proxy"));
  }
  for (const int status : {302, 400, 404, 500, 502, 503, 504}) {
    const Error away = proxy.refusal(status, peer);
    EXPECT_EQ(away.code, codes::kConnect) << status;
    EXPECT_THAT(away.detail, HasSubstr("opened no way to peer.example:443"));
  }
}

}  // namespace
}  // namespace lianqiao::http
