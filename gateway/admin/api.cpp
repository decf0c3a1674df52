#include "admin/api.h"

#include <charconv>

#include "admin/json_builder.h"
#include "base/rfc3339.h"
#include "lianqiao/codes.h"

namespace lianqiao::admin {
namespace {

HttpResponse jsonResponse(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.headers.add("Content-Type", "application/json; charset=utf-8");
  response.body = std::move(body);
  return response;
}

HttpResponse errorOf(const Error& error) {
  JsonBuilder json;
  json.object().name("error").object().field("code", error.code).field("message", error.detail).end().end();
  int status = 400;
  if (error.code == codes::kNotFound) status = 404;
  if (error.code == codes::kMethod) status = 405;
  if (error.code == codes::kQueueUnavailable) status = 503;
  return jsonResponse(status, json.take());
}

HttpResponse notFound(std::string what) { return errorOf({std::string(codes::kNotFound), std::move(what)}); }

std::int64_t ageSeconds(const base::Clock& clock, WallTime then) {
  return std::chrono::duration_cast<std::chrono::seconds>(clock.wall() - then).count();
}

Result<queue::ExceptionFilter> filterOf(const HttpRequest& request) {
  queue::ExceptionFilter filter;
  filter.peer = request.parameter("peer");
  filter.code = request.parameter("code");
  filter.after = request.parameter("after");
  const std::string limit = request.parameter("limit");
  if (!limit.empty()) {
    const auto read = std::from_chars(limit.data(), limit.data() + limit.size(), filter.limit);
    if (read.ec != std::errc() || read.ptr != limit.data() + limit.size() || filter.limit == 0 || filter.limit > 1000) {
      return Error{std::string(codes::kMalformed), "limit must be a number from 1 to 1000."};
    }
  }
  for (auto [name, target] : {std::pair{"from", &filter.from}, std::pair{"to", &filter.to}}) {
    const std::string text = request.parameter(name);
    if (text.empty()) continue;
    *target = base::parseTime(text);
    if (!*target) {
      return Error{std::string(codes::kMalformed),
                   std::string(name) + " must be a time such as 2026-01-31T08:00:00+08:00."};
    }
  }
  return filter;
}

void writeException(JsonBuilder& json, const queue::ExceptionInfo& info) {
  json.object()
      .field("id", info.id)
      .field("direction", info.inbound ? "in" : "out")
      .field("peer", info.peer)
      .field("code", info.code)
      .field("detail", info.detail)
      .field("sourceid", info.sourceId)
      .field("origin", info.origin)
      .field("record", info.recordId)
      .field("at", base::formatTime(info.at))
      .end();
}

std::string replayText(const ReplayResult& result) {
  JsonBuilder json;
  json.object()
      .field("replayed", result.replayed)
      .field("duplicates", result.duplicates)
      .field("failed", result.failed)
      .name("failures")
      .array();
  for (const std::string& failure : result.failures) json.text(failure);
  json.end().end();
  return json.take();
}

}  // namespace

HttpResponse Api::handle(const HttpRequest& request) const {
  const std::string& path = request.path;
  const bool get = request.method == "GET";
  const bool post = request.method == "POST";
  constexpr std::string_view kTrail = "/v1/trail/";
  constexpr std::string_view kException = "/v1/exceptions/";
  if (get && path == "/health") return jsonResponse(200, R"({"status":"ok"})");
  if (get && path == "/v1/status") return status();
  if (get && path == "/metrics") {
    HttpResponse response;
    response.headers.add("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    response.body = services_.metrics();
    return response;
  }
  if (get && path.starts_with(kTrail)) return trail(path.substr(kTrail.size()));
  if (get && path == "/v1/exceptions") return exceptions(request);
  if (path.starts_with(kException)) {
    std::string id = path.substr(kException.size());
    if (get && id.find('/') == std::string::npos) return exception(id);
    constexpr std::string_view kReplay = "/replay";
    if (post && id.ends_with(kReplay)) {
      id.resize(id.size() - kReplay.size());
      auto result = services_.replayOne(id);
      return result ? jsonResponse(200, replayText(*result)) : errorOf(result.error());
    }
  }
  if (post && path == "/v1/replay") {
    auto filter = filterOf(request);
    if (!filter) return errorOf(filter.error());
    auto result = services_.replayAll(*filter);
    return result ? jsonResponse(200, replayText(*result)) : errorOf(result.error());
  }
  if (post && path == "/v1/reload") {
    ReloadAnswer answer = services_.reload();
    return jsonResponse(answer.complete ? 200 : 422, std::move(answer.report));
  }
  return notFound("The admin API has no " + request.method + " at this address.");
}

HttpResponse Api::status() const {
  JsonBuilder json;
  json.object()
      .field("node", services_.node)
      .field("started", base::formatTime(services_.started))
      .field("queue_available", services_.queue.available());
  const auto counts = services_.queue.counts();
  if (!counts) return errorOf(counts.error());
  queue::PeerCounts total;
  queue::PeerDepth depths;
  json.name("peers").array();
  for (const PeerFacts& peer : services_.peers()) {
    const auto found = counts->find(peer.name);
    const queue::PeerCounts count = found == counts->end() ? queue::PeerCounts{} : found->second;
    queue::PeerDepth depth;
    if (peer.delivers || peer.pull) {
      auto read = services_.queue.depth(peer.name);
      if (!read) return errorOf(read.error());
      depth = *read;
    }
    total.accepted += count.accepted;
    total.duplicates += count.duplicates;
    total.quarantined += count.quarantined;
    total.owed += count.owed;
    total.delivered += count.delivered;
    total.buried += count.buried;
    depths.waiting += depth.waiting;
    depths.leased += depth.leased;
    depths.retrying += depth.retrying;

    json.object().field("name", peer.name).field("title", peer.title).field("adapter", peer.adapter).field("enabled", peer.enabled);
    if (peer.receives || peer.polls) {
      json.name("in").object().field("accepted", count.accepted).field("duplicates", count.duplicates).field(
          "quarantined", count.quarantined);
      if (peer.polls) {
        const PeerState state = services_.polling(peer.name);
        json.field("state", state.state).field("cause", state.cause).field("detail", state.detail);
      }
      json.end();
    }
    if (peer.delivers || peer.pull) {
      const PeerState state = peer.pull ? PeerState{"pull", {}, {}} : services_.delivery(peer.name);
      json.name("out")
          .object()
          .field("owed", count.owed)
          .field("delivered", count.delivered)
          .field("buried", count.buried)
          .field("failed_attempts", count.attempts)
          .field("waiting", depth.waiting)
          .field("leased", depth.leased)
          .field("retrying", depth.retrying)
          .field("oldest_seconds", depth.oldest ? ageSeconds(services_.clock, *depth.oldest) : 0)
          .field("state", state.state)
          .field("cause", state.cause)
          .field("detail", state.detail)
          .end();
    }
    json.end();
  }
  json.end().name("totals").object();
  json.field("accepted", total.accepted)
      .field("duplicates", total.duplicates)
      .field("quarantined", total.quarantined)
      .field("owed", total.owed)
      .field("delivered", total.delivered)
      .field("buried", total.buried)
      .field("open", depths.waiting + depths.leased + depths.retrying)
      .end();
  json.end();
  return jsonResponse(200, json.take());
}

HttpResponse Api::trail(const std::string& id) const {
  auto trails = services_.queue.trail(id);
  if (!trails) return errorOf(trails.error());
  if (trails->empty()) return notFound("No record is known by " + id + ".");
  JsonBuilder json;
  json.object().name("records").array();
  for (const queue::Trail& trail : *trails) {
    json.object().field("id", trail.recordId);
    json.name("event").raw(services_.mask(trail.event));
    json.name("deliveries").array();
    for (const queue::TrailDelivery& delivery : trail.deliveries) {
      json.object().field("peer", delivery.peer).field("state", delivery.state).field("receipt", delivery.receipt);
      if (delivery.at) json.field("at", base::formatTime(*delivery.at));
      json.name("attempts").array();
      for (const std::string& attempt : delivery.attempts) json.text(attempt);
      json.end().end();
    }
    json.end().end();
  }
  json.end().end();
  return jsonResponse(200, json.take());
}

HttpResponse Api::exceptions(const HttpRequest& request) const {
  auto filter = filterOf(request);
  if (!filter) return errorOf(filter.error());
  auto found = services_.queue.exceptions(*filter);
  if (!found) return errorOf(found.error());
  auto counts = services_.queue.exceptionCounts();
  if (!counts) return errorOf(counts.error());
  JsonBuilder json;
  json.object().name("causes").array();
  for (const auto& [cause, count] : *counts) {
    const std::size_t blank = cause.find(' ');
    json.object().field("peer", cause.substr(0, blank)).field("code", blank == std::string::npos ? "" : cause.substr(blank + 1)).field("count", count).end();
  }
  json.end().name("items").array();
  for (const queue::ExceptionInfo& info : *found) writeException(json, info);
  json.end().end();
  return jsonResponse(200, json.take());
}

HttpResponse Api::exception(const std::string& id) const {
  auto found = services_.queue.exception(id);
  if (!found) return errorOf(found.error());
  if (!found->has_value()) return notFound("There is no exception " + id + ".");
  JsonBuilder json;
  writeException(json, **found);
  return jsonResponse(200, json.take());
}

}  // namespace lianqiao::admin
