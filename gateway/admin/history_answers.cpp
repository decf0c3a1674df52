#include "admin/history_answers.h"

#include <array>
#include <charconv>

#include "admin/answers.h"
#include "admin/json_builder.h"
#include "admin/parameters.h"
#include "admin/shown_parts.h"
#include "base/rfc3339.h"
#include "lianqiao/codes.h"
#include "record/redact.h"

namespace lianqiao::admin {
namespace {

void addTime(JsonBuilder& json, std::string_view name, WallTime time) {
  if (time != WallTime()) json.field(name, base::formatTime(time));
}

void addText(JsonBuilder& json, std::string_view name, std::string_view text) {
  if (!text.empty()) json.field(name, text);
}

void writeEnvelope(JsonBuilder& json, const history::Envelope& record) {
  json.field("id", record.id).field("peer", record.peer);
  addText(json, "type", record.type);
  addText(json, "key", record::maskKey(record.key));
  addText(json, "sourceid", record::maskKey(record.sourceId));
  addText(json, "revision", record::maskKey(record.revision));
  addText(json, "region", record.grid.empty() ? record.division : record.grid);
  addTime(json, "accepted", record.accepted);
  addTime(json, "happened", record.happened);
  addText(json, "configuration", record.configuration);
  if (record.high) json.field("priority", "high");
  if (record.updated) json.field("updated", true);
  if (record.erased) json.field("erased", true);
  if (record.gone) json.field("gone", true);
}

void writeDeliveries(JsonBuilder& json, const std::vector<history::Delivery>& deliveries) {
  json.name("deliveries").array();
  for (const history::Delivery& one : deliveries) {
    json.object().field("peer", one.peer).field("state", history::deliveryStateName(one.state));
    addTime(json, "at", one.at);
    json.field("attempts", one.attempts);
    addText(json, "code", one.code);
    addText(json, "receipt", record::maskKey(one.receipt));
    addText(json, "exception", one.exception);
    addText(json, "configuration", one.configuration);
    json.end();
  }
  json.end();
}

void writeAttempts(JsonBuilder& json, const std::vector<history::FailedAttempt>& attempts,
                   bool answers) {
  static constexpr std::array<std::string_view, 5> kVerdicts = {"delivered", "retry", "buried",
                                                                "unknown", "resent"};
  json.name("attempts").array();
  for (const history::FailedAttempt& one : attempts) {
    json.object().field("peer", one.peer).field("number", one.number);
    json.field("verdict", kVerdicts[static_cast<std::size_t>(one.verdict)]);
    addTime(json, "at", one.at);
    json.field("code", one.code).field("detail", record::maskNumbers(one.detail));
    if (answers) addText(json, "answer", one.answer);
    json.end();
  }
  json.end();
}

void writeExceptions(JsonBuilder& json, const std::vector<history::ExceptionTrail>& exceptions) {
  json.name("exceptions").array();
  for (const history::ExceptionTrail& one : exceptions) {
    json.object().field("id", one.id).field("peer", one.peer).field("code", one.code);
    addText(json, "record", one.record);
    addText(json, "sourceid", record::maskKey(one.sourceId));
    addText(json, "origin", record::maskNumbers(one.origin));
    addText(json, "detail", record::maskNumbers(one.detail));
    addTime(json, "at", one.at);
    json.field("seen", one.seen);
    addTime(json, "ended", one.ended);
    addText(json, "how", one.how);
    addText(json, "note", record::maskNumbers(one.note));
    json.end();
  }
  json.end();
}

Error noHistory(const Backend& backend) {
  const HistoryState state = backend.operations.historyState();
  if (!state.kept)
    return {codes::kNotFound,
            "This gateway keeps no history (history.enabled is false in lianqiao.yaml)."};
  return state.failing ? *state.failing
                       : Error{codes::kHistoryUnavailable, "The history is not open yet."};
}

Result<history::Query> queryOf(const HttpRequest& request) {
  // Time and page are as those of exceptions.
  const auto common = filterOf(request);
  if (!common) return common.error();
  history::Query query;
  query.word = request.parameter("word");
  query.number = request.parameter("number");
  query.text = request.parameter("text");
  query.region = request.parameter("region");
  query.type = request.parameter("type");
  query.peer = common->peer;
  query.from = common->from;
  query.to = common->to;
  query.after = common->after;
  if (!request.parameter("limit").empty()) query.limit = common->limit;
  const std::string state = request.parameter("state");
  if (state.empty()) return query;
  using history::DeliveryState;
  for (const DeliveryState one :
       {DeliveryState::owed, DeliveryState::retrying, DeliveryState::delivered,
        DeliveryState::buried, DeliveryState::closed})
    if (state == history::deliveryStateName(one)) query.state = one;
  if (!query.state)
    return Error{codes::kMalformed,
                 "state must be one of owed, retrying, delivered, buried, closed."};
  return query;
}

/// Who is shown what a person wrote stands in the history before it is shown.
Result<void> noteShown(const Backend& backend, history::HistoryStore& store, const std::string& id,
                       const ShownParts& parts) {
  if (!parts.clear() || parts.text().empty()) return {};
  const std::string what = record::maskKey(id) + " of the history";
  Result<void> noted =
      store.noteAct({backend.clock.wall(), parts.by(),
                     "shown in clear: " + parts.text() + " of " + id, parts.reason()});
  if (noted.ok()) backend.operations.noteRawShown(what + " (" + parts.reason() + ")", parts.by());
  return noted;
}

void writeSent(JsonBuilder& json, const Backend& backend, const history::Trail& trail,
               ShownParts& parts) {
  static constexpr std::array<std::string_view, 4> kHow = {"kept", "recomputed", "different",
                                                           "unknown"};
  json.name("sent").array();
  for (const history::Delivery& one : trail.deliveries) {
    const auto sent = backend.operations.sent(trail, one);
    json.object().field("peer", one.peer);
    addText(json, "digest", one.digest);
    if (sent) {
      json.field("how", kHow[static_cast<std::size_t>(sent->how)]);
      addText(json, "why", sent->why);
      if (!sent->payload.empty()) parts.write(json, "payload", sent->payload);
    } else {
      json.field("how", "unknown").field("why", sent.error().detail);
    }
    json.end();
  }
  json.end();
}

void writeRaw(JsonBuilder& json, const history::Trail& trail, ShownParts& parts) {
  const bool own = trail.record.has_value() || trail.exceptions.empty();
  const std::string& body = own ? trail.body : trail.exceptions.front().body;
  const std::string& evidence = own ? trail.evidence : trail.exceptions.front().evidence;
  json.name("raw");
  if (body.empty()) {
    json.raw("null");
    return;
  }
  json.object();
  parts.write(json, "body", body);
  if (!evidence.empty()) parts.write(json, "evidence", evidence);
  json.end();
}

std::string trailText(const Backend& backend, const history::Trail& trail, ShownParts& parts) {
  JsonBuilder json;
  json.object();
  if (trail.record) {
    json.name("record").object();
    writeEnvelope(json, *trail.record);
    json.end();
    const bool clear = parts.normalized() && parts.clear() && !trail.event.empty();
    json.name("event").raw(clear ? trail.event : backend.operations.mask(trail.event));
  }
  writeDeliveries(json, trail.deliveries);
  writeAttempts(json, trail.attempts, parts.answer());
  json.name("repetitions").array();
  for (const history::RepetitionCount& one : trail.repetitions) {
    json.object().field("peer", one.peer).field("times", one.times);
    addTime(json, "first", one.first);
    addTime(json, "last", one.last);
    json.end();
  }
  json.end();
  writeExceptions(json, trail.exceptions);
  if (parts.raw()) writeRaw(json, trail, parts);
  if (parts.sent()) writeSent(json, backend, trail, parts);
  json.end();
  return json.take();
}

}  // namespace

history::HistoryStore* historyOf(const Backend& backend, Error& why) {
  history::HistoryStore* const store = backend.operations.historyStore();
  if (store == nullptr) {
    why = noHistory(backend);
    return nullptr;
  }
  const HistoryState state = backend.operations.historyState();
  if (state.writing || state.shared) return store;
  why = {codes::kHistoryUnavailable,
         state.writer.empty()
             ? "No node on this Redis writes the history yet."
             : "Node " + state.writer + " writes the history of this queue; ask that one."};
  return nullptr;
}

HttpResponse findRecords(const Backend& backend, const HttpRequest& request) {
  Error why{codes::kHistoryUnavailable, {}};
  history::HistoryStore* const store = historyOf(backend, why);
  if (store == nullptr) return errorOf(why);
  const auto query = queryOf(request);
  if (!query) return errorOf(query.error());
  const auto page = store->find(*query);
  if (!page) return errorOf(page.error());
  JsonBuilder json;
  json.object().name("records").array();
  for (const history::Hit& hit : page->hits) {
    json.object();
    if (hit.exception) json.field("exception", true);
    writeEnvelope(json, hit.record);
    writeDeliveries(json, hit.deliveries);
    json.end();
  }
  json.end().field("next", page->next).name("unread").array();
  for (const std::string& part : page->unread) json.text(part);
  json.end().end();
  return jsonResponse(200, json.take());
}

HttpResponse showRecord(const Backend& backend, const std::string& id, const HttpRequest& request) {
  Error why{codes::kHistoryUnavailable, {}};
  history::HistoryStore* const store = historyOf(backend, why);
  if (store == nullptr) return errorOf(why);
  auto parts = ShownParts::of(request);
  if (!parts) return errorOf(parts.error());
  const auto trail = store->show(id);
  if (!trail) return errorOf(trail.error());
  if (!*trail)
    return notFound("The history knows no record and no exception " + record::maskKey(id) +
                    "; lianqiao find --id looks among other sides' ids, keys and receipts.");
  if (auto noted = noteShown(backend, *store, id, *parts); !noted) return errorOf(noted.error());
  return jsonResponse(200, trailText(backend, **trail, *parts));
}

}  // namespace lianqiao::admin
