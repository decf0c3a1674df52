#include "admin/history_acts.h"

#include "admin/answers.h"
#include "admin/json_builder.h"
#include "admin/parameters.h"
#include "base/rfc3339.h"
#include "lianqiao/codes.h"

namespace lianqiao::admin {
namespace {

constexpr std::size_t kMostActs = 1000;

Result<history::Act> actOf(const Backend& backend, const HttpRequest& request, std::string what) {
  const auto by = wordsOf("by", request);
  if (!by) return by.error();
  const auto reason = wordsOf("reason", request);
  if (!reason) return reason.error();
  if (by->empty() || reason->empty())
    return Error{codes::kMalformed,
                 "Who does this to the history says who and why: the history keeps it (by=, "
                 "reason=)."};
  return history::Act{backend.clock.wall(), *by, std::move(what), *reason};
}

HttpResponse verify(history::HistoryStore& store) {
  const auto found = store.verify();
  if (!found) return errorOf(found.error());
  JsonBuilder json;
  json.object().field("records", found->records).field("contents", found->contents);
  json.field("sent", found->sent).name("problems").array();
  for (const std::string& problem : found->problems) json.text(problem);
  json.end().end();
  return jsonResponse(200, json.take());
}

HttpResponse rebuild(const Backend& backend, history::HistoryStore& store,
                     const HttpRequest& request) {
  const auto act = actOf(backend, request, "rebuild");
  if (!act) return errorOf(act.error());
  if (auto noted = store.noteAct(*act); !noted) return errorOf(noted.error());
  backend.operations.rebuildHistory();
  JsonBuilder json;
  json.object().field("begun", true).end();
  return jsonResponse(202, json.take());
}

HttpResponse erase(const Backend& backend, history::HistoryStore& store,
                   const HttpRequest& request) {
  const auto act = actOf(backend, request, "erase");
  if (!act) return errorOf(act.error());
  const auto erased = store.erase(request.parameter("number"), *act);
  if (!erased) return errorOf(erased.error());
  JsonBuilder json;
  json.object().field("records", *erased).end();
  return jsonResponse(200, json.take());
}

HttpResponse acts(history::HistoryStore& store) {
  const auto found = store.acts(kMostActs);
  if (!found) return errorOf(found.error());
  JsonBuilder json;
  json.object().name("acts").array();
  for (const history::Act& one : *found)
    json.object()
        .field("at", base::formatTime(one.at))
        .field("who", one.who)
        .field("what", one.what)
        .field("why", one.why)
        .end();
  json.end().end();
  return jsonResponse(200, json.take());
}

}  // namespace

HttpResponse historyAct(const Backend& backend, const std::string& act,
                        const HttpRequest& request) {
  const HistoryState state = backend.operations.historyState();
  history::HistoryStore* const store = backend.operations.historyStore();
  if (store == nullptr)
    return errorOf(!state.kept ? Error{codes::kNotFound,
                                       "This gateway keeps no history (history.enabled is false "
                                       "in lianqiao.yaml)."}
                   : state.failing
                       ? *state.failing
                       : Error{codes::kHistoryUnavailable, "The history is not open yet."});
  const bool get = request.method == "GET";
  if (get && act == "acts") return acts(*store);
  if (!get && act == "verify") return verify(*store);
  if (!get && act == "rebuild") return rebuild(backend, *store, request);
  if (!get && act == "erase") return erase(backend, *store, request);
  return notFound("The admin API has no " + request.method + " at this address.");
}

}  // namespace lianqiao::admin
