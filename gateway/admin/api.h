#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "lianqiao/http.h"
#include "queue/record_store.h"
#include "queue/work_queue.h"

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
  bool removed = false;  ///< No longer configured.
  bool closed = false;   ///< Its requests are refused; its polling state says why.
};

/// The moving part of one peer's status: what its deliverer or poller says of itself.
struct PeerState {
  std::string state;  ///< ok · resting · paused · trying · failing · waiting
  std::string cause;  ///< Code; empty when all is well.
  std::string detail;
  std::optional<WallTime> since{};  ///< It does not work.
  std::string unread{};             ///< What a source sees and does not read.
};

/// Somebody is refused for a reason of ours.
struct Refusing {
  std::string peer;  ///< Empty: everybody.
  std::string code;
  std::string detail;  ///< With what to do.
};

/// What became of one exception in a replay, or of a preview would become.
struct ReplayItem {
  std::string id;
  std::string peer;
  std::string_view result;  ///< accepted · duplicate · requeued · failing · superseded
  std::string code;         ///< failing: why.
  std::string message;
};

/// One bounded step of a replay.
struct ReplayPage {
  std::vector<ReplayItem> items;
  std::string next;              ///< Go on behind this id; empty at the end.
  std::optional<Error> stopped;  ///< Why no more was done.
};

struct ReplayMode {
  bool preview = false;
  bool force = false;  ///< Takes up what is superseded, too.
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

/// What the admin API needs of the rest; given by runtime.
struct Services {
  queue::WorkQueue& queue;
  base::Clock& clock;
  std::string node;
  WallTime started{};
  std::function<std::vector<PeerFacts>()> peers;
  std::function<PeerState(const std::string& peer)> delivery;  ///< Of its deliverer.
  std::function<PeerState(const std::string& peer)> polling;   ///< Of its poller.
  std::function<Result<ReplayPage>(const std::string& exceptionId, ReplayMode)> replayOne;
  std::function<Result<ReplayPage>(const queue::ExceptionFilter&, ReplayMode)> replayPage;
  /// Personal fields masked by their class.
  std::function<std::string(const std::string& event)> mask;
  std::function<std::string()> metrics;  ///< Prometheus text.
  std::function<ReloadAnswer()> reload;
  /// A person has closed it: "closed by NAME: reason".
  std::function<void(const queue::ExceptionInfo&, const std::string& note)> closed;
  /// Of a peer that is configured.
  std::function<Resumed(const std::string& peer)> resume{};
  /// Whoever is refused now.
  std::function<std::vector<Refusing>()> refusing{};
  /// A person has read raw items, personal data and all.
  std::function<void(const std::string& what, const std::string& by)> rawShown{};
  /// Paths that its mappings ignore.
  std::function<std::vector<std::string>(const std::string& peer)> ignored{};
};

class JsonBuilder;
class RawItems;

/// The operators' HTTP API, all JSON but /metrics. Thread-safe.
///   GET  /v1/status
///   GET  /v1/trail/{id}            by our id (a record's or an exception's), a peer's id, a
///                                  receipt or a key; names in keys are masked
///                                  ?raw=true&by=: with the raw items, whole; so do the next two
///   GET  /v1/exceptions?peer=&code=&from=&to=&limit=&after=
///                                  peer and code narrow the causes, too
///   GET  /v1/exceptions/{id}
///   POST /v1/exceptions/{id}/replay?preview=&force=
///   POST /v1/exceptions/{id}/close?reason=&by=
///                                  discards it for good; answers what it was. Both in UTF-8, at
///                                  most 200 characters each; numbers of persons in them are masked
///   POST /v1/replay?peer=&code=&from=&to=&limit=&after=&preview=&force=
///                                  at most `limit`; `next` goes on
///   POST /v1/peers/{peer}/resume   nothing holds it back any more: {"peer","suspects",
///                                  "deliveries","polls","retries"}, and "error" where Redis is
///                                  away
///   POST /v1/peers/{peer}/release?path=
///                                  as the status shows it: that leaf's changes are delivered, and
///                                  now the present state of up to 500 things that wait with one:
///                                  {"peer","path","delivered","left"}; again until none is left
///   POST /v1/reload                200 all applied, 422 something refused or left for a restart
///   GET  /metrics
class Api {
 public:
  explicit Api(Services services) : services_(std::move(services)) {}

  HttpResponse handle(const HttpRequest& request) const;

 private:
  HttpResponse status() const;
  HttpResponse release(const std::string& peer, const HttpRequest& request) const;
  HttpResponse trail(const std::string& id, const HttpRequest& request) const;
  Result<void> writeAll(JsonBuilder& json, std::vector<queue::ExceptionInfo>& exceptions,
                        RawItems& raw) const;
  Result<std::vector<queue::ExceptionInfo>> exceptionsOf(const std::string& anyId) const;
  HttpResponse exceptions(const HttpRequest& request) const;
  HttpResponse exception(const std::string& id, const HttpRequest& request) const;
  HttpResponse close(const std::string& id, const HttpRequest& request) const;
  bool isConfigured(const std::string& peer) const;
  Result<void> knows(const std::string& peer) const;
  Error noSuchPeer(const std::string& peer) const;
  HttpResponse resume(const std::string& peer) const;

  const Services services_;
};

}  // namespace lianqiao::admin
