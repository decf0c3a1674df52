#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/derivation_reader.h"
#include "config/gateway_reader.h"
#include "config/peer_reader.h"
#include "config/route_reader.h"
#include "gateway/config/folder.h"
#include "gateway/yaml/reading.h"

/// Each refused shape of lianqiao.yaml, a peer file and routes.yaml, file by file.
namespace lianqiao::config {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::vector<std::string> wrongGateway(std::string_view yaml) {
  yaml::Findings findings;
  GatewayConfig config;
  config.directory = "/etc/gate";
  const yaml::YamlNode root = yaml::nodeOf("adapters: [a]\n" + std::string(yaml));
  readGateway(root, SecretSource("/etc/gate", secretsOfTests()), config, findings);
  return yaml::textsOf(findings);
}

std::vector<std::string> wrongPeer(std::string_view yaml) {
  yaml::Findings findings;
  const yaml::YamlNode root = yaml::nodeOf("adapter: hotline\n" + std::string(yaml));
  readPeer(root, "p", &hotline(), SecretSource("/etc/gate", secretsOfTests()), findings);
  return yaml::textsOf(findings);
}

std::vector<std::string> wrongRoutes(std::string_view yaml) {
  yaml::Findings findings;
  readRoutes(yaml::nodeOf(yaml), findings);
  return yaml::textsOf(findings);
}

TEST(GatewayReader, SaysWhatAMapIs) {
  EXPECT_THAT(
      wrongGateway("intake: 5\n"),
      ElementsAre(
          "a.yaml:2:9: intake: a map is wanted here; write `key: value` lines below the key"));
  EXPECT_THAT(wrongGateway("intake:\nredis: ~\n"), IsEmpty()) << "all keys commented out";
}

TEST(GatewayReader, WantsAdapters) {
  yaml::Findings findings;
  readAdapters(yaml::nodeOf("node: x\n"), findings);
  readAdapters(yaml::nodeOf("adapters: webhook\n"), findings);
  readAdapters(yaml::nodeOf("adapters: [Web Hook, ~]\n"), findings);
  EXPECT_THAT(
      yaml::textsOf(findings),
      ElementsAre(
          "a.yaml:1:1: the key 'adapters' is missing; list those to load: adapters: [webhook]",
          "a.yaml:1:11: adapters: a list of names is wanted here; write [a, b], or one `- ` line "
          "for each",
          "a.yaml:1:12: adapters[0]: 'Web Hook' is not a name; write lower-case letters, digits, - "
          "and _, at most 64, a letter or digit first",
          "a.yaml:1:22: adapters[1]: the value is missing; write one, or leave the key out"));
}

TEST(GatewayReader, RefusesUnknownKeysOnEveryLevel) {
  EXPECT_THAT(
      wrongGateway("nod: x\nlisten: {peer: {}, admin: {prt: 1}}\nintake: {bodi: 1 MiB}\n"
                   "redis: {sink: always}\nretention: {deliverd: 1d}\nretry: {x: {frist: 1s}}\n"),
      ElementsAre(
          "a.yaml:3:28: listen.admin.prt: the key 'prt' is not known here; did you mean 'port'?",
          "a.yaml:3:10: listen.peer: the key 'peer' is not known here; did you mean 'peers'?",
          "a.yaml:4:10: intake.bodi: the key 'bodi' is not known here; did you mean 'body'?",
          "a.yaml:5:9: redis.sink: the key 'sink' is not known here; did you mean 'sync'?",
          "a.yaml:6:13: retention.deliverd: the key 'deliverd' is not known here; did you mean "
          "'delivered'?",
          "a.yaml:7:13: retry.x.frist: the key 'frist' is not known here; did you mean 'first'?",
          "a.yaml:2:1: nod: the key 'nod' is not known here; did you mean 'node'?"));
}

TEST(GatewayReader, RefusesAHistoryThatIsNotMeant) {
  EXPECT_THAT(
      wrongGateway(
          "history: {classes: {work_order: orders}, retention: {orders: 1h, oders: 30d}}\n"),
      ElementsAre("a.yaml:2:62: history.retention.orders: '1h' is out of range; write 1d to 3650d",
                  "a.yaml:2:73: history.retention.oders: no type of record is of the class oders; "
                  "name it under classes, or take it out"));
}

TEST(GatewayReader, RefusesAPostgresqlThatIsNotMeant) {
  const auto wrong = [](const std::string& history) {
    const auto found = wrongGateway("history: {" + history + "}\n");
    return found.empty() ? std::string() : found.front();
  };
  EXPECT_EQ(wrong("url: \"postgresql://a@db:5432/kept?sslmode=require\""), "");
  EXPECT_THAT(wrong("url: \"mysql://db/kept\""), HasSubstr("begin it with postgresql://"));
  EXPECT_THAT(wrong("url: \"postgresql://a:pw@db/kept\""), HasSubstr("a user or a password"));
  EXPECT_THAT(wrong("url: \"postgresql://a@db/kept?password=pw\""),
              AllOf(HasSubstr("history.password"), Not(HasSubstr("=pw"))));
  EXPECT_THAT(wrong("url: \"postgresql://a@db?sslmode=require\""), HasSubstr("names no database"));
  EXPECT_THAT(wrong("url: \"postgresql://a@db/\""), HasSubstr("names no database"));
  EXPECT_THAT(wrong("url: \"postgresql://a@db/k?sslmode=ful\""), HasSubstr("sslmode is none"));
  EXPECT_THAT(wrong("schema: kept"), HasSubstr("says nothing without `url`"));
  EXPECT_THAT(
      wrong("classes: {work_order: " + std::string(41, 'o') + "}, url: \"postgresql://a@db/kept\""),
      HasSubstr("too long a name"));
}

TEST(GatewayReader, WantsWholeTlsAndExistingFiles) {
  EXPECT_THAT(
      wrongGateway("listen: {peers: {tls: {certificate: none.pem}}}\n"),
      ElementsAre(
          "a.yaml:2:37: listen.peers.tls.certificate: there is no file /etc/gate/none.pem; put it "
          "there, or name another; relative paths begin at the configuration folder",
          "a.yaml:2:23: listen.peers.tls: the key 'key' is missing; TLS needs both certificate "
          "and key"));
  EXPECT_THAT(
      wrongGateway("listen: {peers: {address: \"\"}}\n"),
      ElementsAre(
          "a.yaml:2:27: listen.peers.address: this is not an address; write one as in 127.0.0.1, "
          "0.0.0.0 or \"::\""));
}

// Each of these passed check, and the gateway could not start.
TEST(GatewayReader, WantsAnAddressThatCanBeListenedOn) {
  const std::string says = "this is not an address; write one as in 127.0.0.1, 0.0.0.0 or \"::\"";
  for (const char* address :
       {"127.0.0.l", "192.168.1.300", "127.0.0.1,10.0.0.1", "10.0.0.0/8", "10"})
    EXPECT_THAT(wrongGateway("listen: {peers: {address: \"" + std::string(address) + "\"}}\n"),
                ElementsAre("a.yaml:2:27: listen.peers.address: " + says))
        << address;
  EXPECT_THAT(wrongGateway("listen: {admin: {address: \"127.0.0.1:8481\"}}\n"),
              ElementsAre("a.yaml:2:27: listen.admin.address: a port stands behind this address; "
                          "give it a line of its own: port: 8481"));
  for (const char* address : {"::", "::1", "0.0.0.0", "localhost", "gate-1.county.gov.cn"})
    EXPECT_THAT(wrongGateway("listen: {peers: {address: \"" + std::string(address) + "\"}}\n"),
                IsEmpty())
        << address;
}

TEST(GatewayReader, WantsCertificatesAndKeysInTheirFiles) {
  const Folder folder;
  folder.write("key.pem", "text before\n-----BEGIN EC PRIVATE KEY-----\r\n");
  folder.write("cert.pem", "-----BEGIN CERTIFICATE-----\n");
  const auto with = [&](const std::string& certificate, const std::string& key) {
    const std::string in = folder.path().string() + "/";
    return wrongGateway("listen: {peers: {tls: {certificate: " + in + certificate + ", key: " + in +
                        key + "}}}\n");
  };
  EXPECT_THAT(with("cert.pem", "key.pem"), IsEmpty());
  EXPECT_THAT(with("key.pem", "cert.pem"),
              ElementsAre(AllOf(HasSubstr("tls.certificate: "),
                                HasSubstr("key.pem holds no certificate in PEM; name the file with "
                                          "-----BEGIN … CERTIFICATE-----")),
                          HasSubstr("cert.pem holds no private key in PEM")));
}

TEST(GatewayReader, WantsPathsOfThisMachine) {
  for (const char* path : {"D:\\lianqiao", "D:/lianqiao", "..\\data"})
    EXPECT_THAT(wrongGateway("data: " + std::string(path) + "\n"),
                ElementsAre("a.yaml:2:7: data: this is a path of Windows, and the gateway runs on "
                            "Linux; mount the shared folder and write its place with /, as in "
                            "/mnt/drop"));
}

TEST(GatewayReader, WantsEitherAManagedRedisOrAUrl) {
  EXPECT_THAT(
      wrongGateway("redis: {managed: true, url: \"redis://h\"}\n"),
      ElementsAre(
          "a.yaml:2:29: redis.url: a url is for a Redis that the gateway does not manage; leave "
          "`managed` or `url` out"));
  EXPECT_THAT(
      wrongGateway("redis: {managed: false}\n"),
      ElementsAre("a.yaml:2:8: redis: the key 'url' is missing; write url: redis://host:6379/0, or "
                  "managed: true"));
  EXPECT_THAT(
      wrongGateway("redis: {url: http://h}\n"),
      ElementsAre(
          "a.yaml:2:14: redis.url: this is not a URL that can be used here; begin it with redis:// "
          "or unix://"));
  EXPECT_THAT(
      wrongGateway("redis: {sync: fsync, password: x, group: 0}\n"),
      ElementsAre(
          "a.yaml:2:32: redis.password: a secret must not stand in this file; write ${env:NAME} or "
          "${file:path}",
          "a.yaml:2:15: redis.sync: 'fsync' is not a choice here; one of always, everysec",
          "a.yaml:2:42: redis.group: '0' is out of range; write 1 to 10000"));
}

TEST(GatewayReader, TakesSentinelsAndWhatReplicasMustHave) {
  yaml::Findings findings;
  GatewayConfig config;
  const yaml::YamlNode root = yaml::nodeOf(
      "adapters: [a]\n"
      "redis: {sentinels: [redis-1, \"10.0.0.2:26380\", \"[fd00::1]:26381\"], primary: orders,\n"
      "        user: gate, min_replicas: 1, replica_wait: 500ms}\n");
  readGateway(root, SecretSource("/etc/gate", secretsOfTests()), config, findings);
  EXPECT_THAT(yaml::textsOf(findings), IsEmpty());
  EXPECT_FALSE(config.redis.managed);
  ASSERT_EQ(config.redis.sentinels.size(), 3u);
  EXPECT_EQ(config.redis.sentinels[0].port, 26379);
  EXPECT_EQ(config.redis.sentinels[1].host, "10.0.0.2");
  EXPECT_EQ(config.redis.sentinels[2].host, "fd00::1");
  EXPECT_EQ(config.redis.sentinels[2].port, 26381);
  EXPECT_EQ(config.redis.primary, "orders");
  EXPECT_EQ(config.redis.user, "gate");
  EXPECT_EQ(config.redis.minReplicas, 1);
  EXPECT_EQ(config.redis.replicaWait, 500ms);
}

TEST(GatewayReader, WantsOneKindOfRedisOnly) {
  EXPECT_THAT(
      wrongGateway("redis: {managed: true, sentinels: [a], primary: p}\n"),
      ElementsAre("a.yaml:2:35: redis.sentinels: sentinels are for a Redis that the gateway does "
                  "not manage; leave `managed` or `sentinels` out"));
  EXPECT_THAT(wrongGateway("redis: {url: \"redis://h\", sentinels: [a], primary: p}\n"),
              ElementsAre("a.yaml:2:14: redis.url: the sentinels name the server already; leave "
                          "`url` or `sentinels` out"));
}

TEST(GatewayReader, RefusesSentinelsThatCannotBeAsked) {
  EXPECT_THAT(
      wrongGateway("redis: {sentinels: [\"a:0\", \"a b\", a, a, \"redis://x\"], primary: \"\"}\n"),
      ElementsAre("a.yaml:2:21: redis.sentinels[0]: 'a:0' is no address of a sentinel; write "
                  "host:port, as in redis-1:26379 or \"[fd00::1]:26379\"",
                  "a.yaml:2:28: redis.sentinels[1]: 'a b' is no address of a sentinel; write "
                  "host:port, as in redis-1:26379 or \"[fd00::1]:26379\"",
                  "a.yaml:2:38: redis.sentinels[3]: this sentinel stands twice in the list; leave "
                  "one out",
                  "a.yaml:2:41: redis.sentinels[4]: 'redis://x' is no address of a sentinel; write "
                  "host:port, as in redis-1:26379 or \"[fd00::1]:26379\"",
                  "a.yaml:2:64: redis.primary: this is no name that sentinels have; write the one "
                  "after `sentinel monitor` in their files"));
  EXPECT_THAT(wrongGateway("redis: {sentinels: [\"10.0.0.300:26379\"], primary: p}\n"),
              ElementsAre(HasSubstr("redis.sentinels[0]: '10.0.0.300:26379' is no address")));
  EXPECT_THAT(wrongGateway("redis: {sentinels: [], primary: p}\n"),
              ElementsAre("a.yaml:2:20: redis.sentinels: a list of sentinels is wanted here; write "
                          "[redis-1:26379, redis-2:26379, redis-3:26379]"));
  EXPECT_THAT(wrongGateway("redis: {sentinels: [a]}\n"),
              ElementsAre("a.yaml:2:8: redis: the key 'primary' is missing; write the name after "
                          "`sentinel monitor` in the sentinels' files"));
  EXPECT_THAT(
      wrongGateway("redis: {url: \"redis://h\", primary: p, sentinel_password: \"${env:A}\"}\n"),
      testing::IsSupersetOf(
          {"a.yaml:2:36: redis.primary: this says nothing without `sentinels`; list them as "
           "sentinels: [host:port, …], or leave it out",
           "a.yaml:2:58: redis.sentinel_password: this says nothing without `sentinels`; list them "
           "as sentinels: [host:port, …], or leave it out"}));
}

TEST(GatewayReader, RefusesReplicasThatCannotBe) {
  EXPECT_THAT(
      wrongGateway("redis: {min_replicas: 1}\n"),
      ElementsAre("a.yaml:2:23: redis.min_replicas: the managed Redis has no replicas: nothing "
                  "could ever be accepted; leave it out, or use a Redis of yours (`sentinels` or "
                  "`url`)"));
  EXPECT_THAT(wrongGateway("redis: {url: \"redis://h\", replica_wait: 1s}\n"),
              ElementsAre("a.yaml:2:41: redis.replica_wait: this says nothing without "
                          "`min_replicas`; write min_replicas: 1, or leave it out"));
  EXPECT_THAT(
      wrongGateway("redis: {url: \"redis://h\", min_replicas: 1, timeout: 1s}\n"),
      ElementsAre("a.yaml:2:53: redis.timeout: replica_wait must be shorter than timeout, which "
                  "ends every answer; raise redis.timeout, or lower redis.replica_wait"));
  EXPECT_THAT(wrongGateway("redis: {url: \"redis://h\", min_replicas: 17}\n"),
              ElementsAre("a.yaml:2:41: redis.min_replicas: '17' is out of range; write 0 to 16"));
}

TEST(GatewayReader, TakesForProxiesOnlyAddressesAndNetworks) {
  constexpr std::string_view kRemedy =
      "; write one as in 10.0.0.5, 10.1.0.0/16 or \"2001:db8::/32\"; behind its prefix a network "
      "has "
      "zeros";
  for (const char* wrong : {"proxy.example", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0:80"}) {
    EXPECT_THAT(
        wrongGateway("listen: {peers: {trusted_proxies: [" + std::string(wrong) + "]}}\n"),
        ElementsAre("a.yaml:2:36: listen.peers.trusted_proxies[0]: this is no address and no "
                    "network" +
                    std::string(kRemedy)));
  }
  EXPECT_THAT(
      wrongGateway("listen: {peers: {trusted_proxies: [0.0.0.0/0]}}\n"),
      ElementsAre("a.yaml:2:36: listen.peers.trusted_proxies[0]: so wide a network could be "
                  "anybody; name the addresses of your proxies alone"));
  EXPECT_THAT(wrongGateway("listen: {peers: {trusted_proxies: 10.0.0.1}}\n"),
              ElementsAre("a.yaml:2:35: listen.peers.trusted_proxies: this must be a list; write "
                          "[10.0.0.5, 10.1.0.0/16]"));
}

TEST(GatewayReader, RefusesLimitsThatContradict) {
  EXPECT_THAT(
      wrongGateway("intake: {bodies_in_flight: 32 MiB, unproved_in_flight: 64 MiB}\n"),
      ElementsAre("a.yaml:2:9: intake: unproved_in_flight is more than bodies_in_flight; lower "
                  "it: what is left is the reserve of peers that prove themselves"));
  EXPECT_THAT(
      wrongGateway("intake: {body: 8 MiB, bodies_in_flight: 4 MiB}\n"),
      ElementsAre(
          "a.yaml:2:9: intake: bodies_in_flight is less than body: the largest request could never "
          "pass; raise bodies_in_flight, or lower body"));
  EXPECT_THAT(
      wrongGateway("retry: {default: {first: 1h, cap: 1m}}\n"),
      ElementsAre(
          "a.yaml:2:18: retry.default: the cap is shorter than the first wait; raise cap, or lower "
          "first"));
  EXPECT_THAT(
      wrongGateway("retry: []\n"),
      ElementsAre(
          "a.yaml:2:8: retry: a map of policies is wanted here; write `name: {first: 1s, …}`"));
}

TEST(PeerReader, WantsAnAdapter) {
  yaml::Findings findings;
  readPeer(yaml::nodeOf("title: x\n"), "p", nullptr, SecretSource("/"), findings);
  EXPECT_THAT(
      yaml::textsOf(findings),
      ElementsAre("a.yaml:1:1: the key 'adapter' is missing; name one of those in lianqiao.yaml"));
}

TEST(PeerReader, RefusesUnknownKeysOnEveryLevel) {
  EXPECT_THAT(
      wrongPeer(
          "tilte: x\nauth: {kind: none, tokens: []}\ninbound: {mapping: [a]}\n"
          "outbound: {breaker: {rests: 1s}, tls: {ca: x}, timeout: 5s}\nsettings: {aera: x}\n"),
      ElementsAre(
          "a.yaml:6:12: settings.aera: the adapter has no setting 'aera'; did you mean 'area'?",
          "a.yaml:3:20: auth.tokens: the key 'tokens' is not known here; only kind can stand here",
          "a.yaml:4:11: inbound.mapping: the key 'mapping' is not known here; did you mean "
          "'mappings'?",
          "a.yaml:5:22: outbound.breaker.rests: the key 'rests' is not known here; did you mean "
          "'rest'?",
          "a.yaml:5:40: outbound.tls.ca: the key 'ca' is not known here; one of authority, "
          "certificate, key",
          "a.yaml:5:48: outbound.timeout: the key 'timeout' is not known here; one of mappings, "
          "concurrency, batch, rate, burst, deadline, retry, breaker, exceptions, exception_bytes, "
          "pull, pull_lease, schedule, tls, proxy",
          "a.yaml:2:1: tilte: the key 'tilte' is not known here; did you mean 'title'?"));
}

TEST(PeerReader, WantsZoneAndDivisionInTheirForm) {
  EXPECT_THAT(
      wrongPeer("zone: Asia/Shanghai\ndivision: 411681\n"),
      ElementsAre(
          "a.yaml:2:7: zone: 'Asia/Shanghai' is not a zone; write its offset, as in \"+08:00\"",
          "a.yaml:3:11: division: '411681' is not a division code; write its 12 digits"));
  EXPECT_THAT(wrongPeer("zone: +08:00\ndivision: 411681000000\n"), IsEmpty())
      << "nothing is guessed: no quotes needed";
}

TEST(PeerReader, WantsWhatTheKindOfAuthenticationNeeds) {
  EXPECT_THAT(
      wrongPeer("auth: {}\n"),
      ElementsAre(
          "a.yaml:2:7: auth: the key 'kind' is missing; one of none, token, hmac, adapter"));
  EXPECT_THAT(
      wrongPeer("auth:\n"),
      ElementsAre(
          "a.yaml:2:1: auth: the key 'kind' is missing; one of none, token, hmac, adapter"));
  EXPECT_THAT(
      wrongPeer("auth: {kind: tokens}\n"),
      ElementsAre("a.yaml:2:14: auth.kind: 'tokens' is not a choice here; did you mean 'token'?"));
  EXPECT_THAT(
      wrongPeer("auth: {kind: token}\n"),
      ElementsAre(
          "a.yaml:2:7: auth: the key 'tokens' is missing; write tokens: [\"${env:NAME}\"]"));
  EXPECT_THAT(
      wrongPeer("auth: {kind: token, tokens: []}\n"),
      ElementsAre("a.yaml:2:29: auth.tokens: a list of at least one token is wanted here; write "
                  "[\"${env:NAME}\"]"));
  EXPECT_THAT(
      wrongPeer("auth: {kind: hmac}\n"),
      ElementsAre(
          "a.yaml:2:7: auth: the key 'scheme' is missing; one of gjgxjhpt, gjzwfwpt, bg-hmac, tif, "
          "x-hmac-auth, client-id",
          "a.yaml:2:7: auth: the key 'id' is missing; write the id by which the caller signs",
          "a.yaml:2:7: auth: the key 'secret' is missing; write secret: ${env:NAME} or "
          "${file:path}"));
  EXPECT_THAT(
      wrongPeer("auth: {kind: hmac, scheme: gjzwfwpt, id: r, secret: \"${env:HOTLINE_TOKEN}\"}\n"),
      ElementsAre("a.yaml:2:7: auth: the key 'service_id' is missing; write the scheme's sid"));
}

TEST(PeerReader, TakesEverySchemeOfTheSdk) {
  for (const Scheme scheme : {Scheme::gjgxjhpt, Scheme::gjzwfwpt, Scheme::bg_hmac, Scheme::tif,
                              Scheme::x_hmac_auth, Scheme::client_id}) {
    yaml::Findings findings;
    const yaml::YamlNode root = yaml::nodeOf(
        "adapter: hotline\nauth: {kind: hmac, scheme: " + std::string(schemeName(scheme)) +
        ", id: r, service_id: s, secret: \"${env:HOTLINE_TOKEN}\"}\n");
    const PeerConfig peer =
        readPeer(root, "p", &hotline(), SecretSource("/", secretsOfTests()), findings);
    EXPECT_TRUE(findings.empty()) << findings.all()[0].text();
    EXPECT_EQ(peer.auth.identity.scheme, scheme);
  }
}

TEST(PeerReader, WantsCertificateAndKeyTogether) {
  const Folder folder;
  folder.write("c.pem", kPem);
  yaml::Findings findings;
  const yaml::YamlNode root =
      yaml::nodeOf("adapter: hotline\noutbound: {tls: {certificate: c.pem}}\n");
  readPeer(root, "p", &hotline(), SecretSource(folder.path()), findings);
  EXPECT_THAT(
      yaml::textsOf(findings),
      ElementsAre(
          "a.yaml:2:17: outbound.tls: certificate and key go together; give both, or neither"));
}

TEST(RouteReader, WantsAListOfNamedRoutes) {
  EXPECT_THAT(
      wrongRoutes("\n"),
      ElementsAre(
          "a.yaml:1:1: the key 'routes' is missing; write routes: and one `- name: …` for each"));
  EXPECT_THAT(
      wrongRoutes("routes: {a: 1}\n"),
      ElementsAre(
          "a.yaml:1:9: routes: a list of routes is wanted here; write one `- name: …` for each"));
  EXPECT_THAT(
      wrongRoutes("routes: [x, {to: [a]}, {name: b}, {name: c, to: []}, {name: d, to: e}]\n"),
      ElementsAre(
          "a.yaml:1:10: routes[0]: a route is wanted here; write {name: …, when: {…}, to: […]}",
          "a.yaml:1:13: routes[1]: the key 'name' is missing; name the route: it is shown in the "
          "trail",
          "a.yaml:1:24: routes[2]: the key 'to' is missing; list the peers: to: [peer]",
          "a.yaml:1:49: routes[3].to: the route leads nowhere; name at least one peer",
          "a.yaml:1:68: routes[4].to: a list of names is wanted here; write [a, b], or one `- ` "
          "line for each"));
  EXPECT_THAT(
      wrongRoutes("routes: [{name: a, to: [x]}, {name: a, to: [x]}]\n"),
      ElementsAre("a.yaml:1:37: routes[1].name: another route is named 'a' too; name each route "
                  "differently"));
}

TEST(RouteReader, RefusesConditionsThatAreNone) {
  const auto wrong = [](const std::string& when) {
    return wrongRoutes("routes:\n- name: a\n  to: [x]\n  when: " + when + "\n");
  };
  EXPECT_THAT(
      wrong("[a]"),
      ElementsAre("a.yaml:4:9: routes[0].when: a map of conditions is wanted here; write when: "
                  "{type: work_order}; leave `when` out for every record"));
  EXPECT_THAT(wrong("{category: x}"),
              ElementsAre("a.yaml:4:10: routes[0].when.category: 'category' is not a field of a "
                          "record; one of type, "
                          "peer, priority, data.<field>"));
  EXPECT_THAT(wrong("{data.: x, data..a: x}"), testing::SizeIs(2));
  EXPECT_THAT(wrong("{priority: hgh}"), ElementsAre("a.yaml:4:20: routes[0].when.priority: 'hgh' "
                                                    "is not a choice here; did you mean 'high'?"));
  EXPECT_THAT(
      wrong("{type: []}"),
      ElementsAre(
          "a.yaml:4:16: routes[0].when.type: an empty list never holds; write at least one value"));
  EXPECT_THAT(wrong("{type: }"),
              ElementsAre("a.yaml:4:16: routes[0].when.type: the value is missing; write one, or "
                          "leave the key out"));
  EXPECT_THAT(wrong("{data.a: {}}"),
              ElementsAre("a.yaml:4:18: routes[0].when.data.a: one condition is wanted here; write "
                          "a value, a list of "
                          "values, {prefix: …} or {present: true}"));
  EXPECT_THAT(wrong("{data.a: {prefix: x, present: true}}"), testing::SizeIs(1));
  EXPECT_THAT(wrong("{data.a: {presnt: true}}"),
              ElementsAre("a.yaml:4:19: routes[0].when.data.a.presnt: the key 'presnt' is not "
                          "known here; did you mean "
                          "'present'?",
                          "a.yaml:4:18: routes[0].when.data.a: one condition is wanted here; write "
                          "a value, a list of "
                          "values, {prefix: …} or {present: true}"));
  EXPECT_THAT(wrong("{data.a: {present: yes}}"),
              ElementsAre("a.yaml:4:28: routes[0].when.data.a.present: 'yes' is neither true nor "
                          "false; write true"));
}

TEST(RouteReader, TakesListsOfPrefixes) {
  yaml::Findings findings;
  const auto routes = readRoutes(
      yaml::nodeOf("routes: [{name: a, when: {data.code: {prefix: [01, \"02\"]}}, to: [x]}]\n"),
      findings);
  ASSERT_TRUE(findings.empty()) << findings.all()[0].text();
  EXPECT_EQ(routes[0].when[0].op, RouteCondition::Operator::prefix);
  EXPECT_THAT(routes[0].when[0].values, ElementsAre("01", "02"));
}

std::vector<std::string> wrongDerivations(std::string_view yaml) {
  yaml::Findings findings;
  readDerivations(yaml::nodeOf(yaml), findings);
  return yaml::textsOf(findings);
}

TEST(DerivationReader, RefusesWhatIsNoRule) {
  EXPECT_THAT(wrongDerivations("rules: []"),
              testing::Contains(HasSubstr("the key 'derivations' is missing")));
  EXPECT_THAT(wrongDerivations("derivations: {a: b}"),
              ElementsAre(HasSubstr("a list of at most 100 rules is wanted here")));
  EXPECT_THAT(wrongDerivations("derivations: [a]"),
              ElementsAre(HasSubstr("derivations[0]: a rule is wanted here")));
  EXPECT_THAT(
      wrongDerivations("derivations:\n- {name: a}\n"
                       "- {name: a, when: {typ: x}, mapping: m, once: {by: [], within: 8d, x: 1}}"),
      testing::UnorderedElementsAre(
          HasSubstr("derivations[0]: the key 'when' is missing"),
          HasSubstr("derivations[0]: the key 'mapping' is missing"),
          HasSubstr("derivations[1].when.typ: 'typ' is not a field of a record"),
          HasSubstr("derivations[1].once.by: an empty list would make everything alike"),
          HasSubstr("derivations[1].once.within"), HasSubstr("derivations[1].once.x"),
          HasSubstr("derivations[1].name: another rule is named 'a' too")));
}

TEST(GatewayReader, RefusesGridsWithoutFolderOrDatum) {
  EXPECT_THAT(wrongGateway("grids: {code: x}"),
              ElementsAre(HasSubstr("grids: the key 'folder' is missing"),
                          HasSubstr("grids: the key 'datum' is missing")));
  EXPECT_THAT(wrongGateway("grids: {folder: g, datum: gps}"),
              ElementsAre(HasSubstr("'gps' is not a choice here")));
}

}  // namespace
}  // namespace lianqiao::config
