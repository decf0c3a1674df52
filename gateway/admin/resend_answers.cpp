#include "admin/resend_answers.h"

#include <algorithm>
#include <charconv>

#include "admin/answers.h"
#include "admin/json_builder.h"
#include "admin/parameters.h"
#include "base/rfc3339.h"
#include "lianqiao/codes.h"
#include "lianqiao/json.h"
#include "record/redact.h"

namespace lianqiao::admin {
namespace {

void writeRefused(JsonBuilder& json, const resend::Refused& refused) {
  json.object()
      .field("id", record::maskKey(refused.id))
      .field("peer", refused.peer)
      .field("result", refused.failed ? "failed" : "refused")
      .field("code", refused.code)
      .field("message", record::maskNumbers(refused.message))
      .end();
}

void writeList(JsonBuilder& json, const review::ResendList& list) {
  json.field("id", list.id).field("by", list.wish.by).field("reason", list.wish.why);
  json.field("as_new", list.wish.asNew).field("again", list.wish.again);
  json.field("asked", list.wish.asked).field("made", base::formatTime(list.made));
  if (list.begun) json.field("begun", base::formatTime(*list.begun));
  json.field("deliveries", list.deliveries).field("done", list.done);
  json.field("refused", list.refused).field("failed", list.failed).field("left", list.left());
}

HttpResponse listedAnswer(const Result<resend::Listed>& listed) {
  if (!listed) return errorOf(listed.error());
  JsonBuilder json;
  json.object().field("deliveries", listed->deliveries).field("taken", listed->taken);
  json.name("refused").array();
  for (const resend::Refused& one : listed->unknown) writeRefused(json, one);
  json.end().field("next", listed->next).name("unread").array();
  for (const std::string& part : listed->unread) json.text(part);
  json.end().end();
  return jsonResponse(200, json.take());
}

Result<std::size_t> countOf(const HttpRequest& request, const std::string& name,
                            std::size_t fallback) {
  const std::string text = request.parameter(name);
  if (text.empty()) return fallback;
  std::size_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || number == 0)
    return Error{codes::kMalformed, name + " must be a number from 1 on."};
  return number;
}

HttpResponse make(const Backend& backend, const HttpRequest& request) {
  review::ResendWish wish;
  for (auto [name, target] :
       {std::pair{"by", &wish.by}, {"reason", &wish.why}, {"asked", &wish.asked}}) {
    auto words = wordsOf(name, request);
    if (!words) return errorOf(words.error());
    *target = std::move(*words);
  }
  if (wish.by.empty() || wish.why.empty())
    return errorOf({codes::kMalformed, "by and reason must say who has it sent again, and why."});
  wish.asNew = request.parameter("as_new") == "true";
  wish.again = request.parameter("again") == "true";
  const auto id = backend.resend.make(wish);
  if (!id) return errorOf(id.error());
  return jsonResponse(201, R"({"id":")" + *id + "\"}");
}

Result<std::vector<std::string>> idsOf(const HttpRequest& request) {
  json::Document document;
  if (auto parsed = json::parse(request.body, document); !parsed) return parsed.error();
  const json::Value* ids = document.root.find("ids");
  if (ids == nullptr || !ids->isArray())
    return Error{codes::kMalformed, "The body must be {\"ids\":[…]}, or the query name a day."};
  std::vector<std::string> words;
  for (const json::Value& id : ids->elements()) {
    if (id.text().empty())
      return Error{codes::kMalformed,
                   "ids[" + std::to_string(words.size()) + "] must be a text, and not empty."};
    words.emplace_back(id.text());
  }
  return words;
}

HttpResponse add(const Backend& backend, const std::string& list, const HttpRequest& request) {
  const std::string peer = request.parameter("peer"), day = request.parameter("day");
  if (!day.empty())
    return listedAnswer(backend.resend.addDay(list, {peer, day, request.parameter("type")},
                                              request.parameter("after")));
  const auto ids = idsOf(request);
  if (!ids) return errorOf(ids.error());
  return listedAnswer(backend.resend.addIds(list, *ids, peer));
}

HttpResponse run(const Backend& backend, const std::string& list, const HttpRequest& request) {
  const auto most = countOf(request, "most", resend::Resend::kMostPerStep);
  if (!most) return errorOf(most.error());
  const auto before = backend.queue.resends().list(list);
  if (before && *before && !(*before)->begun) backend.operations.noteResend(**before);
  const auto ran = backend.resend.run(list, *most);
  if (!ran) return errorOf(ran.error());
  JsonBuilder json;
  json.object();
  writeList(json, ran->list);
  json.name("items").array();
  for (const resend::Refused& one : ran->refused) writeRefused(json, one);
  json.end().end();
  return jsonResponse(200, json.take());
}

HttpResponse show(const Backend& backend, const std::string& list, const HttpRequest& request) {
  const auto limit = countOf(request, "limit", 100);
  if (!limit) return errorOf(limit.error());
  const auto page = backend.resend.show(list, request.parameter("after"), *limit);
  if (!page) return errorOf(page.error());
  JsonBuilder json;
  json.object();
  writeList(json, page->list);
  json.name("items").array();
  for (const resend::Shown& one : page->deliveries) {
    json.object().field("record", one.delivery.record).field("peer", one.delivery.peer);
    json.field("over", one.over);
    const auto& refused = one.refused;
    json.field("result", !refused ? "resent" : refused->failed ? "failed" : "refused");
    if (refused)
      json.field("code", refused->code).field("message", record::maskNumbers(refused->message));
    json.end();
  }
  json.end().field("next", page->next).end();
  return jsonResponse(200, json.take());
}

}  // namespace

HttpResponse resendAnswer(const Backend& backend, const HttpRequest& request) {
  std::string_view rest = request.path;
  rest.remove_prefix(kResends.size());
  const bool post = request.method == "POST";
  if (rest.empty() && post) return make(backend, request);
  constexpr std::string_view kRun = "/run", kDeliveries = "/deliveries";
  if (rest.size() > 1 && rest.front() == '/') {
    rest.remove_prefix(1);
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    const std::string list(rest.substr(0, slash));
    rest.remove_prefix(slash);
    if (rest.empty() && request.method == "GET") return show(backend, list, request);
    if (rest == kRun && post) return run(backend, list, request);
    if (rest == kDeliveries && post) return add(backend, list, request);
  }
  return notFound("The admin API has no " + request.method + " at this address.");
}

}  // namespace lianqiao::admin
