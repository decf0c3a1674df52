#include "config/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/config/folder.h"

namespace lianqiao::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kWholeGateway = R"(node: county-1
data: ../var
plugins: /opt/plugins
schemas: schemas
adapters: [hotline, files, wechat, province]
listen:
  peers:
    address: 0.0.0.0
    port: 8443
    tls: {certificate: tls/c.pem, key: tls/k.pem, client_authority: tls/ca.pem}
    trusted_proxies: [10.0.0.5, 10.1.0.0/16, "2001:db8::/32"]
  admin: {address: 127.0.0.1, port: 9000}
intake:
  connections: 100
  connections_per_address: 20
  unproved_in_flight: 8 MiB
  body: 1 MiB
  header: 16 KiB
  items_per_request: 500
  bodies_in_flight: 32 MiB
  header_time: 5s
  body_time: 1m
  answer_time: 20s
  idle_time: 2min
  threads: 4
redis:
  managed: false
  url: redis://gateway@redis.example:6380/3
  password: ${env:HOTLINE_TOKEN}
  prefix: lq2
  sync: everysec
  allow_unsafe: true
  binary: bin/redis-server
  memory: 512 MiB
  timeout: 2s
  group: 64
spool: {enabled: false, size: 2GiB}
retention: {duplicates: 10d, delivered: 36h, exceptions: 30d}
history: {enabled: false, folder: kept, words: true, journal: 5000, classes: {work_order: orders}, retention: {orders: 700d},
  url: "postgresql://gateway@pg.example:5432/lianqiao?sslmode=verify-full", password: "${env:HOTLINE_TOKEN}", schema: kept, key: node/key}
steps: {skew: 3m, late: aside}
grids: {folder: grids, code: wgbh, datum: gcj02, overlap_tolerance: 250}
retry:
  slow: {first: 10s, factor: 1.5, cap: 1h, max_age: 14d}
)";

constexpr std::string_view kWholePeer = R"(title: 12345 热线
adapter: hotline
enabled: true
zone: "+08:00"
division: "411681000000"
settings: {area: 411681, window: 5m}
auth: {kind: hmac, scheme: gjgxjhpt, id: rid-1, service_id: sid-1, secret: "${file:secret.txt}", skew: 5m}
inbound:
  mappings: [orders, steps]
  rate: 50/s
  burst: 100
  body: 512 KiB
  backlog: 100000
  poll_every: 30s
  poll_deadline: 90s
  concurrency: 3
outbound:
  mappings: [replies]
  concurrency: 6
  batch: 100
  rate: 120/min
  burst: 40
  deadline: 20s
  retry: slow
  breaker: {failures: 7, rest: 45s}
  pull: true
  pull_lease: 70s
  exceptions: 40
  exception_bytes: 2MiB
  tls: {authority: tls/ca.pem, certificate: tls/c.pem, key: tls/k.pem}
)";

constexpr std::string_view kWholeRoutes = R"(routes:
  - name: orders
    when:
      type: work_order
      peer: [hotline, province]
      priority: high
      data.category.code: {prefix: 01}
      data.grid: {present: true}
      data.spam: {present: false}
    to: [province, hotline]
)";

constexpr std::string_view kWholeDerivations = R"(derivations:
  - name: to-township
    when: {type: [work_order, alert], data.level: {present: true}}
    mapping: township
    once: {by: [data.device.id, peer], within: 10m}
)";

void writeWhole(const Folder& folder) {
  writeCounty(folder);
  folder.write("lianqiao.yaml", kWholeGateway);
  folder.write("peers/hotline.yaml", kWholePeer);
  folder.write("routes.yaml", kWholeRoutes);
  folder.write("derivations.yaml", kWholeDerivations);
  folder.write("mappings/township.yaml", "mapping: township\ndirection: derived\nx: 1\n");
  folder.write("secret.txt", "hmac-key\n");
  for (const char* name : {"orders", "steps", "replies"}) {
    folder.write("mappings/" + std::string(name) + ".yaml",
                 "mapping: " + std::string(name) + "\nx: 1\n");
  }
  for (const char* name : {"tls/c.pem", "tls/k.pem", "tls/ca.pem"}) folder.write(name, kPem);
  folder.write("codes/category.yaml", "table: category\n");
}

TEST(Load, ReadsASmallConfigurationWithDefaults) {
  const Folder folder;
  writeCounty(folder);
  yaml::Findings findings;
  const auto config = loadFolder(folder, findings);
  ASSERT_TRUE(config) << findings.all().front().text();
  EXPECT_EQ(config->node, "lianqiao");
  EXPECT_EQ(config->data, folder.path() / "data");
  EXPECT_EQ(config->peersListener.port, 8480);
  EXPECT_TRUE(config->redis.managed);
  EXPECT_EQ(config->redis.binary, "redis-server");
  EXPECT_EQ(config->retry.at("default").maxAge, 72h);
  ASSERT_EQ(config->peers.size(), 2u);
  EXPECT_EQ(config->peers[0].name, "hotline");
  EXPECT_EQ(config->peers[0].title, "hotline");
  EXPECT_EQ(config->peers[0].settings.text("area"), "all");
  EXPECT_EQ(config->peers[0].settings.duration("window"), 30s);
  EXPECT_EQ(config->peers[0].auth.tokens.at(0).reveal(), "canary-7f3a");
  ASSERT_EQ(config->routes.size(), 1u);
  EXPECT_TRUE(config->routes[0].when.empty());
  EXPECT_EQ(config->routes[0].position.line, 2);
  EXPECT_TRUE(config->mappings.contains("orders"));
}

TEST(Load, ReadsEveryKeyOfDerivations) {
  const Folder folder;
  writeWhole(folder);
  yaml::Findings findings;
  const auto config = loadFolder(folder, findings);
  ASSERT_TRUE(config) << findings.all().front().text();
  ASSERT_EQ(config->derivations.size(), 1u);
  const Derivation& rule = config->derivations[0];
  EXPECT_EQ(rule.name, "to-township");
  EXPECT_EQ(rule.mapping, "township");
  EXPECT_EQ(rule.position.line, 2);
  EXPECT_EQ(rule.mappingPosition.line, 4);
  ASSERT_EQ(rule.when.size(), 2u);
  EXPECT_THAT(rule.when[0].values, ElementsAre("work_order", "alert"));
  EXPECT_EQ(rule.when[1].path, "data.level");
  ASSERT_TRUE(rule.once);
  EXPECT_THAT(rule.once->by, ElementsAre("data.device.id", "peer"));
  EXPECT_EQ(rule.once->within, 10min);
}

TEST(Load, ReadsEveryKeyOfTheGateway) {
  const Folder folder;
  writeWhole(folder);
  yaml::Findings findings;
  const auto config = loadFolder(folder, findings);
  ASSERT_TRUE(config) << findings.all().front().text();
  const std::filesystem::path root = folder.path();
  EXPECT_EQ(config->node, "county-1");
  EXPECT_EQ(config->data, root.parent_path() / "var");
  EXPECT_EQ(config->plugins, "/opt/plugins");
  EXPECT_EQ(config->schemas, root / "schemas");
  EXPECT_THAT(config->adapters, ElementsAre("hotline", "files", "wechat", "province"));
  EXPECT_EQ(config->peersListener.address, "0.0.0.0");
  EXPECT_EQ(config->peersListener.port, 8443);
  EXPECT_EQ(config->peersListener.tls.certificate, root / "tls/c.pem");
  EXPECT_EQ(config->peersListener.tls.key, root / "tls/k.pem");
  EXPECT_EQ(config->peersListener.tls.clientAuthority, root / "tls/ca.pem");
  ASSERT_EQ(config->peersListener.trustedProxies.size(), 3u);
  EXPECT_TRUE(
      config->peersListener.trustedProxies[1].contains(base::IpAddress::parse("10.1.2.3").value()));
  EXPECT_EQ(config->adminListener.port, 9000);
  EXPECT_EQ(config->intake.connections, 100u);
  EXPECT_EQ(config->intake.connectionsPerAddress, 20u);
  EXPECT_EQ(config->intake.unprovedInFlight, 8u << 20);
  EXPECT_EQ(config->intake.body, 1u << 20);
  EXPECT_EQ(config->intake.header, 16u << 10);
  EXPECT_EQ(config->intake.itemsPerRequest, 500u);
  EXPECT_EQ(config->intake.bodiesInFlight, 32u << 20);
  EXPECT_EQ(config->intake.headerTime, 5s);
  EXPECT_EQ(config->intake.bodyTime, 60s);
  EXPECT_EQ(config->intake.answerTime, 20s);
  EXPECT_EQ(config->intake.idleTime, 120s);
  EXPECT_EQ(config->intake.threads, 4);
  EXPECT_EQ(config->grids.folder, root / "grids");
  EXPECT_EQ(config->grids.code, "wgbh");
  EXPECT_EQ(config->grids.datum, "gcj02");
  EXPECT_EQ(config->grids.overlapTolerance, 250);
  EXPECT_FALSE(config->redis.managed);
  EXPECT_EQ(config->redis.url, "redis://gateway@redis.example:6380/3");
  EXPECT_EQ(config->redis.password.reveal(), "canary-7f3a");
  EXPECT_EQ(config->redis.prefix, "lq2");
  EXPECT_EQ(config->redis.sync, Sync::everysec);
  EXPECT_TRUE(config->redis.allowUnsafe);
  EXPECT_EQ(config->redis.binary, root / "bin/redis-server");
  EXPECT_EQ(config->redis.memory, 512u << 20);
  EXPECT_EQ(config->redis.timeout, 2s);
  EXPECT_EQ(config->redis.groupSize, 64u);
  EXPECT_FALSE(config->spool.enabled);
  EXPECT_EQ(config->spool.size, std::size_t{2} << 30);
  EXPECT_EQ(config->retention.duplicates, 10 * 24h);
  EXPECT_EQ(config->retention.delivered, 36h);
  EXPECT_EQ(config->retention.exceptions, 30 * 24h);
  EXPECT_FALSE(config->history.enabled);
  EXPECT_EQ(config->history.folder, config->directory / "kept");
  EXPECT_TRUE(config->history.words);
  EXPECT_EQ(config->history.journal, 5000u);
  EXPECT_EQ(config->history.classes.at("work_order"), "orders");
  EXPECT_EQ(config->history.retention.at("orders"), 700 * 24h);
  EXPECT_EQ(config->history.url,
            "postgresql://gateway@pg.example:5432/lianqiao?sslmode=verify-full");
  EXPECT_EQ(config->history.password.reveal(), "canary-7f3a");
  EXPECT_EQ(config->history.schema, "kept");
  EXPECT_EQ(config->history.key, config->directory / "node/key");
  EXPECT_EQ(config->steps.skew, 3min);
  EXPECT_EQ(config->steps.late, LateSteps::quarantine);
  ASSERT_TRUE(config->retry.contains("default"));
  const RetryPolicy& slow = config->retry.at("slow");
  EXPECT_EQ(slow.name, "slow");
  EXPECT_EQ(slow.first, 10s);
  EXPECT_DOUBLE_EQ(slow.factor, 1.5);
  EXPECT_EQ(slow.cap, 1h);
  EXPECT_EQ(slow.maxAge, 14 * 24h);
}

TEST(Load, ReadsEveryKeyOfAPeer) {
  const Folder folder;
  writeWhole(folder);
  yaml::Findings findings;
  const auto config = loadFolder(folder, findings);
  ASSERT_TRUE(config) << findings.all().front().text();
  const PeerConfig& peer = config->peers.at(0);
  EXPECT_EQ(peer.title, "12345 热线");
  EXPECT_EQ(peer.zone, "+08:00");
  EXPECT_EQ(peer.division, "411681000000");
  EXPECT_EQ(peer.settings.text("area"), "411681");
  EXPECT_EQ(peer.settings.duration("window"), 5min);
  EXPECT_EQ(peer.auth.kind, CallerAuth::Kind::hmac);
  EXPECT_EQ(peer.auth.identity.scheme, Scheme::gjgxjhpt);
  EXPECT_EQ(peer.auth.identity.id, "rid-1");
  EXPECT_EQ(peer.auth.identity.serviceId, "sid-1");
  EXPECT_EQ(peer.auth.identity.secret, "hmac-key");
  EXPECT_EQ(peer.auth.skew, 5min);
  EXPECT_THAT(peer.inbound.mappings, ElementsAre("orders", "steps"));
  EXPECT_DOUBLE_EQ(peer.inbound.ratePerSecond, 50);
  EXPECT_DOUBLE_EQ(peer.inbound.burst, 100);
  EXPECT_EQ(peer.inbound.body, 512u << 10);
  EXPECT_EQ(peer.inbound.backlog, 100'000u);
  EXPECT_EQ(peer.inbound.pollEvery, 30s);
  EXPECT_EQ(peer.inbound.pollDeadline, 90s);
  EXPECT_EQ(peer.inbound.concurrency, 3);
  EXPECT_THAT(peer.outbound.mappings, ElementsAre("replies"));
  EXPECT_EQ(peer.outbound.concurrency, 6);
  EXPECT_EQ(peer.outbound.batch, 100u);
  EXPECT_DOUBLE_EQ(peer.outbound.ratePerSecond, 2);
  EXPECT_DOUBLE_EQ(peer.outbound.burst, 40);
  EXPECT_EQ(peer.outbound.deadline, 20s);
  EXPECT_EQ(peer.outbound.retry, "slow");
  EXPECT_EQ(peer.outbound.breakerFailures, 7);
  EXPECT_EQ(peer.outbound.breakerRest, 45s);
  EXPECT_EQ(peer.outbound.exceptions.count, 40u);
  EXPECT_EQ(peer.outbound.exceptions.bytes, 2u << 20);
  EXPECT_EQ(peer.inbound.exceptions.count, 100'000u) << "each way for itself";
  EXPECT_TRUE(peer.outbound.pull);
  EXPECT_EQ(peer.outbound.pullLease, 70s);
  EXPECT_EQ(peer.outbound.tls.clientAuthority, folder.path() / "tls/ca.pem");
  EXPECT_EQ(peer.outbound.tls.certificate, folder.path() / "tls/c.pem");
}

TEST(Load, ReadsRoutesMappingsAndTables) {
  using Operator = RouteCondition::Operator;
  const Folder folder;
  writeWhole(folder);
  yaml::Findings findings;
  const auto config = loadFolder(folder, findings);
  ASSERT_TRUE(config) << findings.all().front().text();
  ASSERT_EQ(config->routes.size(), 1u);
  const Route& route = config->routes[0];
  EXPECT_EQ(route.name, "orders");
  EXPECT_THAT(route.to, ElementsAre("province", "hotline"));
  ASSERT_EQ(route.when.size(), 6u);
  EXPECT_EQ(route.when[0].path, "type");
  EXPECT_EQ(route.when[0].op, Operator::equals);
  EXPECT_THAT(route.when[0].values, ElementsAre("work_order"));
  EXPECT_EQ(route.when[1].op, Operator::one_of);
  EXPECT_THAT(route.when[1].values, ElementsAre("hotline", "province"));
  EXPECT_EQ(route.when[3].path, "data.category.code");
  EXPECT_EQ(route.when[3].op, Operator::prefix);
  EXPECT_THAT(route.when[3].values, ElementsAre("01")) << "a code keeps its leading zero";
  EXPECT_EQ(route.when[4].op, Operator::present);
  EXPECT_EQ(route.when[5].op, Operator::absent);
  EXPECT_EQ(config->mappings.at("orders").find("x")->text(), "1");
  EXPECT_TRUE(config->codeTables.contains("category"));
}

TEST(Load, FindsEverythingAtOnceInAllFiles) {
  const Folder folder;
  writeCounty(folder);
  folder.write("lianqiao.yaml",
               "adapters: [hotline, files, wechat, province]\nlisten:\n  peers: {port: "
               "70000}\nretantion: {}\n"
               "intake:\n  body: 16MB\n  threads: \"2\"\n");
  folder.write("peers/hotline.yaml",
               "adapter: hotlne\nenabled: yes\nauth: {kind: token, tokens: [abc]}\ninbound:\n  "
               "mappings: [order]\n");
  folder.write("routes.yaml",
               "routes:\n  - name: all\n    when: {typ: work_order}\n    to: [provinz]\n");
  folder.write("mappings/orders.yaml", "mapping: orders\nmapping: orders\n");
  EXPECT_THAT(
      found(folder),
      ElementsAre(
          "mappings/orders.yaml:2:1: the key 'mapping' stands twice in this map; it stood first at "
          "line 1, "
          "column 1; keep one",
          "lianqiao.yaml:3:17: listen.peers.port: '70000' is out of range; write 0 to 65535",
          "lianqiao.yaml:6:9: intake.body: '16MB' is not a size; write 16 MiB",
          "lianqiao.yaml:7:12: intake.threads: a number is wanted here, not a text in quotes; "
          "leave the "
          "quotation marks out",
          "lianqiao.yaml:4:1: retantion: the key 'retantion' is not known here; did you mean "
          "'retention'?",
          "peers/hotline.yaml:2:10: enabled: 'yes' is neither true nor false; write true",
          "peers/hotline.yaml:3:30: auth.tokens[0]: a secret must not stand in this file; write "
          "${env:NAME} "
          "or ${file:path}",
          "routes.yaml:3:12: routes[0].when.typ: 'typ' is not a field of a record; did you mean "
          "'type'?",
          "peers/hotline.yaml:5:14: inbound.mappings[0]: there is no mapping 'order'; did you mean "
          "'orders'?",
          "peers/hotline.yaml:1:10: adapter: the adapter 'hotlne' is not in the list of adapters; "
          "did you "
          "mean 'hotline'?",
          "peers/province.yaml:1:1: the peer does nothing: it has no inbound mapping and no route "
          "leads to "
          "it; add a mapping or a route, or write enabled: false",
          "routes.yaml:4:10: routes[0].to[0]: there is no peer 'provinz'; did you mean 'province'?",
          "mappings/orders.yaml: no peer uses this mapping; name it below a peer's "
          "inbound.mappings or outbound.mappings, or move the file out of this folder"));
}

TEST(Load, NamesWhatIsWrongInTheListOfAdapters) {
  const Folder folder;
  writeCounty(folder);
  yaml::Findings findings;
  folder.write("lianqiao.yaml", "adapters: [a, a, B]\n");
  loadFolder(folder, findings);
  EXPECT_EQ(findings.all()[0].text(),
            "lianqiao.yaml:1:15: adapters[1]: 'a' stands twice in this list; leave one out");
  EXPECT_NE(findings.all()[2].path, findings.all()[0].path) << "the same finding is kept once";
}

TEST(Load, RefusesAFolderThatIsNone) {
  yaml::Findings findings;
  EXPECT_FALSE(load("/nowhere/at/all", adapterNamed, findings));
  ASSERT_EQ(findings.all().size(), 1u);
  EXPECT_EQ(findings.all()[0].text(),
            "/nowhere/at/all: there is no such folder; name the configuration folder");
}

TEST(Load, NamesMissingFilesAndPeers) {
  const Folder folder;
  EXPECT_THAT(found(folder), ElementsAre("lianqiao.yaml: there is no such file; create it",
                                         "routes.yaml: there is no such file; create it",
                                         "peers: there is no peer; create peers/<name>.yaml"));
}

TEST(Load, NoticesFilesThatWouldNotBeRead) {
  const Folder folder;
  writeCounty(folder);
  folder.write("peers/town.yml", "adapter: files\n");
  folder.write("route.yaml", "routes: []\n");
  folder.write("peer/x.yaml", "adapter: files\n");
  folder.write("peers/README.md", "ignored\n");
  folder.write(".hidden.yaml", "ignored\n");
  EXPECT_THAT(found(folder),
              ElementsAre("peer: the folder is not read; did you mean 'peers'?",
                          "route.yaml: the file is not read; did you mean 'routes.yaml'?",
                          "peers/town.yml: the file is not read: only names that end in .yaml are; "
                          "rename it to town.yaml"));
}

TEST(Load, WantsMappingsAndTablesToNameThemselves) {
  const Folder folder;
  writeCounty(folder);
  folder.write("mappings/orders.yaml", "mapping: order\n");
  folder.write("codes/a.yaml", "entries: {}\n");
  folder.write("codes/b.yaml", "- x\n");
  folder.write("codes/Big One.yaml", "table: Big One\n");
  EXPECT_THAT(
      found(folder),
      ElementsAre(
          "mappings/orders.yaml:1:10: mapping: the name differs from the file's; write "
          "mapping: orders, or rename the file",
          "codes/Big One.yaml: 'Big One' is not a name; rename the file: write lower-case "
          "letters, digits, - and _, at most 64, a letter or digit first",
          "codes/a.yaml:1:1: the key 'table' is missing; write table: a, or rename the file",
          "codes/b.yaml:1:1: a map is wanted here; begin with table: b"));
}

TEST(Load, SaysNothingOfReferencesToAFileThatCouldNotBeRead) {
  const Folder folder;
  writeCounty(folder);
  folder.write("peers/province.yaml", "adapter: [\n");
  EXPECT_THAT(found(folder), ElementsAre(testing::StartsWith("peers/province.yaml:")));
}

// Who runs it may be root, who may read everything: so a file stands where a folder should.
TEST(Load, AFolderThatCannotBeReadIsTheOneFinding) {
  const Folder folder;
  writeCounty(folder);
  std::filesystem::remove_all(folder.path() / "peers");
  folder.write("peers", "");
  EXPECT_THAT(found(folder),
              ElementsAre("peers: the folder cannot be read: Not a directory; make it a folder "
                          "that the gateway's user may read (chmod, chown)"));
}

}  // namespace
}  // namespace lianqiao::config
