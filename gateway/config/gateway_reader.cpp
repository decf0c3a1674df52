#include "config/gateway_reader.h"

#include <algorithm>

#include "config/history_server_reader.h"
#include "config/proxy_reader.h"
#include "config/redis_reader.h"
#include "lianqiao/ascii.h"
#include "yaml/map_reader.h"

namespace lianqiao::config {
namespace {

constexpr yaml::Range<std::int64_t> kCount{1, 1'000'000};

void readListenerTls(const yaml::YamlNode* node, const std::filesystem::path& directory,
                     TlsSettings& tls, yaml::Findings& findings) {
  yaml::MapReader map(node, findings);
  map.pem("certificate", directory, yaml::kCertificate, tls.certificate);
  map.pem("key", directory, yaml::kPrivateKey, tls.key);
  map.pem("client_authority", directory, yaml::kCertificate, tls.clientAuthority);
  map.finish();
  if (node == nullptr || !node->isMap()) return;
  for (const char* key : {"certificate", "key"}) {
    if (node->find(key) == nullptr) {
      findings.add(node->finding("the key '" + std::string(key) + "' is missing",
                                 "TLS needs both certificate and key"));
    }
  }
}

void readProxies(const yaml::YamlNode* node, std::vector<base::IpNetwork>& networks,
                 yaml::Findings& findings) {
  if (node == nullptr) return;
  if (!node->isList()) {
    findings.add(node->finding("this must be a list", "write [10.0.0.5, 10.1.0.0/16]"));
    return;
  }
  for (const yaml::YamlNode& entry : node->items()) {
    const auto network =
        entry.isScalar() ? base::IpNetwork::parse(entry.text()) : std::optional<base::IpNetwork>();
    if (!network) {
      findings.add(entry.finding("this is no address and no network",
                                 "write one as in 10.0.0.5, 10.1.0.0/16 or \"2001:db8::/32\"; "
                                 "behind its prefix a network has zeros"));
    } else if (network->bits < (network->address.isV4() ? 96 + 8 : 16)) {
      findings.add(entry.finding("so wide a network could be anybody",
                                 "name the addresses of your proxies alone"));
    } else {
      networks.push_back(*network);
    }
  }
}

/// A number as addresses are, or a name, which begins with a letter.
bool isAddress(std::string_view text) {
  const auto fits = [](char c) { return isLetter(c) || isDigit(c) || c == '-' || c == '.'; };
  const auto colons = std::count(text.begin(), text.end(), ':');
  const bool port = colons == 1 || text.starts_with('[');  // which callers' addresses may have
  if (!port && base::IpAddress::parse(text)) return true;
  return !text.empty() && text[0] > '9' && std::all_of(text.begin(), text.end(), fits);
}

void readAddress(const yaml::YamlNode* node, std::string& address, yaml::Findings& findings) {
  const auto text = node == nullptr ? std::nullopt : yaml::readText(*node, findings);
  if (!text) return;
  if (isAddress(*text)) {
    address = *text;
    return;
  }
  const std::size_t colon = text->rfind(':');
  const bool port = colon != std::string::npos && isAddress(text->substr(0, colon));
  findings.add(node->finding(port ? "a port stands behind this address" : "this is not an address",
                             port ? "give it a line of its own: port: " + text->substr(colon + 1)
                                  : "write one as in 127.0.0.1, 0.0.0.0 or \"::\""));
}

void readListener(const yaml::YamlNode* node, bool peers, const std::filesystem::path& directory,
                  Listener& listener, yaml::Findings& findings) {
  yaml::MapReader map(node, findings);
  readAddress(map.take("address"), listener.address, findings);
  map.integer("port", listener.port, {0, 65535});
  if (peers) {
    readListenerTls(map.take("tls"), directory, listener.tls, findings);
    readProxies(map.take("trusted_proxies"), listener.trustedProxies, findings);
  }
  map.finish();
}

void readListen(const yaml::YamlNode* node, GatewayConfig& config, yaml::Findings& findings) {
  yaml::MapReader map(node, findings);
  readListener(map.take("peers"), true, config.directory, config.peersListener, findings);
  readListener(map.take("admin"), false, config.directory, config.adminListener, findings);
  map.finish();
}

void readIntake(const yaml::YamlNode* node, IntakeLimits& intake, yaml::Findings& findings) {
  yaml::MapReader map(node, findings);
  map.integer("connections", intake.connections, kCount);
  map.integer("connections_per_address", intake.connectionsPerAddress, kCount);
  map.size("body", intake.body, {1 << 10, 1 << 30});
  map.size("header", intake.header, {1 << 10, 1 << 20});
  map.integer("items_per_request", intake.itemsPerRequest, kCount);
  map.size("bodies_in_flight", intake.bodiesInFlight, {1 << 10, std::int64_t{1} << 40});
  map.size("unproved_in_flight", intake.unprovedInFlight, {1 << 10, std::int64_t{1} << 40});
  map.duration("header_time", intake.headerTime, yaml::kPatience);
  map.duration("body_time", intake.bodyTime, yaml::kPatience);
  map.duration("answer_time", intake.answerTime, yaml::kPatience);
  map.duration("idle_time", intake.idleTime, yaml::kPatience);
  map.integer("threads", intake.threads, {1, 256});
  map.finish();
  if (intake.bodiesInFlight < intake.body && node != nullptr) {
    findings.add(
        node->finding("bodies_in_flight is less than body: the largest request could never pass",
                      "raise bodies_in_flight, or lower body"));
  }
  if (intake.unprovedInFlight > intake.bodiesInFlight && node != nullptr) {
    findings.add(
        node->finding("unproved_in_flight is more than bodies_in_flight",
                      "lower it: what is left is the reserve of peers that prove themselves"));
  }
}

void readSpool(const yaml::YamlNode* node, SpoolSettings& spool, yaml::Findings& findings) {
  yaml::MapReader map(node, findings);
  map.boolean("enabled", spool.enabled);
  map.size("size", spool.size, {1 << 20, std::int64_t{1} << 40});
  map.finish();
}

void readRetention(const yaml::YamlNode* node, Retention& retention, yaml::Findings& findings) {
  yaml::MapReader map(node, findings);
  map.duration("duplicates", retention.duplicates, {1s, yaml::kAnyDuration.most});
  map.duration("delivered", retention.delivered, {1s, yaml::kAnyDuration.most});
  map.duration("exceptions", retention.exceptions, {1s, yaml::kAnyDuration.most});
  map.finish();
}

/// A map of names to what `read` makes of their values.
template <typename Value, typename Read>
void readNamed(const yaml::YamlNode* node, std::map<std::string, Value>& into, const Read& read,
               yaml::Findings& findings) {
  if (node == nullptr || node->isNull()) return;
  if (!node->isMap()) {
    findings.add(node->finding("a map is wanted here", "write one `name: value` a line"));
    return;
  }
  for (const yaml::YamlNode::Entry& entry : node->entries()) {
    const auto name = yaml::accept(entry.value, yaml::parseName(entry.key), findings);
    const auto value = yaml::accept(entry.value, read(entry.value.text()), findings);
    if (name && value) into.insert_or_assign(*name, *value);
  }
}

void readHistory(const yaml::YamlNode* node, const std::filesystem::path& directory,
                 const SecretSource& secrets, HistorySettings& history, yaml::Findings& findings) {
  yaml::MapReader map(node, findings);
  map.boolean("enabled", history.enabled);
  map.path("folder", directory, history.folder);
  map.boolean("words", history.words);
  map.integer("journal", history.journal, {1000, 10'000'000});
  map.duration("sent", history.sent, {0ms, yaml::kAnyDuration.most});
  readNamed(map.take("classes"), history.classes, yaml::parseName, findings);
  const yaml::YamlNode* retention = map.take("retention");
  readNamed(
      retention, history.retention,
      [](std::string_view text) {
        return yaml::parseDuration(text, {24h, yaml::kAnyDuration.most});
      },
      findings);
  readHistoryServer(node, map, directory, secrets, history, findings);
  map.finish();
  for (const auto& retained : history.retention) {
    const std::string& kind = retained.first;
    const bool named =
        kind == "records" || std::any_of(history.classes.begin(), history.classes.end(),
                                         [&](const auto& one) { return one.second == kind; });
    if (named) continue;
    findings.add(retention->find(kind)->finding("no type of record is of the class " + kind,
                                                "name it under classes, or take it out"));
  }
}

void readSteps(const yaml::YamlNode* node, StepSettings& steps, yaml::Findings& findings) {
  yaml::MapReader map(node, findings);
  map.duration("skew", steps.skew, {0ms, yaml::kAnyDuration.most});
  static constexpr std::string_view kLate[] = {"deliver", "aside"};
  if (map.choice("late", kLate) == 1) steps.late = LateSteps::quarantine;
  map.duration("early", steps.early, {0ms, 30 * 24h});
  map.integer("waiting", steps.waiting, {0, 100'000});
  map.finish();
}

void readReferences(const yaml::YamlNode* node, ReferenceSettings& references,
                    yaml::Findings& findings) {
  yaml::MapReader map(node, findings);
  map.duration("wait", references.wait, {1s, 30 * 24h});
  map.integer("waiting", references.waiting, {0, 100'000});
  map.finish();
}

void readGrids(const yaml::YamlNode* node, const std::filesystem::path& directory,
               GridSettings& grids, yaml::Findings& findings) {
  static constexpr std::string_view kDatums[] = {"wgs84", "cgcs2000", "gcj02", "bd09"};
  yaml::MapReader map(node, findings);
  if (node != nullptr) map.require("folder", *node, "name the folder of their files");
  map.path("folder", directory, grids.folder);
  map.text("code", grids.code);
  if (node != nullptr)
    map.require("datum", *node, "say in what the files tell places: datum: gcj02, say");
  if (const int datum = map.choice("datum", kDatums); datum >= 0)
    grids.datum = kDatums[static_cast<std::size_t>(datum)];
  map.integer("overlap_tolerance", grids.overlapTolerance, {0, 1'000'000});
  map.finish();
}

void readRetry(const yaml::YamlNode* node, std::map<std::string, RetryPolicy>& policies,
               yaml::Findings& findings) {
  policies.emplace("default", RetryPolicy{});
  if (node == nullptr || node->isNull()) return;
  if (!node->isMap()) {
    findings.add(node->finding("a map of policies is wanted here", "write `name: {first: 1s, …}`"));
    return;
  }
  for (const yaml::YamlNode::Entry& entry : node->entries()) {
    const auto name = yaml::accept(entry.value, yaml::parseName(entry.key), findings);
    RetryPolicy policy;
    policy.name = entry.key;
    yaml::MapReader map(&entry.value, findings);
    map.duration("first", policy.first, {1ms, 24h});
    map.decimal("factor", policy.factor, {1, 100});
    map.duration("cap", policy.cap, {1ms, 30 * 24h});
    map.duration("max_age", policy.maxAge, {1s, yaml::kAnyDuration.most});
    map.finish();
    if (policy.cap < policy.first) {
      findings.add(entry.value.finding("the cap is shorter than the first wait",
                                       "raise cap, or lower first"));
    }
    if (name) policies.insert_or_assign(*name, std::move(policy));
  }
}

void readOutbound(const yaml::YamlNode* node, const SecretSource& secrets, ProxySettings& proxy,
                  yaml::Findings& findings) {
  yaml::MapReader map(node, findings);
  readProxy(map.take("proxy"), false, secrets, proxy, findings);
  map.finish();
}

}  // namespace

std::vector<std::string> readAdapters(const yaml::YamlNode& root, yaml::Findings& findings) {
  const yaml::YamlNode* node = root.find("adapters");
  if (node == nullptr) {
    findings.add(
        root.finding("the key 'adapters' is missing", "list those to load: adapters: [webhook]"));
    return {};
  }
  return yaml::readNames(*node, findings);
}

void readGateway(const yaml::YamlNode& root, const SecretSource& secrets, GatewayConfig& config,
                 yaml::Findings& findings) {
  yaml::MapReader map(&root, findings);
  map.name("node", config.node);
  config.data = config.directory / config.data;
  map.path("data", config.directory, config.data);
  map.path("plugins", config.directory, config.plugins);
  map.path("schemas", config.directory, config.schemas);
  map.take("adapters");
  config.adapters = readAdapters(root, findings);
  readListen(map.take("listen"), config, findings);
  readIntake(map.take("intake"), config.intake, findings);
  readRedis(map.take("redis"), config.directory, secrets, config.redis, findings);
  readSpool(map.take("spool"), config.spool, findings);
  readRetention(map.take("retention"), config.retention, findings);
  readGrids(map.take("grids"), config.directory, config.grids, findings);
  readHistory(map.take("history"), config.directory, secrets, config.history, findings);
  readSteps(map.take("steps"), config.steps, findings);
  readReferences(map.take("references"), config.references, findings);
  readRetry(map.take("retry"), config.retry, findings);
  readOutbound(map.take("outbound"), secrets, config.proxy, findings);
  map.finish();
}

}  // namespace lianqiao::config
