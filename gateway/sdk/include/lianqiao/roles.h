#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lianqiao/host.h"
#include "lianqiao/http.h"
#include "lianqiao/json.h"
#include "lianqiao/result.h"

namespace lianqiao {

/// What a peer sent, cut into single things. The mapping reads `body`.
struct RawItem {
  std::string body;      ///< One JSON object (a CSV row or an XML message is turned into one).
  std::string evidence;  ///< The bytes as they came, where they differ from `body`; else empty.
  /// The protocol's own id of the thing, where it has one; else the mapping names it.
  std::string sourceId;
  /// For people: "ledger.xlsx, sheet 1, row 12"; empty where the peer pushed it.
  std::string origin;
  /// On which `body` begins in what was sent, for what is said of a bad one.
  std::size_t line = 1;
  /// Set where the adapter could not read this item (a row with too many columns): it is
  /// quarantined with its evidence and these problems, the rest goes on.
  std::vector<Problem> problems;
};

/// What became of one raw item, after it was made durable.
struct ItemVerdict {
  enum class Status : std::uint8_t { accepted, duplicate, quarantined };
  Status status = Status::accepted;
  std::string id;  ///< The record's id (of the first one, when duplicate), or the exception's id.
  std::string sourceId;           ///< As far as it could be read.
  std::vector<Problem> problems;  ///< Why, when quarantined.
};

/// What a receiver made of one request.
struct Reception {
  std::vector<RawItem> items;
  /// Set: the request is answered with this at once and `items` is empty (URL check, probe,
  /// refusal).
  std::optional<HttpResponse> answer;
};

/// Role: turns requests that the gateway's listener accepted into raw items, and verdicts into the
/// answer that this protocol expects. Called from several threads at once: guard what changes.
class Receiver {
 public:
  virtual ~Receiver() = default;

  /// The request is complete; unless the descriptor says `authenticatesCallers`, its sender is
  /// known. An Error is answered in the standard error shape (status by code). The default takes
  /// the standard form: one JSON object, an array, or NDJSON.
  virtual Result<Reception> receive(const HttpRequest& request);

  /// Called after every item is durable, in the order of `items`, with the request without its
  /// body. The default is the standard answer.
  virtual HttpResponse answer(const HttpRequest& request, std::span<const ItemVerdict> verdicts);
};

/// [{"code","path","message"},…], as answers and exceptions tell them.
void appendProblems(std::span<const Problem> problems, std::string& out);
/// The standard form of POST /v1/peers/{peer}/records; fails with intake.media_type, decode.json,
/// or intake.too_large beyond the request's itemLimit.
Result<Reception> receiveStandard(const HttpRequest& request);
/// 202 with {"items":[{"id","sourceid","duplicate"}|{"index","exception","errors":[…]}]}; 422 when
/// every item was quarantined.
HttpResponse answerStandard(std::span<const ItemVerdict> verdicts);

/// What a source found. `cursor` is stored, atomically with the items, before confirm() is called.
struct Batch {
  std::vector<RawItem> items;
  std::string cursor;  ///< Opaque to the gateway; at most 4 KiB.
  bool more = false;   ///< Poll again at once instead of after the interval.
  /// What lies before the source and is not read ("2 files that no pattern takes: …"), for
  /// `lianqiao status` until the next batch. At most 500 bytes are kept. Empty: all is read.
  std::string unread{};
  /// Exceptions of this peer, by the ids that its verdicts had, whose cause is gone: they are
  /// closed before confirm(). One that is closed already is no error.
  std::vector<std::string> closes{};
};

/// Role: fetches from a platform, a database or a folder. Calls on one Source never overlap.
class Source {
 public:
  virtual ~Source() = default;

  /// `cursor` is the last stored one, empty at first. Bounded: at most some hundred items a batch.
  /// An Error leaves the cursor where it was; the gateway backs off and tries again.
  virtual Result<Batch> poll(std::string_view cursor, Deadline deadline) = 0;

  /// Called once after items and cursor are durable (archive the file, tell the platform). Not
  /// called again after a crash: poll() must cope with a batch that was stored but not confirmed.
  virtual Result<void> confirm(const Batch& batch, std::span<const ItemVerdict> verdicts);
};

/// The verdict of one try. The adapter classifies; the gateway alone decides when to try again.
enum class Verdict : std::uint8_t {
  delivered,  ///< The peer has confirmed it.
  retry,      ///< Might work later: network, time-out, 5xx. Whether the peer has it may be unknown.
  throttled,  ///< The peer asks for less: not before `notBefore`, and the whole peer slows down.
  rejected,   ///< The record is bad in the peer's eyes and stays so: it becomes an exception.
  refused,    ///< Credential, permission or peer is bad: pause the peer, burn no records.
};

struct Outcome {
  Verdict verdict = Verdict::retry;
  std::string code;     ///< Out of codes.h; empty when delivered.
  std::string detail;   ///< For people, at most 500 bytes are kept. No personal data.
  std::string receipt;  ///< The peer's own id for the thing, if given; 200 bytes are kept.
  std::optional<std::chrono::milliseconds> notBefore;  ///< From now; Retry-After and the like.
  /// The peer's own words about a failure, as they came: they may quote the record or name persons.
  /// The gateway bounds and masks them before anybody sees them, and appends them to `detail`.
  std::string said = {};
  /// The answer to a failure as it came, its first kAnswerBytes. The gateway keeps a masked
  /// beginning of it in the history, as long as there is room.
  std::string answer = {};
  static constexpr std::size_t kAnswerBytes = 4096;

  static Outcome delivered(std::string receipt = {}) {
    return {Verdict::delivered, {}, {}, std::move(receipt), {}, {}, {}};
  }
  static Outcome failed(Verdict verdict, std::string_view code, std::string detail) {
    return {verdict, std::string(code), std::move(detail), {}, {}, {}, {}};
  }
};

/// One record owed to this peer. Views are valid during the call only.
struct Delivery {
  std::string_view recordId;
  std::string_view key;
  std::string_view type;
  std::string_view idempotencyKey;  ///< Stable over every attempt of this record to this peer.
  int attempt = 1;
  json::Value payload;           ///< What the outbound mapping made of the record.
  std::string_view payloadText;  ///< The same as compact JSON.
  json::Value record;            ///< The whole CloudEvent.
};

/// How many of `deliveries`, from the first on and at least one, a request may carry that names
/// their idempotency keys in one header field: joinedKeys() of them is at most kJoinedKeysBytes, so
/// that the request's head stays below the 4 KiB that every common server takes.
std::size_t countForOneHeader(std::span<const Delivery> deliveries);
inline constexpr std::size_t kJoinedKeysBytes = 3072;
/// The records' own keys, separated by commas: a batch that is cut otherwise after a crash is still
/// recognised one by one.
std::string joinedKeys(std::span<const Delivery> deliveries);

/// The usual reading of a whole HTTP answer: 2xx delivered, 408/425/5xx retry, 429/503 throttled by
/// Retry-After, 401/403/407 (credential) and 3xx/404/405/421/501 (address) refused, other 4xx
/// rejected. Adapters refine it by the body.
Outcome outcomeOfHttp(const HttpResponse& answer);
/// A failed Host::send as an Outcome.
Outcome outcomeOfError(const Error& error);

/// Role: brings records to the peer. Called from several threads at once: guard what changes.
class Sink {
 public:
  virtual ~Sink() = default;

  virtual Outcome deliver(const Delivery& delivery, Deadline deadline) = 0;

  /// More than 1: the gateway may call deliverBatch with up to so many records of different keys.
  [[nodiscard]] virtual std::size_t batchLimit() const { return 1; }
  /// One Outcome per delivery, in order. The default calls deliver() for each.
  virtual std::vector<Outcome> deliverBatch(std::span<const Delivery> deliveries,
                                            Deadline deadline);

  /// Connection test: the same way as a delivery, without effect at the peer where that is
  /// possible.
  virtual Result<void> probe(Deadline deadline);
};

/// What a mock peer may do to the gateway.
class MockWorld {
 public:
  virtual ~MockWorld() = default;
  /// Base URL of the peer's endpoint at the gateway: http://…/v1/peers/<peer>.
  [[nodiscard]] virtual std::string_view gatewayUrl() const = 0;
  virtual Result<HttpResponse> send(const HttpCall& call) = 0;
  [[nodiscard]] virtual WallTime now() const = 0;
  virtual std::string nonce(std::size_t bytes) = 0;
  /// How many records to originate in all; 0 = none.
  [[nodiscard]] virtual std::size_t records() const = 0;
  /// Waits; false once the mock is to stop.
  virtual bool pause(std::chrono::milliseconds time) = 0;
  virtual void log(std::string_view message) = 0;

  /// What this run counts its records from, in drive(): a platform gives no number twice, also when
  /// it is started again.
  [[nodiscard]] std::size_t firstNumber() const;
  /// Sends again, with pauses, until `taken` says that the gateway has it: what a platform
  /// originates is owed. False once the mock is to stop.
  bool sendUntil(const HttpCall& call, const std::function<bool(const HttpResponse&)>& taken);
  /// The same for the standard answer: 202, or 422 for what is quarantined.
  bool sendUntilTaken(const HttpCall& call);
};

/// Role: plays the platform, so that an adapter can be tried without one. Built with the same
/// settings as the adapter, so that both sides agree on credentials. handle() is called from
/// several threads at once.
class MockPeer {
 public:
  virtual ~MockPeer() = default;
  /// Answers as the platform would. Deduplicates and checks signatures as strictly as the real one;
  /// `now` is its clock.
  virtual HttpResponse handle(const HttpRequest& request, WallTime now) = 0;
  /// Originates world.records() records as the platform would, then returns. Runs on a thread of
  /// its own.
  virtual void drive(MockWorld& world) { (void)world; }
  /// Distinct things taken so far, and how often one came twice.
  struct Taken {
    std::uint64_t distinct = 0;
    std::uint64_t doubled = 0;
    std::uint64_t refused = 0;
  };
  [[nodiscard]] virtual Taken taken() const = 0;
};

}  // namespace lianqiao
