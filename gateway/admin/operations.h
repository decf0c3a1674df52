#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/gateway_config.h"
#include "history/store.h"
#include "lianqiao/result.h"
#include "observe/refused_callers.h"
#include "report/report.h"
#include "review/record_store.h"
#include "review/resend_lists.h"

namespace lianqiao::admin {

/// Static facts of one peer, for the status.
struct PeerFacts {
  std::string name;
  std::string title;
  std::string adapter;
  bool enabled = true;
  bool receives = false;
  bool polls = false;
  bool delivers = false;
  bool pull = false;
  bool removed = false;             ///< No longer configured.
  bool closed = false;              ///< Its requests are refused; its polling state says why.
  config::Contact contact{};        ///< Of the other side.
  std::optional<WallTime> opens{};  ///< It takes nothing before; nothing: it does now.
};

/// A connection or registration that is kept alive.
struct SessionState {
  std::optional<WallTime> openSince;  ///< Nothing: it is not open on this node.
  std::optional<WallTime> lastHeard;  ///< The platform's last sign of life.
  std::uint64_t opened = 0;           ///< How often.
  std::optional<WallTime> lostAt;     ///< When it last failed, or could not be opened.
  std::string lostCause;              ///< Code.
  std::string lostDetail;
};

/// The moving part of one peer's status: what its deliverer, poller or session says of itself.
struct PeerState {
  std::string state;  ///< ok · resting · paused · trying · failing · waiting · opening
  std::string cause;  ///< Code; empty when all is well.
  std::string detail;
  std::optional<WallTime> since{};    ///< It does not work.
  std::string unread{};               ///< What a source sees and does not read.
  std::optional<WallTime> nextTry{};  ///< Of what fails, rests, or waits for its time.
  bool worked = false;                ///< Something went through since this node has it.
  std::optional<SessionState> session{};
};

/// Somebody is refused for a reason of ours.
struct Refusing {
  std::string peer;  ///< Empty: everybody.
  std::string code;
  std::string detail;     ///< With what to do.
  bool outbound = false;  ///< Of its deliveries; else of what it sends.
};

/// A peer sends nothing for longer than it is expected to, or usually is silent.
struct Silence {
  WallTime since{};    ///< It was last heard of, or the hours in which it is expected began.
  std::string detail;  ///< By what measure.
};

/// What became of one exception in a replay, or of a preview would become.
struct ReplayedException {
  std::string id;
  std::string peer;
  std::string_view result;  ///< accepted · duplicate · requeued · failing · superseded
  std::string code;         ///< failing: why.
  std::string message;
};

/// One bounded step of a replay.
struct ReplayAnswer {
  std::vector<ReplayedException> items;
  std::string next;              ///< Go on behind this id; empty at the end.
  std::optional<Error> stopped;  ///< Why no more was done.
};

struct ReplayOptions {
  bool preview = false;
  bool force = false;    ///< Takes up what is superseded, too.
  std::string who = {};  ///< Wants it; the journal tells.
};

/// What a reload of the configuration did.
struct ReloadAnswer {
  bool complete = false;  ///< All that changed is in force.
  std::string report;     ///< JSON.
};

/// What held a peer back until a person said that it is well again.
struct Resumed {
  std::size_t suspects = 0;     ///< Requests and polls that ended the process: one more try each.
  bool deliveries = false;      ///< They rested or were paused: a try is under way.
  bool polls = false;           ///< They backed off: one is under way.
  std::size_t retries = 0;      ///< Deliveries that would have waited longer, on any node.
  std::optional<Error> away{};  ///< Why that many only: Redis.
};

/// A day that a person wants compared with the other side.
struct ReconcileWish {
  std::string peer;
  std::string day;        ///< YYYY-MM-DD.
  std::string direction;  ///< out, in, or empty where one alone is declared.
  bool csv = false;
  bool fetch = false;  ///< What only they have is asked for and taken in.
};
struct ReconcileAnswer {
  bool equal = false;
  std::string text;  ///< JSON or CSV.
};

/// How a peer was last reconciled.
struct ReconciledLine {
  std::string direction;
  bool daily = false;
  std::string day;  ///< Empty: never.
  WallTime at{};
  bool equal = false;
  std::uint64_t ours = 0;
  std::uint64_t theirs = 0;
  std::uint64_t onlyOurs = 0;
  std::uint64_t onlyTheirs = 0;
  std::uint64_t differing = 0;
  std::uint64_t open = 0;
  std::optional<Error> error{};
};

/// How the history stands to what happens.
struct HistoryState {
  bool kept = false;     ///< The configuration wants one.
  bool writing = false;  ///< This node writes it.
  bool shared = false;   ///< All nodes have the same one.
  std::string writer;    ///< The node that does, or did last; empty while none has.
  /// That one has read the journal into a store of its own: a history of this node would lack it.
  bool split = false;
  std::uint64_t behind = 0;  ///< Steps of the queue that are not in it yet.
  std::uint64_t gaps = 0;
  std::uint64_t refilled = 0;        ///< Records that were made up for them.
  bool refilling = false;            ///< They are being made up.
  std::vector<std::string> damaged;  ///< Parts that were set aside.
  std::vector<history::ClassSize> classes{};
  std::optional<Error> failing;
  WallTime since{};  ///< It fails.
};

/// What went to a peer for one record.
struct SentPayload {
  enum class How : std::uint8_t {
    kept,        ///< These are its bytes.
    recomputed,  ///< Made again, and the digest is that of what was sent.
    different,   ///< Made again, and not what was sent, or nothing tells that it is.
    unknown      ///< It cannot be made again.
  };
  How how = How::unknown;
  std::string payload;
  std::string why;  ///< different, unknown: for people.
};

/// What the admin API shows and does beside the records themselves. The running gateway is it
/// (runtime/gateway.h). Thread-safe.
class Operations {
 public:
  virtual ~Operations() = default;

  [[nodiscard]] virtual HistoryState historyState() const = 0;
  /// Null where none is kept, or while it cannot be opened.
  [[nodiscard]] virtual history::HistoryStore* historyStore() const = 0;
  /// Makes up from the queue what the history of this node does not know. REQUIRES:
  /// historyStore() is not null.
  virtual void rebuildHistory() = 0;
  /// REQUIRES: historyStore() is not null. It may take a second: a configuration is compiled.
  virtual Result<SentPayload> sent(const history::Trail& trail,
                                   const history::Delivery& delivery) = 0;

  /// Those that reports.yaml declares.
  [[nodiscard]] virtual std::vector<report::Report> reports() const = 0;

  /// Every configured peer.
  [[nodiscard]] virtual std::vector<PeerFacts> peers() const = 0;
  [[nodiscard]] virtual PeerState delivery(const std::string& peer) const = 0;
  [[nodiscard]] virtual PeerState polling(const std::string& peer) const = 0;
  /// Whoever is refused now.
  [[nodiscard]] virtual std::vector<Refusing> refusing() const = 0;
  /// Who was refused since this process began, and how many of them are forgotten.
  [[nodiscard]] virtual std::vector<observe::RefusedCaller> refusedCallers() const = 0;
  [[nodiscard]] virtual std::uint64_t refusedCallersGone() const = 0;
  /// Nothing while it is not silent for too long.
  [[nodiscard]] virtual std::optional<Silence> silence(const std::string& peer) const = 0;
  /// Paths that the peer's mappings ignore.
  [[nodiscard]] virtual std::vector<std::string> ignored(const std::string& peer) const = 0;
  /// Personal fields masked by their class.
  [[nodiscard]] virtual std::string mask(const std::string& event) const = 0;
  /// Prometheus text.
  [[nodiscard]] virtual std::string metricsText() const = 0;

  virtual Result<ReplayAnswer> replayOne(const std::string& exceptionId, ReplayOptions mode) = 0;
  virtual Result<ReplayAnswer> replayPage(const review::ExceptionFilter& filter,
                                          ReplayOptions mode) = 0;
  virtual ReloadAnswer reloadConfiguration() = 0;
  /// REQUIRES: the peer is configured.
  virtual Resumed resume(const std::string& peer) = 0;

  /// REQUIRES: the peer is configured.
  virtual Result<ReconcileAnswer> reconcile(const ReconcileWish& wish) = 0;
  /// One for each direction that is declared.
  [[nodiscard]] virtual std::vector<ReconciledLine> reconciled(const std::string& peer) const = 0;

  /// A person has closed it: "closed by NAME: reason".
  virtual void noteClosed(const review::ExceptionInfo& exception, const std::string& note) = 0;
  /// A person's list begins to be carried out.
  virtual void noteResend(const review::ResendList& list) = 0;
  /// A person has read raw items, personal data and all.
  virtual void noteRawShown(const std::string& what, const std::string& by) = 0;
};

}  // namespace lianqiao::admin
