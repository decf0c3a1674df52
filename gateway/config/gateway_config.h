#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/ip_address.h"
#include "base/weekly_hours.h"
#include "lianqiao/field_spec.h"
#include "lianqiao/signing.h"
#include "yaml/yaml_node.h"

/// The configuration as plain structs, defaults in one place (here). Only config/ and setup/ know
/// files; every other part is given the struct that concerns it.
namespace lianqiao::config {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

struct TlsSettings {
  std::filesystem::path certificate;  ///< PEM chain; empty = plain HTTP.
  std::filesystem::path key;
  /// Set: callers must present a certificate it has signed.
  std::filesystem::path clientAuthority;
};

/// An HTTP proxy that calls to peers leave through.
struct ProxySettings {
  std::string host;  ///< Without brackets; empty = calls go straight to the peer.
  std::uint16_t port = 0;
  std::string user;  ///< Basic credentials; both or neither.
  Secret password;
  std::vector<std::string> directNames{};         ///< Domains whose hosts are called straight.
  std::vector<base::IpNetwork> directNetworks{};  ///< The same of hosts written as addresses.
};

struct Listener {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8480;  ///< 0 = any free one (tests).
  TlsSettings tls;
  std::vector<base::IpNetwork> trustedProxies{};  ///< Whose word on a caller's address is taken.
};

struct IntakeLimits {
  std::size_t connections = 4096;
  std::size_t connectionsPerAddress = 0;  ///< 0 = a quarter of `connections`, at least 16.
  std::size_t body = 16u << 20;
  std::size_t header = 32u << 10;
  std::size_t itemsPerRequest = 10'000;
  std::size_t bodiesInFlight = 256u << 20;  ///< Bytes of all bodies being received or worked on.
  std::size_t unprovedInFlight = 0;         ///< Of these without proof; 0 = half.
  milliseconds headerTime = 10s;  ///< Total, from the accept or the first byte of a later request.
  milliseconds bodyTime = 60s;    ///< Total.
  milliseconds answerTime = 30s;  ///< For the client to take the answer.
  milliseconds idleTime = 75s;    ///< Keep-alive without a request.
  int threads = 2;                ///< Workers that decode and normalize.
};

enum class Sync : std::uint8_t { always, everysec };

struct RedisSentinel {
  std::string host;
  std::uint16_t port = 26379;
};

/// One of three: managed, `url`, or `sentinels`.
struct RedisSettings {
  bool managed = true;  ///< The gateway starts and supervises its own redis-server.
  std::string url;      ///< redis://[user@]host[:port][/db] or unix:///path.
  std::vector<RedisSentinel> sentinels;  ///< They tell which server is the primary.
  std::string primary;                   ///< What the sentinels call it.
  Secret sentinelPassword;  ///< Of the sentinels; `user` and `password` are the servers'.
  std::string user;
  Secret password;
  int minReplicas = 0;            ///< So many must have a record before it is answered.
  milliseconds replicaWait = 1s;  ///< Shorter than `timeout`.
  std::string prefix = "lq";      ///< Of every key.
  Sync sync = Sync::always;       ///< Of the managed server.
  bool allowUnsafe = false;       ///< Start although the server may lose or evict records.
  std::filesystem::path binary = "redis-server";
  milliseconds timeout = 5s;    ///< For connect and each answer.
  std::size_t memory = 0;       ///< maxmemory of the managed server; 0 = none.
  std::size_t groupSize = 256;  ///< Records per atomic write, at most.
};

struct SpoolSettings {
  bool enabled = true;
  std::size_t size = 1u << 30;  ///< Bytes of submissions kept on disk while Redis is away.
};

struct Retention {
  milliseconds duplicates = 30 * 24h;  ///< How long a thing sent again is recognised.
  milliseconds delivered = 7 * 24h;    ///< How long a settled record and its raw item are kept.
  milliseconds exceptions = 90 * 24h;
};

/// What is kept of what happened, for years.
struct HistorySettings {
  bool enabled = true;
  std::filesystem::path folder;  ///< Empty: `history` in the data folder.
  bool words = false;            ///< Found by the words of its texts, too.
  /// Steps of the queue that wait for who writes the history, about; 22 KB each at most.
  std::size_t journal = 20'000;
  std::map<std::string, std::string> classes;  ///< Record type → class; the others are `records`.
  /// Class → for how long after its end a month is kept; those that are not named: for ever.
  std::map<std::string, milliseconds> retention;
  milliseconds sent = 90 * 24h;  ///< For how long after its month's end what was sent is kept.

  std::string url;  ///< Of a PostgreSQL in the place of files; empty: none.
  Secret password;  ///< Of its user, who stands in the url.
  std::string schema = "lianqiao";
  std::filesystem::path key;  ///< Empty: `key` in the folder.
};

/// The borders of the grids (网格), as GeoJSON.
struct GridSettings {
  std::filesystem::path folder;         ///< Empty: there are none.
  std::string code = "code";            ///< The property that has a grid's code.
  std::string datum = "wgs84";          ///< Of the files: wgs84, cgcs2000, gcj02 or bd09.
  std::int64_t overlapTolerance = 100;  ///< Square metres; less is not told.
};

enum class LateSteps : std::uint8_t { deliver, quarantine };

/// Steps that come after a later one, or before an earlier one (config/README.md, `steps`).
struct StepSettings {
  milliseconds skew = 10min;  ///< By which peers' clocks may differ.
  LateSteps late = LateSteps::deliver;
  milliseconds early = 10min;  ///< So long one waits for the step before it; 0: not at all.
  std::size_t waiting = 1000;  ///< So many of one peer wait at most.
};

/// What names a thing by a peer's id that nobody has told yet (config/README.md, `references`).
struct ReferenceSettings {
  milliseconds wait = 1h;      ///< So long it waits for that; then it is an exception.
  std::size_t waiting = 1000;  ///< So many of one peer wait at most.
};

struct RetryPolicy {
  std::string name = "default";
  milliseconds first = 1s;
  double factor = 2.0;
  milliseconds cap = 5min;
  /// Older than this, a failing delivery becomes an exception. Age decides, not count.
  milliseconds maxAge = 72h;
};

struct CallerAuth {
  enum class Kind : std::uint8_t { none, token, hmac, adapter };
  Kind kind = Kind::none;
  std::vector<Secret> tokens;  ///< Any of them: old and new during a change.
  SigningIdentity identity;    ///< For hmac.
  milliseconds skew{0};        ///< 0 = the scheme's default.
};

/// How many exceptions of one way may wait for somebody to look at them before that way pauses.
struct ExceptionLimits {
  std::size_t count = 100'000;
  std::size_t bytes = 256u << 20;
};

struct Inbound {
  std::vector<std::string> mappings;  ///< Names; the first whose `when` holds makes the record.
  double ratePerSecond = 0;           ///< 0 = unlimited.
  double burst = 0;
  std::size_t body = 0;  ///< 0 = the intake's limit.
  /// Records waiting in this peer's routes before senders get 503.
  std::size_t backlog = 1'000'000;
  ExceptionLimits exceptions;    ///< What was quarantined; then 429.
  milliseconds pollEvery = 30s;  ///< For sources.
  milliseconds pollDeadline = 60s;
  int concurrency = 2;  ///< Worker threads it may hold at once.
};

struct Outbound {
  std::vector<std::string> mappings;  ///< Empty: the record goes out as it is.
  int concurrency = 4;
  std::size_t batch = 0;  ///< 0 = what the adapter offers.
  double ratePerSecond = 0;
  double burst = 0;
  milliseconds deadline = 15s;  ///< Total, for one attempt.
  std::string retry = "default";
  int breakerFailures = 5;  ///< In a row, then the peer rests.
  milliseconds breakerRest = 30s;
  ExceptionLimits exceptions;  ///< Deliveries that became one; then nothing is sent.
  bool pull = false;           ///< The peer fetches from its outbox; nothing is sent.
  milliseconds pullLease = 60s;
  /// It takes something at these times and only then; nothing: always.
  std::optional<base::WeeklyHours> schedule{};
  TlsSettings tls;      ///< clientAuthority = CA of the server; certificate/key = ours.
  ProxySettings proxy;  ///< Its own, or else the gateway's.
};

/// How both sides count and compare the records of one direction (config/README.md, `reconcile`).
struct ReconciledWay {
  /// Which time puts a record into a day: accepted, happened, delivered, or sent.PATH.
  std::string day = "accepted";
  /// What both sides know it by: receipt, sourceid, key, id, or sent.PATH.
  std::string identity;
  std::string revision;             ///< Path of what was sent; empty: none is compared.
  std::vector<std::string> fields;  ///< Paths of what was sent that are compared.
  std::vector<std::string> types;   ///< Empty: all.
  milliseconds settle = 30min;      ///< What is younger may be on its way.
  milliseconds window = 72h;  ///< So far from its day a record may have been accepted, at most.
};

struct Reconciliation {
  std::optional<ReconciledWay> out;             ///< What we deliver to it.
  std::optional<ReconciledWay> in;              ///< What it sends us.
  std::string zone;                             ///< Of its days; empty: the peer's.
  std::optional<std::chrono::minutes> daily{};  ///< After midnight in that zone: the day before.
};

/// How often something is to come from a peer: `within`, at the most, from one record to the next,
/// counted inside `hours` alone.
struct Expectation {
  milliseconds within{0};
  base::WeeklyHours hours;
};

/// Whom an operator calls about a peer: a work contact, shown to operators as it is written.
struct Contact {
  std::string name;
  std::string phone;
};

struct PeerConfig {
  std::string name;
  std::string title;  ///< For people.
  std::string adapter;
  bool enabled = true;
  Settings settings;  ///< For the adapter, checked.
  CallerAuth auth;
  Inbound inbound;
  Outbound outbound;
  std::string zone = "+08:00";  ///< Of times without one.
  std::string division;         ///< 12-digit code of the authority.
  Reconciliation reconcile;
  Contact contact{};
  std::optional<Expectation> expect{};  ///< Nothing: what is usual is learned.
};

/// Condition on a field of a record: path, operator, operands.
struct RouteCondition {
  std::string path;  ///< type, peer, priority, or data.<field>
  enum class Operator : std::uint8_t {
    equals,
    one_of,
    prefix,
    present,
    absent
  } op = Operator::equals;
  std::vector<std::string> values;
  yaml::Position position{};             ///< In routes.yaml.
  std::vector<yaml::Position> places{};  ///< Of the values, where they are read from there.
};

/// Every route whose conditions all hold adds its destinations. A record without any is an
/// exception.
struct Route {
  std::string name;
  std::vector<RouteCondition> when;
  std::vector<std::string> to;
  yaml::Position position;
};

/// Of records that are alike, those that come soon after the first join what was derived from it.
struct DerivedOnce {
  std::vector<std::string> by;  ///< Paths in the event; what is equal in all is alike.
  std::vector<yaml::Position> places;
  milliseconds within{0};
};

/// Of each record of which all its conditions hold, the mapping makes another.
struct Derivation {
  std::string name;
  std::vector<RouteCondition> when;
  std::string mapping;
  std::optional<DerivedOnce> once{};
  yaml::Position position;
  yaml::Position mappingPosition;
};

struct GatewayConfig {
  std::string node = "lianqiao";
  std::filesystem::path directory;      ///< Of the configuration.
  std::filesystem::path data = "data";  ///< Read from a file: absolute, relative to `directory`.
  std::filesystem::path plugins;        ///< Folder of adapters; empty = beside the program.
  std::filesystem::path schemas;        ///< Empty = beside the program.
  std::vector<std::string> adapters;    ///< Explicit list to load.
  Listener peersListener;
  Listener adminListener{.address = "127.0.0.1", .port = 8481, .tls = {}};
  IntakeLimits intake;
  RedisSettings redis;
  SpoolSettings spool;
  Retention retention;
  HistorySettings history;
  StepSettings steps;
  ReferenceSettings references;
  GridSettings grids;
  ProxySettings proxy;  ///< Of peers that name none.
  std::map<std::string, RetryPolicy> retry;
  std::vector<PeerConfig> peers;
  std::vector<Route> routes;
  std::vector<Derivation> derivations;
  std::map<std::string, yaml::YamlNode> mappings;    ///< By name; compiled by pipeline/.
  std::map<std::string, yaml::YamlNode> codeTables;  ///< By name; compiled by pipeline/.
};

}  // namespace lianqiao::config
