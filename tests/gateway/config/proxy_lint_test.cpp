#include "config/proxy_lint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/config/folder.h"
#include "gateway/yaml/reading.h"

/// Rule: a proxy by which nothing would go, or that would look for this machine in itself, is
/// warned of at its line.
namespace lianqiao::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr FieldSpec kUrl[] = {{.name = "url", .kind = FieldKind::url, .doc = "d", .docZh = "d"}};

std::unique_ptr<Session> noSession(const Settings&, Host&) { return nullptr; }

const Descriptor* adapterForProxies(std::string_view name) {
  static const Descriptor caller{.name = "caller",
                                 .version = "1",
                                 .summary = "s",
                                 .summaryZh = "s",
                                 .settings = kUrl,
                                 .makeReceiver = Role::receiver,
                                 .makeSink = Role::sink};
  static const Descriptor line{.name = "line",
                               .version = "1",
                               .summary = "s",
                               .summaryZh = "s",
                               .makeSink = Role::sink,
                               .makeSession = noSession};
  static const Descriptor registrar{.name = "registrar",
                                    .version = "1",
                                    .summary = "s",
                                    .summaryZh = "s",
                                    .settings = kUrl,
                                    .makeSession = noSession};
  for (const Descriptor* one : {&caller, &line, &registrar})
    if (one->name == name) return one;
  return adapterNamed(name);
}

/// What is warned of the peer "p" of that file, with this outbound section of lianqiao.yaml.
std::vector<std::string> warned(const std::string& peer, const std::string& outbound = "") {
  const Folder folder;
  folder.write("lianqiao.yaml", "adapters: [caller]\n" + outbound);
  folder.write("routes.yaml", "routes: []\n");
  folder.write("peers/p.yaml", peer);
  yaml::Findings errors;
  return yaml::textsOf(
      readAll(folder.path(), adapterForProxies, errors, secretsOfTests()).warnings);
}

/// An outbound section, of the gateway or of a peer.
constexpr const char* kProxy = "outbound: {proxy: {url: \"http://10.0.0.9:3128\"}}\n";
const std::string kAtOwn = "peers/p.yaml:2:19: outbound.proxy: nothing goes through this proxy: ";

TEST(ProxyLint, AProxyOfAPeerThatIsNeverCalledIsNamed) {
  EXPECT_THAT(warned(std::string("adapter: wechat\n") + kProxy),
              ElementsAre(kAtOwn + "the adapter wechat takes what the peer sends and never calls "
                                   "it; take outbound.proxy out"));
  EXPECT_THAT(
      warned("adapter: caller\noutbound: {proxy: {url: \"http://10.0.0.9:3128\"}, pull: true}\n"
             "settings: {url: \"http://a.example\"}\n"),
      ElementsAre(kAtOwn + "the peer fetches from its outbox (outbound.pull) and is never called; "
                           "take outbound.proxy out"));
  for (const char* adapter : {"files", "caller"})
    EXPECT_THAT(
        warned("adapter: " + std::string(adapter) + "\n" + kProxy),
        ElementsAre(kAtOwn +
                    "no setting of this peer is a URL that could be called; take outbound.proxy "
                    "out"))
        << adapter;
}

TEST(ProxyLint, AConnectionOfItsOwnGoesPastEveryProxy) {
  EXPECT_THAT(warned(std::string("adapter: line\n") + kProxy),
              ElementsAre(kAtOwn + "the adapter line holds a connection of its own, which goes "
                                   "straight; take outbound.proxy out"));
  EXPECT_THAT(
      warned("adapter: line\n", kProxy),
      ElementsAre("peers/p.yaml:1:10: adapter: outbound.proxy of lianqiao.yaml does nothing "
                  "for this peer: the adapter line holds a connection of its own, which "
                  "goes straight; let p through the firewall, and write proxy: none "
                  "below outbound here"));
  EXPECT_THAT(warned("adapter: line\noutbound: {proxy: none}\n", kProxy), IsEmpty());
  EXPECT_THAT(warned("adapter: registrar\nsettings: {url: \"http://a.example\"}\n", kProxy),
              IsEmpty())
      << "a session that calls by HTTP is carried";
}

TEST(ProxyLint, NothingIsSaidOfProxiesThatServeOrServeNobodyHere) {
  EXPECT_THAT(
      warned(std::string("adapter: caller\n") + kProxy + "settings: {url: \"http://a.example\"}\n"),
      IsEmpty());
  EXPECT_THAT(warned("adapter: wechat\n", kProxy), IsEmpty()) << "the gateway's is for the others";
  EXPECT_THAT(warned(std::string("adapter: wechat\n") + kProxy + "enabled: false\n"), IsEmpty());
  EXPECT_THAT(warned(std::string("adapter: caller\n") + kProxy +
                     "settings: {url: \"http://10.0.0.300\"}\n"),
              IsEmpty())
      << "that address is the error";
}

TEST(ProxyLint, AnAddressOfThisMachineBehindAProxyElsewhereIsNamed) {
  const auto peerAt = [](const std::string& host) {
    return "adapter: caller\nsettings: {url: \"http://" + host + "/take\"}\n";
  };
  for (const char* host : {"localhost", "127.0.0.1", "127.8.9.1", "::1", "a.localhost"}) {
    const bool six = std::string_view(host) == "::1";
    EXPECT_THAT(
        warned(peerAt((six ? "[::1]" : std::string(host)) + ":9000"), kProxy),
        ElementsAre(
            "peers/p.yaml:2:17: settings.url: the proxy 10.0.0.9:3128 is asked for " +
            std::string(host) +
            ", and takes that for itself; write no_proxy: [localhost, 127.0.0.0/8, "
            "\"::1\"] in outbound.proxy of lianqiao.yaml, or proxy: none below outbound here"))
        << host;
  }
  EXPECT_THAT(warned(peerAt("localhost") + kProxy),
              ElementsAre(testing::HasSubstr("\"::1\"] in outbound.proxy, or proxy: ")));
  const auto with = [](const std::string& url, const std::string& direct) {
    return "outbound: {proxy: {url: \"http://" + url + "\", no_proxy: [" + direct + "]}}\n";
  };
  const std::string direct = "localhost, 127.0.0.0/8, \"::1\"";
  for (const char* host : {"localhost", "127.0.0.1", "[::1]:80"})
    EXPECT_THAT(warned(peerAt(host), with("10.0.0.9:3128", direct)), IsEmpty()) << host;
  EXPECT_THAT(warned(peerAt("127.0.0.1"), with("127.0.0.1:3128", "")), IsEmpty())
      << "a proxy on this machine reaches the same one by it";
  EXPECT_THAT(warned(peerAt("localhost.example"), kProxy), IsEmpty());
}

}  // namespace
}  // namespace lianqiao::config
