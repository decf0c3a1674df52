#include "config/peer_reader.h"

#include <algorithm>

#include "config/field_check.h"
#include "config/proxy_reader.h"
#include "config/reconcile_reader.h"
#include "config/weekly_reader.h"
#include "lianqiao/ascii.h"
#include "yaml/map_reader.h"

namespace lianqiao::config {
namespace {

constexpr yaml::Range<std::int64_t> kThreads{1, 1024};

constexpr std::string_view kSchemes[] = {"gjgxjhpt", "gjzwfwpt",    "bg-hmac",
                                         "tif",      "x-hmac-auth", "client-id"};

void readTokens(yaml::MapReader& map, const yaml::YamlNode& owner, const SecretSource& secrets,
                CallerAuth& auth, yaml::Findings& findings) {
  const yaml::YamlNode* tokens = map.require("tokens", owner, "write tokens: [\"${env:NAME}\"]");
  if (tokens == nullptr) return;
  if (!tokens->isList() || tokens->items().empty()) {
    findings.add(
        tokens->finding("a list of at least one token is wanted here", "write [\"${env:NAME}\"]"));
    return;
  }
  for (const yaml::YamlNode& item : tokens->items()) {
    if (auto token = secrets.resolve(item, findings)) auth.tokens.push_back(std::move(*token));
  }
}

void readSignature(yaml::MapReader& map, const yaml::YamlNode& owner, const SecretSource& secrets,
                   CallerAuth& auth, yaml::Findings& findings) {
  SigningIdentity& identity = auth.identity;
  if (owner.find("scheme") == nullptr) {
    findings.add(owner.finding("the key 'scheme' is missing", yaml::suggestion("", kSchemes)));
  }
  const int scheme = map.choice("scheme", kSchemes);
  if (scheme >= 0) identity.scheme = *schemeByName(kSchemes[static_cast<std::size_t>(scheme)]);
  map.require("id", owner, "write the id by which the caller signs");
  map.text("id", identity.id);
  map.text("service_id", identity.serviceId);
  const bool needsService =
      scheme >= 0 && (identity.scheme == Scheme::gjgxjhpt || identity.scheme == Scheme::gjzwfwpt);
  if (needsService && owner.find("service_id") == nullptr) {
    findings.add(owner.finding("the key 'service_id' is missing", "write the scheme's sid"));
  }
  if (const yaml::YamlNode* secret =
          map.require("secret", owner, "write secret: ${env:NAME} or ${file:path}")) {
    identity.secret = secrets.resolve(*secret, findings).value_or(Secret()).reveal();
  }
  map.duration("skew", auth.skew, {1s, 24h});
}

void readAuth(const yaml::YamlNode* node, const SecretSource& secrets, CallerAuth& auth,
              yaml::Findings& findings) {
  static constexpr std::string_view kKinds[] = {"none", "token", "hmac", "adapter"};
  if (node == nullptr) return;
  yaml::MapReader map(node, findings);
  if (!node->isMap() || node->find("kind") == nullptr) {
    if (node->isMap() || node->isNull()) {
      findings.add(node->finding("the key 'kind' is missing", yaml::suggestion("", kKinds)));
    }
    return;
  }
  const int kind = map.choice("kind", kKinds);
  if (kind < 0) return;
  auth.kind = static_cast<CallerAuth::Kind>(kind);
  if (auth.kind == CallerAuth::Kind::token) readTokens(map, *node, secrets, auth, findings);
  if (auth.kind == CallerAuth::Kind::hmac) readSignature(map, *node, secrets, auth, findings);
  map.finish();
}

void readExceptions(yaml::MapReader& map, ExceptionLimits& limits) {
  map.integer("exceptions", limits.count, {1, 100'000'000});
  map.size("exception_bytes", limits.bytes, {1 << 20, 1LL << 40});
}

void readInbound(const yaml::YamlNode* node, Inbound& inbound, yaml::Findings& findings) {
  yaml::MapReader map(node, findings);
  map.names("mappings", inbound.mappings);
  map.rate("rate", inbound.ratePerSecond);
  map.decimal("burst", inbound.burst, {1, 1e9});
  map.size("body", inbound.body, {1 << 10, 1 << 30});
  map.integer("backlog", inbound.backlog, {1, 1'000'000'000});
  readExceptions(map, inbound.exceptions);
  map.duration("poll_every", inbound.pollEvery, {10ms, 30 * 24h});
  map.duration("poll_deadline", inbound.pollDeadline, yaml::kPatience);
  map.integer("concurrency", inbound.concurrency, kThreads);
  map.finish();
}

void readBreaker(const yaml::YamlNode* node, Outbound& outbound, yaml::Findings& findings) {
  yaml::MapReader map(node, findings);
  map.integer("failures", outbound.breakerFailures, {1, 1'000'000});
  map.duration("rest", outbound.breakerRest, yaml::kPatience);
  map.finish();
}

void readClientTls(const yaml::YamlNode* node, const std::filesystem::path& directory,
                   TlsSettings& tls, yaml::Findings& findings) {
  yaml::MapReader map(node, findings);
  map.pem("authority", directory, yaml::kCertificate, tls.clientAuthority);
  map.pem("certificate", directory, yaml::kCertificate, tls.certificate);
  map.pem("key", directory, yaml::kPrivateKey, tls.key);
  map.finish();
  if (node == nullptr || !node->isMap()) return;
  if ((node->find("certificate") == nullptr) != (node->find("key") == nullptr)) {
    findings.add(node->finding("certificate and key go together", "give both, or neither"));
  }
}

void readOutbound(const yaml::YamlNode* node, const SecretSource& secrets, const std::string& zone,
                  Outbound& outbound, yaml::Findings& findings) {
  yaml::MapReader map(node, findings);
  map.names("mappings", outbound.mappings);
  map.integer("concurrency", outbound.concurrency, kThreads);
  map.integer("batch", outbound.batch, {1, 100'000});
  map.rate("rate", outbound.ratePerSecond);
  map.decimal("burst", outbound.burst, {1, 1e9});
  map.duration("deadline", outbound.deadline, yaml::kPatience);
  map.name("retry", outbound.retry);
  readBreaker(map.take("breaker"), outbound, findings);
  readExceptions(map, outbound.exceptions);
  map.boolean("pull", outbound.pull);
  map.duration("pull_lease", outbound.pullLease, {1s, 24h});
  if (const yaml::YamlNode* schedule = map.take("schedule"))
    outbound.schedule = readSchedule(*schedule, zone, findings);
  readClientTls(map.take("tls"), secrets.directory(), outbound.tls, findings);
  readProxy(map.take("proxy"), true, secrets, outbound.proxy, findings);
  map.finish();
}

void readDivision(yaml::MapReader& map, std::string& division, yaml::Findings& findings) {
  const yaml::YamlNode* node = map.take("division");
  const auto text = node == nullptr ? std::nullopt : yaml::readText(*node, findings);
  if (!text) return;
  if (text->size() == 12 && isDigits(*text)) {
    division = *text;
  } else {
    findings.add(
        node->finding(yaml::shown(*text) + " is not a division code", "write its 12 digits"));
  }
}

void readContact(const yaml::YamlNode* node, Contact& contact, yaml::Findings& findings) {
  yaml::MapReader map(node, findings);
  map.text("name", contact.name);
  map.text("phone", contact.phone);
  map.finish();
}

}  // namespace

std::string adapterOf(const yaml::YamlNode& root) {
  const yaml::YamlNode* adapter = root.find("adapter");
  return adapter == nullptr ? std::string() : adapter->text();
}

PeerConfig readPeer(const yaml::YamlNode& root, const std::string& name, const Descriptor* adapter,
                    const SecretSource& secrets, yaml::Findings& findings,
                    const ProxySettings& gatewayProxy) {
  PeerConfig peer;
  peer.name = name;
  peer.title = name;
  yaml::MapReader map(&root, findings);
  map.text("title", peer.title);
  map.require("adapter", root, "name one of those in lianqiao.yaml");
  map.name("adapter", peer.adapter);
  map.boolean("enabled", peer.enabled);
  map.zone("zone", peer.zone);
  readDivision(map, peer.division, findings);
  readContact(map.take("contact"), peer.contact, findings);
  if (const yaml::YamlNode* expect = map.take("expect"))
    peer.expect = readExpectation(*expect, peer.zone, findings);
  const yaml::YamlNode* settings = map.take("settings");
  if (adapter != nullptr)
    peer.settings = check(root, settings, adapter->settings, secrets, findings);
  readAuth(map.take("auth"), secrets, peer.auth, findings);
  readInbound(map.take("inbound"), peer.inbound, findings);
  peer.outbound.proxy = gatewayProxy;
  readReconciliation(map.take("reconcile"), peer, findings);
  readOutbound(map.take("outbound"), secrets, peer.zone, peer.outbound, findings);
  map.finish();
  return peer;
}

}  // namespace lianqiao::config
