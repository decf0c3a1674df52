#include "admin/api.h"

#include <algorithm>

#include "admin/answers.h"
#include "admin/deadline_answers.h"
#include "admin/held_path.h"
#include "admin/history_acts.h"
#include "admin/history_answers.h"
#include "admin/json_builder.h"
#include "admin/parameters.h"
#include "admin/raw_items.h"
#include "admin/report_answers.h"
#include "admin/resend_answers.h"
#include "admin/status.h"
#include "base/rfc3339.h"
#include "config/no_such_peer.h"
#include "lianqiao/codes.h"
#include "lianqiao/text.h"
#include "record/redact.h"
#include "redis/obstacle.h"

namespace lianqiao::admin {
namespace {

constexpr std::size_t kPage = 1000;
constexpr std::size_t kMostSearched = 20'000;

void writeException(JsonBuilder& json, const review::ExceptionInfo& info, RawItems& raw) {
  json.object()
      .field("id", info.id)
      .field("direction", info.inbound ? "in" : "out")
      .field("peer", info.peer)
      .field("code", info.code)
      .field("detail", record::maskNumbers(info.detail))
      .field("sourceid", record::maskKey(info.sourceId))
      .field("origin", record::maskNumbers(info.origin))
      .field("record", info.recordId)
      .field("seen", info.seen)
      .field("at", base::formatTime(info.at));
  if (info.until) json.field("waits_until", base::formatTime(*info.until));
  raw.write(json, info.body, info.evidence);
  json.end();
}

/// How long it was in the gateway's hands, once it has ended.
void writeDelivery(JsonBuilder& json, const review::TrailDelivery& delivery, WallTime accepted) {
  json.object().field("peer", delivery.peer).field("state", delivery.state);
  json.field("receipt", record::maskKey(delivery.receipt));
  if (!delivery.exception.empty()) json.field("exception", delivery.exception);
  if (delivery.at) json.field("at", base::formatTime(*delivery.at));
  const bool ended = delivery.state == "delivered" || delivery.state == "buried";
  if (delivery.at && ended) json.field("inside_ms", (*delivery.at - accepted).count());
  json.name("attempts").array();
  for (const std::string& attempt : delivery.attempts) json.text(record::maskNumbers(attempt));
  json.end().end();
}

/// {"replayed","duplicates","failed","superseded",
///  "items":[{"id","peer","result","code","message"}],"next","error"?}
std::string replayText(const ReplayAnswer& page) {
  const auto count = [&](std::string_view result) {
    return std::count_if(page.items.begin(), page.items.end(),
                         [&](const ReplayedException& item) { return item.result == result; });
  };
  JsonBuilder json;
  json.object()
      .field("replayed", count("accepted") + count("requeued"))
      .field("duplicates", count("duplicate"))
      .field("failed", count("failing"))
      .field("superseded", count("superseded"))
      .name("items")
      .array();
  for (const ReplayedException& item : page.items) {
    json.object().field("id", item.id).field("peer", item.peer).field("result", item.result);
    json.field("code", item.code).field("message", record::maskNumbers(item.message)).end();
  }
  json.end().field("next", page.next);
  if (page.stopped) {
    json.name("error")
        .object()
        .field("code", page.stopped->code)
        .field("message", page.stopped->detail)
        .end();
  }
  json.end();
  return json.take();
}

HttpResponse replayAnswer(const Result<ReplayAnswer>& page) {
  return page ? jsonResponse(200, replayText(*page)) : errorOf(page.error());
}

}  // namespace

HttpResponse Api::handle(const HttpRequest& request) const {
  const std::string& path = request.path;
  const bool get = request.method == "GET";
  const bool post = request.method == "POST";
  const auto by = wordsOf("by", request);
  const ReplayOptions mode{request.parameter("preview") == "true",
                           request.parameter("force") == "true", by.ok() ? *by : ""};
  constexpr std::string_view kTrail = "/v1/trail/";
  constexpr std::string_view kException = "/v1/exceptions/";
  if (get && path == "/health") return jsonResponse(200, R"({"status":"ok"})");
  if (get && path == "/v1/status") return status(request.parameter("peer"));
  if (get && path == "/metrics") {
    HttpResponse response;
    response.headers.add("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    response.body = backend_.operations.metricsText();
    return response;
  }
  if (get && path.starts_with(kTrail)) return trail(path.substr(kTrail.size()), request);
  if (get && path == "/v1/records") return findRecords(backend_, request);
  constexpr std::string_view kRecord = "/v1/records/";
  if (get && path.starts_with(kRecord))
    return showRecord(backend_, path.substr(kRecord.size()), request);
  constexpr std::string_view kReports = "/v1/reports";
  if (get && path == kReports) return listReports(backend_);
  if (get && path.starts_with(std::string(kReports) + '/'))
    return showReport(backend_, path.substr(kReports.size() + 1), request);
  constexpr std::string_view kHistory = "/v1/history/";
  if ((get || post) && path.starts_with(kHistory))
    return historyAct(backend_, path.substr(kHistory.size()), request);
  if (get && path == "/v1/exceptions") return exceptions(request);
  if (path.starts_with(kException)) {
    std::string id = path.substr(kException.size());
    if (get && id.find('/') == std::string::npos) return exception(id, request);
    constexpr std::string_view kReplay = "/replay", kClose = "/close";
    if (post && id.ends_with(kReplay)) {
      id.resize(id.size() - kReplay.size());
      return replayAnswer(backend_.operations.replayOne(id, mode));
    }
    if (post && id.ends_with(kClose)) {
      id.resize(id.size() - kClose.size());
      return close(id, request);
    }
  }
  if (post && path == "/v1/replay") {
    auto filter = filterOf(request);
    if (!filter) return errorOf(filter.error());
    if (auto known = knows(filter->peer); !known) return errorOf(known.error());
    return replayAnswer(backend_.operations.replayPage(*filter, mode));
  }
  constexpr std::string_view kPeers = "/v1/peers/";
  constexpr std::string_view kResume = "/resume";
  if (post && path.starts_with(kPeers) && path.ends_with(kResume) &&
      path.size() > kPeers.size() + kResume.size()) {
    return resume(path.substr(kPeers.size(), path.size() - kPeers.size() - kResume.size()));
  }
  constexpr std::string_view kRelease = "/release";
  if (post && path.starts_with(kPeers) && path.ends_with(kRelease) &&
      path.size() > kPeers.size() + kRelease.size()) {
    return release(path.substr(kPeers.size(), path.size() - kPeers.size() - kRelease.size()),
                   request);
  }
  if (path.starts_with(kResends)) return resendAnswer(backend_, request);
  constexpr std::string_view kReconcile = "/reconcile";
  if (post && path.starts_with(kPeers) && path.ends_with(kReconcile) &&
      path.size() > kPeers.size() + kReconcile.size()) {
    return reconcile(path.substr(kPeers.size(), path.size() - kPeers.size() - kReconcile.size()),
                     request);
  }
  if (post && path == "/v1/reload") {
    ReloadAnswer answer = backend_.operations.reloadConfiguration();
    return jsonResponse(answer.complete ? 200 : 422, std::move(answer.report));
  }
  return notFound("The admin API has no " + request.method + " at this address.");
}

HttpResponse Api::status(const std::string& peer) const {
  if (auto known = knows(peer); !known) return errorOf(known.error());
  auto text = statusText(backend_, peer);
  return text ? jsonResponse(200, std::move(text).value()) : errorOf(text.error());
}

HttpResponse Api::resume(const std::string& peer) const {
  if (!isConfigured(peer)) return errorOf(noSuchPeer(peer));
  const auto resumed = backend_.operations.resume(peer);
  JsonBuilder json;
  json.object()
      .field("peer", peer)
      .field("suspects", resumed.suspects)
      .field("deliveries", resumed.deliveries)
      .field("polls", resumed.polls)
      .field("retries", resumed.retries);
  if (resumed.away)
    json.name("error")
        .object()
        .field("code", resumed.away->code)
        .field("message", resumed.away->detail)
        .end();
  json.end();
  return jsonResponse(200, json.take());
}

HttpResponse Api::reconcile(const std::string& peer, const HttpRequest& request) const {
  if (!isConfigured(peer)) return errorOf(noSuchPeer(peer));
  const bool csv = request.parameter("format") == "csv";
  auto answer =
      backend_.operations.reconcile({peer, request.parameter("day"), request.parameter("direction"),
                                     csv, request.parameter("fetch") == "true"});
  if (!answer) return errorOf(answer.error());
  HttpResponse response = jsonResponse(200, std::move(answer->text));
  if (csv) response.headers.set("Content-Type", "text/csv; charset=utf-8");
  response.headers.set("Lianqiao-Equal", answer->equal ? "true" : "false");
  return response;
}

HttpResponse Api::release(const std::string& peer, const HttpRequest& request) const {
  const std::string path = request.parameter("path");
  const auto stored = heldPath(backend_.queue.records(), peer, path);
  if (!stored) return errorOf(stored.error());
  auto released = backend_.queue.records().release(peer, *stored);
  if (!released) return errorOf(released.error());
  if (!*released) {
    return notFound("Of " + peer + " no leaf of that path is held; lianqiao status names them.");
  }
  JsonBuilder json;
  json.object()
      .field("peer", peer)
      .field("path", path)
      .field("delivered", (*released)->delivered)
      .field("left", (*released)->left)
      .end();
  return jsonResponse(200, json.take());
}

HttpResponse Api::trail(const std::string& id, const HttpRequest& request) const {
  RawItems raw(request);
  auto trails = backend_.queue.records().trail(id);
  if (!trails) return errorOf(trails.error());
  auto exceptions = exceptionsOf(id);
  if (!exceptions) return errorOf(exceptions.error());
  if (trails->empty() && exceptions->empty()) {
    return notFound("No record and no exception is known by " + record::maskKey(id) +
                    "; raw items that were quarantined are forgotten once replayed or closed.");
  }
  JsonBuilder json;
  json.object().name("records").array();
  for (const review::Trail& trail : *trails) {
    json.object().field("id", trail.recordId);
    json.name("event").raw(backend_.operations.mask(trail.event));
    json.name("deliveries").array();
    for (const review::TrailDelivery& delivery : trail.deliveries)
      writeDelivery(json, delivery, trail.accepted);
    json.end();
    writeDeadlines(json, backend_, trail.type, trail.key);
    raw.write(json, trail.body, trail.evidence);
    json.end();
  }
  json.end().name("exceptions").array();
  if (auto written = writeAll(json, *exceptions, raw); !written) return errorOf(written.error());
  json.end().end();
  raw.tell(backend_, record::maskKey(id));
  return jsonResponse(200, json.take());
}

/// The one of this id, and raw items of this source id: among the oldest kMostSearched.
Result<std::vector<review::ExceptionInfo>> Api::exceptionsOf(const std::string& anyId) const {
  std::vector<review::ExceptionInfo> found;
  auto own = backend_.queue.records().exception(anyId);
  if (!own) return own.error();
  if (*own) found.push_back(std::move(**own));
  review::ExceptionFilter filter;
  filter.limit = kPage;
  for (std::size_t seen = 0; seen < kMostSearched; seen += kPage) {
    auto page = backend_.queue.records().exceptions(filter);
    if (!page) return page.error();
    for (review::ExceptionInfo& info : *page) {
      const bool is =
          info.inbound && (info.sourceId == anyId || info.peer + ":" + info.sourceId == anyId);
      filter.after = info.id;
      if (is && !info.sourceId.empty()) found.push_back(std::move(info));
    }
    if (page->size() < kPage) break;
  }
  return found;
}

HttpResponse Api::exceptions(const HttpRequest& request) const {
  auto filter = filterOf(request);
  if (!filter) return errorOf(filter.error());
  if (auto known = knows(filter->peer); !known) return errorOf(known.error());
  auto found = backend_.queue.records().exceptions(*filter);
  if (!found) return errorOf(found.error());
  auto counts = backend_.queue.records().exceptionCounts();
  if (!counts) return errorOf(counts.error());
  JsonBuilder json;
  json.object().name("causes").array();
  for (const auto& [cause, count] : *counts) {
    const std::size_t blank = std::min(cause.find(' '), cause.size());
    const std::string peer = cause.substr(0, blank), code(trim(cause.substr(blank)));
    if (!filter->peer.empty() && peer != filter->peer) continue;
    if (!filter->code.empty() && code != filter->code) continue;
    json.object().field("peer", peer).field("code", code).field("count", count).end();
  }
  json.end().name("items").array();
  RawItems raw(request);
  if (auto written = writeAll(json, *found, raw); !written) return errorOf(written.error());
  json.end().end();
  raw.tell(backend_, std::to_string(found->size()) + " exceptions");
  return jsonResponse(200, json.take());
}

/// One that is configured, or has exceptions from when it was.
bool Api::isConfigured(const std::string& peer) const {
  const std::vector<PeerFacts> configured = backend_.operations.peers();
  return std::any_of(configured.begin(), configured.end(),
                     [&](const PeerFacts& facts) { return facts.name == peer; });
}

Result<void> Api::knows(const std::string& peer) const {
  if (peer.empty() || isConfigured(peer)) return {};
  auto counts = backend_.queue.records().exceptionCounts();
  if (!counts) return counts.error();
  const auto ofIt = [&](const auto& cause) { return cause.first.starts_with(peer + " "); };
  if (std::any_of(counts->begin(), counts->end(), ofIt)) return {};
  return noSuchPeer(peer);
}

Error Api::noSuchPeer(const std::string& peer) const {
  std::vector<std::string> configured;
  for (const PeerFacts& facts : backend_.operations.peers()) configured.push_back(facts.name);
  return {codes::kUnknownPeer, config::noSuchPeer(peer, std::move(configured))};
}

/// Listings come without raw items: they are read one after the other, while they are shown.
Result<void> Api::writeAll(JsonBuilder& json, std::vector<review::ExceptionInfo>& exceptions,
                           RawItems& raw) const {
  for (review::ExceptionInfo& info : exceptions) {
    if (raw.wanted() && info.body.empty()) {
      auto whole = backend_.queue.records().exception(info.id);
      if (!whole) return whole.error();
      if (*whole) info = std::move(**whole);
    }
    writeException(json, info, raw);
    info = {};
  }
  return {};
}

HttpResponse Api::exception(const std::string& id, const HttpRequest& request) const {
  auto found = backend_.queue.records().exception(id);
  if (!found) return errorOf(found.error());
  if (!found->has_value()) return errorOf(review::noSuchException(backend_.queue.records(), id));
  JsonBuilder json;
  RawItems raw(request);
  writeException(json, **found, raw);
  raw.tell(backend_, "exception " + id);
  return jsonResponse(200, json.take());
}

HttpResponse Api::close(const std::string& id, const HttpRequest& request) const {
  const auto reason = wordsOf("reason", request), by = wordsOf("by", request);
  if (!reason || !by) return errorOf((reason ? by : reason).error());
  if (reason->empty())
    return errorOf({codes::kMalformed, "reason must say why the exception is closed."});
  auto found = backend_.queue.records().exception(id);
  if (!found) return errorOf(found.error());
  if (!found->has_value()) return errorOf(review::noSuchException(backend_.queue.records(), id));
  const std::string note = "closed by " + (by->empty() ? "hand" : *by) + ": " + *reason;
  auto dropped = backend_.queue.records().dropException(id, note);
  if (!dropped) return errorOf(dropped.error());
  if (!*dropped) return errorOf(review::noSuchException(backend_.queue.records(), id));
  backend_.operations.noteClosed(**found, note);
  JsonBuilder json;
  RawItems none;
  writeException(json, **found, none);
  return jsonResponse(200, json.take());
}

}  // namespace lianqiao::admin
