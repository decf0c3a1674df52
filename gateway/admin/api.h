#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "admin/operations.h"
#include "base/clock.h"
#include "lianqiao/http.h"
#include "resend/resend.h"
#include "review/record_store.h"
#include "storage/work_queue.h"

namespace lianqiao::admin {

/// What the admin API needs of the rest; given by runtime.
struct Backend {
  storage::WorkQueue& queue;
  Operations& operations;
  resend::Resend& resend;
  base::Clock& clock;
  std::string node;
  WallTime started{};
};

class JsonBuilder;
class RawItems;

/// The operators' HTTP API, all JSON but /metrics. Thread-safe.
///   GET  /v1/status?peer=          of all peers, or one
///   GET  /v1/trail/{id}            by our id (a record's or an exception's), a peer's id, a
///                                  receipt or a key; names in keys are masked; with
///                                  the deadlines of its thing
///                                  ?raw=true&by=: with the raw items, whole; so do the next two
///   GET  /v1/records?word=&number=&text=&region=&peer=&type=&state=&from=&to=&limit=&after=
///                                  the history's records, newest first; `next` goes on
///   GET  /v1/records/{id}?raw=&normalized=&sent=&answer=&by=&reason=
///                                  all that the history knows of a record or an exception
///   GET  /v1/reports               those that are declared
///   GET  /v1/reports/{name}?period=&figure=
///                                  its counts, or the ids behind one figure
///   POST /v1/history/verify · rebuild?by=&reason= · erase?number=&by=&reason=
///   GET  /v1/history/acts          what persons did to the history
///   GET  /v1/exceptions?peer=&code=&from=&to=&limit=&after=
///                                  peer and code narrow the causes, too
///   GET  /v1/exceptions/{id}
///   POST /v1/exceptions/{id}/replay?preview=&force=
///   POST /v1/exceptions/{id}/close?reason=&by=
///                                  discards it for good; answers what it was. Both in UTF-8, at
///                                  most 200 characters each; numbers of persons in them are masked
///   POST /v1/replay?peer=&code=&from=&to=&limit=&after=&preview=&force=
///                                  at most `limit`; `next` goes on
///   POST /v1/resends?by=&reason=&as_new=&again=&asked=
///                                  an empty list of what is to be sent again: 201 {"id"}; by and
///                                  reason as those of a close, both must be given; as_new: under
///                                  new idempotency keys; again: also what was sent again before;
///                                  asked: in words, which deliveries
///   POST /v1/resends/{id}/deliveries?peer=
///                                  body {"ids":[…]}: at most 1000 ids, ours or a peer's, keys or
///                                  receipts: {"deliveries","taken","refused":[{"id","peer","code",
///                                  "message"}],"next","unread"}; the first `taken` of them were
///                                  looked up: send the others again
///   POST /v1/resends/{id}/deliveries?peer=&day=&type=&after=
///                                  what was delivered to it on that day, a page; `next` goes on
///   POST /v1/resends/{id}/run?most=
///                                  owes the next of them again, at most 100; freezes the list:
///                                  {"id",…,"deliveries","done","refused","failed","left","items"},
///                                  items: those that were not sent again, and why
///   GET  /v1/resends/{id}?after=&limit=
///                                  the list and its deliveries: {"record","peer","over","result":
///                                  resent · refused · failed,"code","message"}; what is not over
///                                  would become that
///   POST /v1/peers/{peer}/resume   nothing holds it back any more: {"peer","suspects",
///                                  "deliveries","polls","retries"}, and "error" where Redis is
///                                  away
///   POST /v1/peers/{peer}/release?path=
///                                  as the status shows it: that leaf's changes are delivered, and
///                                  now the present state of up to 500 things that wait with one:
///                                  {"peer","path","delivered","left"}; again until none is left
///   POST /v1/peers/{peer}/reconcile?day=&direction=&format=csv&fetch=true
///                                  compares a day with the other side (reconcile/report.h); the
///                                  header Lianqiao-Equal says true or false
///   POST /v1/reload                200 all applied, 422 something refused or left for a restart
///   GET  /metrics
class Api {
 public:
  explicit Api(Backend backend) : backend_(std::move(backend)) {}

  HttpResponse handle(const HttpRequest& request) const;

 private:
  HttpResponse reconcile(const std::string& peer, const HttpRequest& request) const;
  HttpResponse status(const std::string& peer) const;
  HttpResponse release(const std::string& peer, const HttpRequest& request) const;
  HttpResponse trail(const std::string& id, const HttpRequest& request) const;
  Result<void> writeAll(JsonBuilder& json, std::vector<review::ExceptionInfo>& exceptions,
                        RawItems& raw) const;
  Result<std::vector<review::ExceptionInfo>> exceptionsOf(const std::string& anyId) const;
  HttpResponse exceptions(const HttpRequest& request) const;
  HttpResponse exception(const std::string& id, const HttpRequest& request) const;
  HttpResponse close(const std::string& id, const HttpRequest& request) const;
  bool isConfigured(const std::string& peer) const;
  Result<void> knows(const std::string& peer) const;
  Error noSuchPeer(const std::string& peer) const;
  HttpResponse resume(const std::string& peer) const;

  const Backend backend_;
};

}  // namespace lianqiao::admin
