#include "intake/own_records.h"

#include <algorithm>
#include <array>
#include <thread>

#include "base/rfc3339.h"
#include "lianqiao/codes.h"
#include "lianqiao/json.h"
#include "record/redact.h"

namespace lianqiao::intake {
namespace {

std::string_view publicState(std::string_view state) {
  if (state == "leased") return "waiting";
  static constexpr std::array<std::string_view, 3> kAsTheyAre = {"waiting", "retrying",
                                                                 "delivered"};
  for (const std::string_view one : kAsTheyAre)
    if (one == state) return one;
  return "exception";
}

void addText(std::string& json, std::string_view name, std::string_view value) {
  if (json.back() != '{') json += ',';
  json.append("\"").append(name).append("\":");
  json::writeText(value, json);
}

OwnRecord ownOf(std::string_view peer, review::Trail& trail) {
  OwnRecord own;
  own.id = std::move(trail.recordId);
  own.sent = trail.sender == peer;
  if (own.sent) own.event = std::move(trail.event);
  for (review::TrailDelivery& one : trail.deliveries) {
    if (!own.sent && one.peer != peer) continue;
    const bool its = one.peer == peer;
    own.deliveries.push_back({std::move(one.peer), publicState(one.state), one.at,
                              its ? std::move(one.receipt) : std::string()});
  }
  return own;
}

std::string textOf(const review::ExceptionInfo& exception) {
  std::string json = "{";
  addText(json, "id", exception.id);
  addText(json, "code", exception.code);
  addText(json, "at", base::formatTime(exception.at));
  return json + R"(,"seen":)" + std::to_string(exception.seen) + '}';
}

}  // namespace

std::string OwnRecords::textOf(const OwnRecord& record) const {
  std::string json = "{";
  addText(json, "id", record.id);
  addText(json, "direction", record.sent ? "sent" : "owed");
  if (!record.event.empty()) json += R"(,"event":)" + pipeline_.masked(record.event);
  json += R"(,"deliveries":[)";
  for (const OwnDelivery& one : record.deliveries) {
    if (json.back() != '[') json += ',';
    json += '{';
    addText(json, "peer", one.peer);
    addText(json, "state", one.state);
    if (one.at) addText(json, "at", base::formatTime(*one.at));
    if (!one.receipt.empty()) addText(json, "receipt", record::maskKey(one.receipt));
    json += '}';
  }
  return json + "]}";
}

Result<std::vector<OwnRecord>> OwnRecords::find(std::string_view peer, std::string_view id) const {
  auto trails = records_.ownTrails(peer, id, kMostRecords);
  if (!trails) return trails.error();
  if (trails->empty()) return older_(peer, id);
  std::vector<OwnRecord> found;
  for (review::Trail& trail : *trails) found.push_back(ownOf(peer, trail));
  return found;
}

Result<HttpResponse> OwnRecords::answer(std::string_view peer, std::string_view id) const {
  const auto begun = clock_.steady();
  if (id.size() > kLongestId)
    return Error{codes::kMalformed, "An id has at most " + std::to_string(kLongestId) + " bytes."};
  const auto found = find(peer, id);
  if (!found) return found.error();
  auto exception = records_.exception(id);
  if (!exception) return exception.error();
  const bool set = *exception && (**exception).inbound && (**exception).peer == peer;
  if (found->empty() && !set) {
    std::this_thread::sleep_until(begun + kNotFoundAfter);
    return Error{
        codes::kNotFound,
        "Of this peer's records none is known by this id; what it never sent and was never "
        "owed is not told."};
  }
  HttpResponse response;
  response.headers.add("Content-Type", "application/json; charset=utf-8");
  response.body = R"({"records":[)";
  for (const OwnRecord& one : *found)
    response.body += (response.body.back() == '[' ? "" : ",") + textOf(one);
  response.body += R"(],"exceptions":[)";
  if (set) response.body += intake::textOf(**exception);
  response.body += "]}";
  return response;
}

}  // namespace lianqiao::intake
