#include "config/proxy_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/config/folder.h"
#include "gateway/yaml/reading.h"

/// `outbound.proxy` of lianqiao.yaml and of peers.
namespace lianqiao::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A folder with the peers "own", "none" and "plain", whose proxies the test writes.
class ProxyFolder {
 public:
  explicit ProxyFolder(const std::string& gateway) {
    folder_.write("lianqiao.yaml", "adapters: [hotline]\n" + gateway);
    folder_.write("routes.yaml", "routes: []\n");
    writePeer("own", "outbound: {proxy: {url: \"http://10.9.9.9:8080\"}}\n");
    writePeer("none", "outbound: {proxy: none}\n");
    writePeer("plain", "");
  }
  void writePeer(const std::string& name, const std::string& more) const {
    folder_.write(
        "peers/" + name + ".yaml",
        "adapter: hotline\nauth: {kind: token, tokens: [\"${env:HOTLINE_TOKEN}\"]}\n" + more);
  }
  [[nodiscard]] std::vector<std::string> wrong() const {
    yaml::Findings findings;
    readAll(folder_.path(), adapterNamed, findings, secretsOfTests());
    std::vector<std::string> texts;
    for (const yaml::Finding& finding : findings.all())
      if (finding.path.find("proxy") != std::string::npos) texts.push_back(finding.text());
    return texts;
  }
  [[nodiscard]] ProxySettings of(const std::string& peer) const {
    yaml::Findings findings;
    for (const PeerConfig& one :
         readAll(folder_.path(), adapterNamed, findings, secretsOfTests()).config.peers)
      if (one.name == peer) return one.outbound.proxy;
    ADD_FAILURE() << "no peer " << peer;
    return {};
  }

 private:
  Folder folder_;
};

std::string placeOfProxy(const ProxySettings& proxy) {
  return proxy.host + ":" + std::to_string(proxy.port);
}

TEST(ProxyReader, APeerHasItsOwnOrNoneOrElseTheGateways) {
  const ProxyFolder folder(
      "outbound:\n  proxy:\n    url: http://proxy.county.gov.cn:3128/\n    user: gate\n"
      "    password: ${env:HOTLINE_TOKEN}\n"
      "    no_proxy: [.County.gov.cn, localhost, 10.0.0.0/8, \"2001:db8::5\"]\n");
  EXPECT_THAT(folder.wrong(), IsEmpty());
  const ProxySettings plain = folder.of("plain");
  EXPECT_EQ(placeOfProxy(plain), "proxy.county.gov.cn:3128");
  EXPECT_EQ(plain.user, "gate");
  EXPECT_EQ(plain.password.reveal(), "canary-7f3a");
  EXPECT_THAT(plain.directNames, ElementsAre("county.gov.cn", "localhost"));
  ASSERT_EQ(plain.directNetworks.size(), 2U);
  EXPECT_TRUE(plain.directNetworks[0].contains(*base::IpAddress::parse("10.1.2.3")));
  const ProxySettings own = folder.of("own");
  EXPECT_EQ(placeOfProxy(own), "10.9.9.9:8080");
  EXPECT_EQ(own.user, "") << "nothing of the gateway's is mixed into it";
  EXPECT_THAT(own.directNames, IsEmpty());
  EXPECT_EQ(placeOfProxy(folder.of("none")), ":0");
}

TEST(ProxyReader, WithoutAnyCallsGoStraight) {
  const ProxyFolder folder("");
  EXPECT_THAT(folder.wrong(), IsEmpty());
  EXPECT_EQ(placeOfProxy(folder.of("plain")), ":0");
}

std::vector<std::string> wrongProxy(const std::string& proxy) {
  return ProxyFolder("outbound: {proxy: " + proxy + "}\n").wrong();
}

TEST(ProxyReader, SaysWhatAProxysUrlIs) {
  const std::string url = "lianqiao.yaml:2:25: outbound.proxy.url: ";
  const std::string remedy = "; name an HTTP proxy that lets CONNECT through: http://host:port";
  EXPECT_THAT(wrongProxy("{url: \"https://10.0.0.9:3128\"}"),
              ElementsAre(url +
                          "TLS to the proxy itself is not supported; calls to https:// peers "
                          "are encrypted through a plain one" +
                          remedy));
  for (const char* socks : {"socks5://10.0.0.9:1080", "socks5h://a:1", "SOCKS4://a:1"})
    EXPECT_THAT(wrongProxy("{url: \"" + std::string(socks) + "\"}"),
                ElementsAre(url + "a SOCKS proxy is not supported" + remedy));
  EXPECT_THAT(wrongProxy("{url: \"10.0.0.9:3128\"}"),
              ElementsAre(url + "this is not a URL that can be used here; begin it with http://"));
  EXPECT_THAT(
      wrongProxy("{url: \"http://10.0.0.9\"}"),
      ElementsAre(url + "the proxy's port is missing; write it as in http://10.0.0.9:3128"));
  EXPECT_THAT(
      wrongProxy("{url: \"http://[fd00::9]\"}"),
      ElementsAre(url + "the proxy's port is missing; write it as in http://10.0.0.9:3128"));
  for (const char* host : {"p[x]", "[p]", "p]", "[10.0.0.9]x"})
    EXPECT_THAT(wrongProxy("{url: \"http://" + std::string(host) + ":3128\"}"),
                ElementsAre(testing::StartsWith(url + "the URL's host looks like an IP address")))
        << host;
  EXPECT_THAT(wrongProxy("{url: \"http://[fd00::9]:3128\"}"), IsEmpty());
  EXPECT_THAT(wrongProxy("{url: \"http://10.0.0.9:3128/proxy.pac\"}"),
              ElementsAre(url + "a proxy has no path; write http://host:port"));
  EXPECT_THAT(wrongProxy("{url: \"http://gate:canary@10.0.0.9:3128\"}"),
              ElementsAre(url + "a user or a password must not stand in a URL; give them by "
                                "settings of their own"));
}

TEST(ProxyReader, RefusesWhatIsNoProxy) {
  const std::string at = "lianqiao.yaml:2:19: outbound.proxy: ";
  for (const char* none : {"none", "http://10.0.0.9:3128", "[a]"})
    EXPECT_THAT(wrongProxy(none),
                ElementsAre(at + "this is no proxy; write {url: http://host:port}"))
        << none;
  EXPECT_THAT(wrongProxy("{user: a}"),
              ElementsAre(at + "the key 'url' is missing; write url: http://host:port",
                          at + "user and password go together; give both, or neither"));
  EXPECT_THAT(
      wrongProxy("{url: \"http://a:1\", user: \"a:b\", password: \"${env:HOTLINE_TOKEN}\"}"),
      ElementsAre("lianqiao.yaml:2:45: outbound.proxy.user: a user of a proxy has no ':' in it; "
                  "give the part behind it as password, from a secret"));
  EXPECT_THAT(wrongProxy("{url: \"http://a:1\", user: \"\", password: \"${env:HOTLINE_TOKEN}\"}"),
              ElementsAre("lianqiao.yaml:2:45: outbound.proxy.user: the user is empty, so no "
                          "credentials would be shown; name the user that the proxy knows, or "
                          "leave out both"));
  EXPECT_THAT(wrongProxy("{url: \"http://a:1\", noproxy: [a]}"),
              ElementsAre("lianqiao.yaml:2:39: outbound.proxy.noproxy: the key 'noproxy' is not "
                          "known here; did you mean 'no_proxy'?"));
}

TEST(ProxyReader, SaysWhatMayBeCalledStraight) {
  EXPECT_THAT(wrongProxy("{url: \"http://a:1\", no_proxy: localhost}"),
              ElementsAre("lianqiao.yaml:2:49: outbound.proxy.no_proxy: this must be a list; write "
                          "[county.gov.cn, localhost, 10.0.0.0/8]"));
  for (const char* wrong : {"*", "*.gov.cn", "a:80", "http://a", "10.0.0.0/33", "10.0.0.1/8", "a b",
                            "a..b", "10.0.0.5:80", "10.0.0.300", "a.0x7f"}) {
    EXPECT_THAT(
        wrongProxy("{url: \"http://a:1\", no_proxy: [\"" + std::string(wrong) + "\"]}"),
        ElementsAre("lianqiao.yaml:2:50: outbound.proxy.no_proxy[0]: '" + std::string(wrong) +
                    "' is no host, domain, address or network; write county.gov.cn (with "
                    "all below it), 10.0.0.5 or 10.0.0.0/8, without scheme, port and *"));
  }
}

TEST(ProxyReader, APeersWrongProxyIsFoundInItsFile) {
  const ProxyFolder folder("");
  folder.writePeer("plain", "outbound: {proxy: direct}\n");
  EXPECT_THAT(folder.wrong(),
              ElementsAre("peers/plain.yaml:3:19: outbound.proxy: this is no proxy; "
                          "write {url: http://host:port}, or none"));
}

}  // namespace
}  // namespace lianqiao::config
