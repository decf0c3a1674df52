#include "config/lint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/config/folder.h"
#include "gateway/yaml/reading.h"

namespace lianqiao::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// The small county with some files replaced.
class Lint : public testing::Test {
 protected:
  void SetUp() override {
    writeCounty(folder_);
    ASSERT_THAT(found(folder_), IsEmpty());
  }
  void hotlineWith(const std::string& rest) {
    folder_.write("peers/hotline.yaml", "adapter: hotline\n" + rest);
  }

  Folder folder_;
  const std::string token_ = "auth: {kind: token, tokens: [\"${env:HOTLINE_TOKEN}\"]}\n";
  const std::string in_ = "inbound: {mappings: [orders]}\n";
};

TEST_F(Lint, FindsRoutesToPeersThatAreUnknownOrSwitchedOff) {
  folder_.write("peers/province.yaml", "adapter: province\nenabled: false\n");
  folder_.write("routes.yaml", "routes:\n- {name: a, to: [province, nobody]}\n");
  EXPECT_THAT(found(folder_), ElementsAre("routes.yaml:2:18: routes[0].to[0]: the peer 'province' "
                                          "is switched off; leave it out here, "
                                          "or write enabled: true in peers/province.yaml",
                                          "routes.yaml:2:28: routes[0].to[1]: there is no peer "
                                          "'nobody'; create peers/nobody.yaml"));
}

TEST_F(Lint, FindsRoutesToPeersThatNothingCanBeSentTo) {
  folder_.write("peers/town.yaml", "adapter: files\ninbound: {mappings: [orders]}\n");
  folder_.write("routes.yaml", "routes:\n- {name: a, to: [province, town]}\n");
  EXPECT_THAT(
      found(folder_),
      ElementsAre(
          "routes.yaml:2:28: routes[0].to[1]: nothing can be sent to the peer 'town': the adapter "
          "'files' has no sink; let the peer fetch (outbound: {pull: true}), or take another"));
  folder_.write("peers/town.yaml", "adapter: files\n" + token_ + in_ + "outbound: {pull: true}\n");
  EXPECT_THAT(found(folder_), IsEmpty());
}

TEST_F(Lint, FindsAMappingOfTheOtherDirectionWhereThePeerNamesIt) {
  folder_.write("mappings/orders.yaml", "mapping: orders\ndirection: outbound\n");
  EXPECT_THAT(found(folder_),
              ElementsAre("peers/hotline.yaml:3:22: inbound.mappings[0]: the mapping orders is not "
                          "inbound; mend its `direction`, or name it on the other side"));
}

TEST_F(Lint, FindsAMappingToWhichNothingComes) {
  folder_.write("mappings/orders.yaml", "mapping: orders\ndirection: inbound\ntype: a\n");
  folder_.write("mappings/others.yaml",
                "mapping: others\ndirection: inbound\ntype: b\nwhen: {path: x, present: true}\n");
  hotlineWith(token_ + "inbound: {mappings: [orders, others]}\n");
  folder_.write("routes.yaml", "routes:\n  - {name: all, to: [province, hotline]}\n");
  EXPECT_THAT(found(folder_),
              ElementsAre("peers/hotline.yaml:3:30: inbound.mappings[1]: nothing comes to this "
                          "mapping: orders stands before it, has no `when`, and takes everything; "
                          "put this one before it, or give orders a `when`"));
  hotlineWith(token_ + "inbound: {mappings: [others, orders]}\n");
  EXPECT_THAT(found(folder_), IsEmpty());
  folder_.write("mappings/orders.yaml", "mapping: orders\ndirection: outbound\ntype: [a, b]\n");
  folder_.write("mappings/others.yaml", "mapping: others\ndirection: outbound\ntype: b\n");
  hotlineWith("outbound: {mappings: [orders, others]}\n");
  EXPECT_THAT(found(folder_), testing::Contains(testing::HasSubstr(
                                  "outbound.mappings[1]: nothing comes to this mapping: orders")));
  hotlineWith("outbound: {mappings: [others, orders]}\n");
  EXPECT_THAT(found(folder_), testing::Not(testing::Contains(testing::HasSubstr("nothing comes"))));
}

TEST_F(Lint, TellsAListOfMappingsThatIsNoneOnce) {
  hotlineWith(token_ + "inbound: {mappings: orders}\n");
  EXPECT_THAT(found(folder_),
              ElementsAre("peers/hotline.yaml:3:21: inbound.mappings: a list of names is wanted "
                          "here; write [a, b], or one `- ` line for each"));
}

// check advised to spell the peer's adapter as wrongly as the list does.
TEST_F(Lint, OffersNoAdapterThatCannotBeLoaded) {
  folder_.write("lianqiao.yaml", "adapters: [hotlin, files, wechat, province]\n");
  EXPECT_THAT(found(folder_), IsEmpty()) << "the list is told by whoever loads it";
  folder_.write("lianqiao.yaml", "adapters: [files, wechat, province]\n");
  EXPECT_THAT(found(folder_), ElementsAre("peers/hotline.yaml:1:10: adapter: the adapter 'hotline' "
                                          "is not in the list of adapters; add it to adapters in "
                                          "lianqiao.yaml"));
}

TEST_F(Lint, FindsConditionsOnPeersThatAreUnknown) {
  folder_.write("routes.yaml",
                "routes:\n- {name: a, when: {peer: hotlin}, to: [province]}\n"
                "- {name: b, when: {peer: [hotline, nobody]}, to: [province]}\n");
  EXPECT_THAT(found(folder_), ElementsAre("routes.yaml:2:26: routes[0].when.peer: there is no peer "
                                          "'hotlin'; did you mean 'hotline'?",
                                          "routes.yaml:3:36: routes[1].when.peer[1]: there is no "
                                          "peer 'nobody'; the condition never "
                                          "holds; leave it out"));
}

TEST_F(Lint, FindsNoRoutesAtAll) {
  folder_.write("routes.yaml", "routes: []\n");
  EXPECT_THAT(found(folder_),
              ElementsAre("peers/province.yaml:1:1: the peer does nothing: it has no inbound "
                          "mapping and no route leads "
                          "to it; add a mapping or a route, or write enabled: false",
                          "routes.yaml:1:9: routes: there is no route: every record would become "
                          "an exception; add `- "
                          "{name: …, when: {…}, to: […]}`"));
}

TEST_F(Lint, FindsMappingsThatAreMissingOrUnused) {
  hotlineWith(token_ + "inbound: {mappings: [ordres]}\noutbound: {mappings: [gone]}\n");
  EXPECT_THAT(
      found(folder_),
      ElementsAre(
          "peers/hotline.yaml:3:22: inbound.mappings[0]: there is no mapping 'ordres'; did you "
          "mean "
          "'orders'?",
          "peers/hotline.yaml:4:23: outbound.mappings[0]: there is no mapping 'gone'; create "
          "mappings/gone.yaml",
          "mappings/orders.yaml: no peer uses this mapping; name it below a peer's "
          "inbound.mappings "
          "or outbound.mappings, or move the file out of this folder",
          "peers/hotline.yaml:4:11: outbound: this peer has outbound mappings, and no route leads "
          "to "
          "it; add it to `to` of a route in routes.yaml, or take outbound.mappings out"));
}

TEST_F(Lint, FindsAdaptersThatAreNotListedOrNotLoaded) {
  folder_.write("lianqiao.yaml", "adapters: [hotline, webhook]\n");
  folder_.write("peers/grid.yaml", "adapter: webhook\n");
  EXPECT_THAT(found(folder_), ElementsAre("peers/grid.yaml:1:10: adapter: the adapter 'webhook' "
                                          "could not be loaded; see what was found "
                                          "about it, or look for it in the folder of adapters",
                                          "peers/province.yaml:1:10: adapter: the adapter "
                                          "'province' is not in the list of adapters; "
                                          "add it to adapters in lianqiao.yaml"));
}

TEST_F(Lint, FindsAPeerWithoutInboundMapping) {
  hotlineWith(token_ + "inbound: {rate: 5/s}\n");
  folder_.write("peers/town.yaml", "adapter: files\ninbound: {mappings: [orders]}\n");
  folder_.write("peers/town2.yaml", "adapter: files\n");
  EXPECT_THAT(
      found(folder_),
      ElementsAre(
          "peers/hotline.yaml:3:10: inbound: no inbound mapping: nothing that comes from this peer "
          "could become a record; name at least one below inbound.mappings",
          "peers/town2.yaml:1:1: no inbound mapping: nothing that comes from this peer could "
          "become a "
          "record; name at least one below inbound.mappings"));
}

TEST_F(Lint, LetsAPeerOnlySendOrOnlyReceive) {
  folder_.write("peers/grid.yaml", "adapter: hotline\n");
  folder_.write("routes.yaml", "routes:\n- {name: a, to: [province, grid]}\n");
  EXPECT_THAT(found(folder_), IsEmpty());
}

TEST_F(Lint, FindsInboundOfAnAdapterThatBringsNothingIn) {
  folder_.write("peers/province.yaml", "adapter: province\ninbound: {mappings: [orders]}\n");
  EXPECT_THAT(
      found(folder_),
      ElementsAre("peers/province.yaml:2:10: inbound: the adapter 'province' brings nothing in; "
                  "leave inbound out"));
}

TEST_F(Lint, FindsUnknownRetryPolicies) {
  hotlineWith(token_ + in_ + "outbound: {retry: defualt}\n");
  EXPECT_THAT(
      found(folder_),
      ElementsAre("peers/hotline.yaml:4:19: outbound.retry: there is no retry policy 'defualt'; "
                  "did you mean 'default'?"));
  hotlineWith(token_ + in_ + "outbound: {retry: patient}\n");
  EXPECT_THAT(
      found(folder_),
      ElementsAre("peers/hotline.yaml:4:19: outbound.retry: there is no retry policy 'patient'; "
                  "describe it in lianqiao.yaml below retry"));
}

TEST_F(Lint, FindsAPeersBodyAboveTheIntakes) {
  hotlineWith(token_ + "inbound: {mappings: [orders], body: 17 MiB}\n");
  EXPECT_THAT(
      found(folder_),
      ElementsAre("peers/hotline.yaml:3:37: inbound.body: this is more than the intake takes of "
                  "anybody; lower it, or raise intake.body in lianqiao.yaml"));
}

TEST_F(Lint, WantsAStatementWhoMayCall) {
  const std::string missing =
      "the key 'auth' is missing: who may call in this peer's name?; write auth: ";
  hotlineWith(in_);
  EXPECT_THAT(
      found(folder_),
      ElementsAre("peers/hotline.yaml:1:1: " + missing +
                  "{kind: token, tokens: [\"${env:NAME}\"]}; or {kind: none} where everybody may"));
  hotlineWith("auth: {kind: none}\n" + in_);
  EXPECT_THAT(found(folder_), IsEmpty());
  folder_.write("peers/wx.yaml", "adapter: wechat\n" + in_);
  EXPECT_THAT(found(folder_), ElementsAre("peers/wx.yaml:1:1: " + missing + "{kind: adapter}"));
  folder_.write("peers/wx.yaml", "adapter: wechat\nauth: {kind: adapter}\n" + in_);
  EXPECT_THAT(found(folder_), IsEmpty());
}

TEST_F(Lint, LetsOnlyAdaptersThatCanProveTheirCallers) {
  hotlineWith("auth: {kind: adapter}\n" + in_);
  folder_.write("peers/wx.yaml", "adapter: wechat\n" + token_ + in_);
  EXPECT_THAT(found(folder_), ElementsAre("peers/hotline.yaml:2:14: auth.kind: the adapter "
                                          "'hotline' does not prove its callers; write "
                                          "kind: token or kind: hmac",
                                          "peers/wx.yaml:2:14: auth.kind: the adapter 'wechat' "
                                          "proves its callers itself; write auth: "
                                          "{kind: adapter}"));
}

TEST_F(Lint, FindsAListenerOpenToTheWorldWithoutAuthentication) {
  hotlineWith("auth: {kind: none}\n" + in_);
  const std::string adapters = "adapters: [hotline, files, wechat, province]\n";
  folder_.write("lianqiao.yaml", adapters + "listen: {peers: {address: 0.0.0.0}}\n");
  EXPECT_THAT(
      found(folder_),
      ElementsAre("peers/hotline.yaml:2:14: auth.kind: anybody who reaches 0.0.0.0 could send in "
                  "this peer's name; write kind: token or kind: hmac, or give listen.peers a "
                  "loopback address"));
  for (const char* local : {"127.0.0.1", "127.0.0.2", "\"::1\"", "localhost"}) {
    folder_.write("lianqiao.yaml", adapters + "listen: {peers: {address: " + local + "}}\n");
    EXPECT_THAT(found(folder_), IsEmpty()) << local;
  }
  for (const char* name : {"c.pem", "k.pem", "ca.pem"}) folder_.write(name, kPem);
  folder_.write("lianqiao.yaml",
                adapters +
                    "listen: {peers: {address: 0.0.0.0, tls: {certificate: c.pem, key: k.pem, "
                    "client_authority: ca.pem}}}\n");
  EXPECT_THAT(found(folder_), IsEmpty()) << "callers prove themselves by certificate";
}

TEST_F(Lint, FindsAnAdminPortOpenToOthers) {
  folder_.write(
      "lianqiao.yaml",
      "adapters: [hotline, files, wechat, province]\nlisten: {admin: {address: 0.0.0.0}}\n");
  EXPECT_THAT(found(folder_), ElementsAre("lianqiao.yaml:2:27: listen.admin.address: the admin "
                                          "port has one token and no TLS, and this "
                                          "address is open to others; give it 127.0.0.1, and put a "
                                          "proxy with TLS before it"));
}

TEST_F(Lint, RefusesAnOutboxThatOnlyTheAdapterGuards) {
  folder_.write("peers/wx.yaml",
                "adapter: wechat\nauth: {kind: adapter}\n" + in_ + "outbound: {pull: true}\n");
  EXPECT_THAT(found(folder_),
              ElementsAre("peers/wx.yaml:4:18: outbound.pull: an adapter proves who sends, not who "
                          "fetches: anybody could empty the outbox; let the platform fetch as a "
                          "second peer with kind: token or kind: hmac"));
}

TEST(Cautions, WarnOfTokensInTheClear) {
  GatewayConfig config;
  config.peers.emplace_back().name = "hotline";
  config.peers[0].auth.kind = CallerAuth::Kind::token;
  EXPECT_THAT(cautions(config), IsEmpty());
  config.peersListener.address = "0.0.0.0";
  EXPECT_THAT(cautions(config),
              ElementsAre("The token of peer hotline comes in the clear to 0.0.0.0: give "
                          "listen.peers tls, or put a proxy with TLS before it."));
  config.peersListener.tls.certificate = "c.pem";
  EXPECT_THAT(cautions(config), IsEmpty());
}

TEST(Cautions, WarnOfAFailOverThatMayLose) {
  GatewayConfig config;
  config.redis.managed = false;
  config.redis.sentinels = {{"a", 26379}, {"b", 26379}, {"c", 26379}};
  EXPECT_THAT(cautions(config),
              ElementsAre("Replicas follow the primary a little later, so a fail-over may lose "
                          "records that were answered: set redis.min_replicas."));
  config.redis.minReplicas = 1;
  EXPECT_THAT(cautions(config), IsEmpty());
  config.redis.sentinels.resize(1);
  EXPECT_THAT(cautions(config),
              ElementsAre("redis.sentinels lists one only: while it is away no fail-over can be "
                          "followed. List all of them."));
}

TEST_F(Lint, SaysNothingOfAPeerThatIsSwitchedOff) {
  hotlineWith("enabled: false\n" + in_);
  EXPECT_THAT(found(folder_), IsEmpty());
}

}  // namespace
}  // namespace lianqiao::config
