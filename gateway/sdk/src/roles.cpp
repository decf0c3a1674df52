#include "lianqiao/roles.h"

#include <algorithm>
#include <charconv>

#include "lianqiao/ascii.h"
#include "lianqiao/codes.h"
#include "lianqiao/text.h"
#include "lianqiao/time.h"

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

/// Retry-After as seconds, or as a date where the answer's own Date tells from when.
std::optional<std::chrono::milliseconds> retryAfter(const Headers& headers) {
  const std::string_view field = trim(headers.get("Retry-After"));
  if (field.empty()) return std::nullopt;
  // A year is as good as any longer time, and keeps the arithmetic from overflowing.
  constexpr std::chrono::seconds kMost = std::chrono::hours(24 * 366);
  if (field.find_first_not_of("0123456789") == field.npos) {
    std::int64_t seconds = 0;
    const auto read = std::from_chars(field.data(), field.data() + field.size(), seconds);
    if (read.ec != std::errc()) return kMost;
    return std::min(std::chrono::seconds(seconds), kMost);
  }
  const auto then = parseHttpDate(field);
  const auto now = parseHttpDate(trim(headers.get("Date")));
  if (!then || !now) return std::nullopt;
  return std::clamp<std::chrono::milliseconds>(*then - *now, std::chrono::seconds(0), kMost);
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

std::size_t countForOneHeader(std::span<const Delivery> deliveries) {
  std::size_t bytes = 0;
  std::size_t count = 0;
  for (const Delivery& delivery : deliveries) {
    bytes += delivery.idempotencyKey.size() + (count > 0 ? 1 : 0);
    if (count > 0 && bytes > kJoinedKeysBytes) break;
    ++count;
  }
  return count;
}

std::string joinedKeys(std::span<const Delivery> deliveries) {
  std::string keys;
  for (const Delivery& delivery : deliveries) {
    if (!keys.empty()) keys += ',';
    keys += delivery.idempotencyKey;
  }
  return keys;
}

Outcome outcomeOfHttp(const HttpResponse& answer) {
  const int status = answer.status;
  if (status >= 200 && status < 300) return Outcome::delivered();
  const std::string said = "the peer answered HTTP " + std::to_string(status);
  if (status == 429 || status == 503) {
    Outcome outcome = Outcome::failed(Verdict::throttled, codes::kThrottled, said);
    outcome.notBefore = retryAfter(answer.headers);
    return outcome;
  }
  if (status == 401 || status == 403 || status == 407) {
    return Outcome::failed(Verdict::refused, codes::kRefused,
                           said + "; check this peer's credential and permission");
  }
  // A wrong address says nothing of the record: it must not turn every record into an exception.
  const bool redirect = status >= 300 && status < 400;
  if (redirect || status == 404 || status == 405 || status == 421 || status == 501) {
    return Outcome::failed(
        Verdict::refused, codes::kRefused,
        said + (redirect ? "; redirects are not followed, correct this peer's URL"
                         : "; check this peer's URL"));
  }
  if (status == 408 || status == 425 || status >= 500) {
    return Outcome::failed(Verdict::retry, codes::kPeerError, said);
  }
  if (status < 200) {
    return Outcome::failed(Verdict::retry, codes::kProtocol, said + " as its final answer");
  }
  return Outcome::failed(Verdict::rejected, codes::kRejected, said);
}

Outcome outcomeOfError(const Error& error) {
  Verdict verdict = Verdict::retry;
  if (error.code == codes::kRejected) verdict = Verdict::rejected;
  if (error.code == codes::kRefused) verdict = Verdict::refused;
  if (error.code == codes::kThrottled) verdict = Verdict::throttled;
  return Outcome::failed(verdict, error.code, error.detail);
}

Result<Reception> Receiver::receive(const HttpRequest& request) { return receiveStandard(request); }

HttpResponse Receiver::answer(const HttpRequest&, std::span<const ItemVerdict> verdicts) {
  return answerStandard(verdicts);
}

Result<void> Source::confirm(const Batch&, std::span<const ItemVerdict>) { return {}; }

std::vector<Outcome> Sink::deliverBatch(std::span<const Delivery> deliveries, Deadline deadline) {
  std::vector<Outcome> outcomes;
  outcomes.reserve(deliveries.size());
  for (const Delivery& delivery : deliveries) outcomes.push_back(deliver(delivery, deadline));
  return outcomes;
}

Result<void> Sink::probe(Deadline) { return {}; }

std::size_t MockWorld::firstNumber() const {
  const auto begun =
      std::chrono::duration_cast<std::chrono::microseconds>(now().time_since_epoch());
  return static_cast<std::size_t>(begun.count());
}

bool MockWorld::sendUntil(const HttpCall& call,
                          const std::function<bool(const HttpResponse&)>& taken) {
  for (;;) {
    const auto answer = send(call);
    if (answer && taken(*answer)) return true;
    if (!pause(std::chrono::milliseconds(200))) return false;
  }
}

bool MockWorld::sendUntilTaken(const HttpCall& call) {
  return sendUntil(call, [](const HttpResponse& answer) {
    return answer.status == 202 || answer.status == 422;
  });
}

}  // namespace lianqiao
