#include <algorithm>

#include "lianqiao/ascii.h"
#include "lianqiao/codes.h"
#include "lianqiao/roles.h"
#include "lianqiao/text.h"

namespace lianqiao {
namespace {

enum class BodyForm { json, ndjson };

/// Value of a media type parameter without quotes; empty where it is missing.
std::string_view mediaParameter(std::string_view parameters, std::string_view name) {
  while (!parameters.empty()) {
    const std::size_t end = std::min(parameters.find(';'), parameters.size());
    const std::string_view one = parameters.substr(0, end);
    parameters.remove_prefix(std::min(end + 1, parameters.size()));
    const std::size_t equals = one.find('=');
    if (equals == one.npos || !equalIgnoringCase(trim(one.substr(0, equals)), name)) continue;
    std::string_view value = trim(one.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
      value = value.substr(1, value.size() - 2);
    }
    return value;
  }
  return {};
}

Result<BodyForm> bodyForm(const Headers& headers) {
  static constexpr std::string_view kRemedy =
      "; send application/json or application/x-ndjson in UTF-8";
  const auto refused = [](const std::string& what) {
    return Error{codes::kMediaType, what + std::string(kRemedy)};
  };
  const std::string_view field = headers.get("Content-Type");
  if (field.empty()) return refused("the request has no Content-Type");
  const std::size_t semicolon = std::min(field.find(';'), field.size());
  const std::string_view media = trim(field.substr(0, semicolon));
  const std::string_view charset =
      mediaParameter(field.substr(std::min(semicolon + 1, field.size())), "charset");
  if (!charset.empty() && !equalIgnoringCase(charset, "utf-8") &&
      !equalIgnoringCase(charset, "utf8")) {
    return refused("charset " + std::string(prefix(charset, 40)) + " is not taken here");
  }
  for (const std::string_view lines :
       {"application/x-ndjson", "application/ndjson", "application/jsonl"}) {
    if (equalIgnoringCase(media, lines)) return BodyForm::ndjson;
  }
  constexpr std::string_view kSuffix = "+json";
  const bool suffixed = media.size() > kSuffix.size() &&
                        equalIgnoringCase(media.substr(media.size() - kSuffix.size()), kSuffix);
  if (suffixed || equalIgnoringCase(media, "application/json")) return BodyForm::json;
  return refused("Content-Type " + std::string(prefix(media, 80)) + " is not taken here");
}

void writeMember(std::string_view name, std::string_view text, std::string& out) {
  json::writeText(name, out);
  out += ':';
  json::writeText(text, out);
}

void writeQuarantined(std::size_t index, const ItemVerdict& verdict, std::string& out) {
  out += "{\"index\":" + std::to_string(index) + ',';
  writeMember("exception", verdict.id, out);
  out += ",\"errors\":";
  appendProblems(verdict.problems, out);
  out += '}';
}

void writeTaken(const ItemVerdict& verdict, std::string& out) {
  out += '{';
  writeMember("id", verdict.id, out);
  out += ',';
  writeMember("sourceid", verdict.sourceId, out);
  out += verdict.status == ItemVerdict::Status::duplicate ? ",\"duplicate\":true}"
                                                          : ",\"duplicate\":false}";
}

}  // namespace

void appendProblems(std::span<const Problem> problems, std::string& out) {
  out += '[';
  for (const Problem& problem : problems) {
    if (out.back() != '[') out += ',';
    out += '{';
    writeMember("code", problem.code, out);
    out += ',';
    writeMember("path", problem.path, out);
    out += ',';
    writeMember("message", problem.message, out);
    out += '}';
  }
  out += ']';
}

Result<Reception> receiveStandard(const HttpRequest& request) {
  const Result<BodyForm> form = bodyForm(request.headers);
  if (!form) return form.error();
  const auto nothing = [](std::string_view what) {
    return Error{codes::kBadJson,
                 std::string(what) +
                     "; send one JSON object, an array of objects, or one object a "
                     "line as application/x-ndjson"};
  };
  if (trim(request.body).empty()) return nothing("the body is empty");
  // A parser may ignore a byte order mark (RFC 8259 §8.1); Windows' tools write one.
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  std::string_view body = request.body;
  if (body.starts_with(kMark)) body.remove_prefix(kMark.size());
  auto items = json::splitItems(body, *form == BodyForm::ndjson, request.itemLimit);
  if (!items) return std::move(items).error();
  if (items->empty()) return nothing("the array holds no item");

  Reception reception;
  reception.items.resize(items->size());
  const char* counted = body.data();
  std::size_t line = 1;
  for (std::size_t i = 0; i < items->size(); ++i) {
    const std::string_view item = (*items)[i];
    reception.items[i].body = item;
    if (*form != BodyForm::ndjson) continue;
    line += static_cast<std::size_t>(std::count(counted, item.data(), '\n'));
    counted = item.data();
    reception.items[i].line = line;
  }
  return reception;
}

HttpResponse answerStandard(std::span<const ItemVerdict> verdicts) {
  HttpResponse answer;
  answer.headers.add("Content-Type", "application/json; charset=utf-8");
  answer.body.reserve(16 + verdicts.size() * 112);
  answer.body = "{\"items\":[";
  std::size_t quarantined = 0;
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    if (i != 0) answer.body += ',';
    if (verdicts[i].status == ItemVerdict::Status::quarantined) {
      ++quarantined;
      writeQuarantined(i, verdicts[i], answer.body);
    } else {
      writeTaken(verdicts[i], answer.body);
    }
  }
  answer.body += "]}";
  answer.status = quarantined != 0 && quarantined == verdicts.size() ? 422 : 202;
  return answer;
}

Result<Reception> Receiver::receive(const HttpRequest& request) { return receiveStandard(request); }

HttpResponse Receiver::answer(const HttpRequest&, std::span<const ItemVerdict> verdicts) {
  return answerStandard(verdicts);
}

}  // namespace lianqiao
