#include "webhook/webhook_sink.h"

#include <algorithm>
#include <stdexcept>

namespace lianqiao::webhook {
namespace {

bool contains(const std::vector<std::string>& values, std::string_view value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

/// A scalar as text: codes come as numbers, strings and booleans alike.
std::string_view scalarText(const json::Value& value) {
  if (value.isBoolean()) return value.boolean() ? "true" : "false";
  return value.text();
}

/// A code as it may stand in a message: peers put sentences there that quote the record.
std::string tellable(std::string_view code, std::string_view sent) {
  const auto plain = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_' || c == '.';
  };
  if (code.size() > 40 || !std::all_of(code.begin(), code.end(), plain)) return "(a text)";
  // Short ones stand in any record by chance.
  if (code.size() > 6 && sent.find(code) != std::string_view::npos)
    return "(a value of the record)";
  return std::string(code);
}

bool isHeaderName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

std::vector<std::pair<std::string, std::string>> headersOf(const std::vector<std::string>& lines) {
  std::vector<std::pair<std::string, std::string>> headers;
  for (const std::string& line : lines) {
    const std::size_t colon = line.find(':');
    const std::string_view name = trim(std::string_view(line).substr(0, colon));
    const bool controls = std::any_of(line.begin(), line.end(), [](char c) {
      return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    });
    if (colon == std::string::npos || !isHeaderName(name) || controls) {
      // Its text is not shown: someone may have put a secret there.
      throw std::invalid_argument("entry " + std::to_string(headers.size() + 1) +
                                  " of headers is no header field; write each as \"Name: value\"");
    }
    headers.emplace_back(std::string(name),
                         std::string(trim(std::string_view(line).substr(colon + 1))));
  }
  return headers;
}

std::optional<SigningIdentity> identityOf(const Settings& settings) {
  const auto scheme = schemeByName(settings.text("sign_scheme"));
  if (!scheme) return std::nullopt;
  return SigningIdentity{*scheme, settings.text("sign_id"), settings.text("sign_service_id"),
                         settings.secret("sign_secret").reveal()};
}

}  // namespace

const json::Value* at(const json::Value& root, std::string_view path) {
  const json::Value* value = &root;
  while (value != nullptr && !path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    value = value->find(path.substr(0, dot));
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return value;
}

WebhookSink::WebhookSink(const Settings& settings, Host& host)
    : host_(host),
      url_(settings.text("url")),
      method_(settings.text("method")),
      idempotencyHeader_(settings.text("idempotency_header")),
      headers_(headersOf(settings.list("headers"))),
      token_(settings.secret("token")),
      keyHeader_(settings.text("key_header")),
      key_(settings.secret("key")),
      identity_(identityOf(settings)),
      okField_(settings.text("ok_field")),
      okValues_(settings.list("ok_values")),
      retryValues_(settings.list("retry_values")),
      refusedValues_(settings.list("refused_values")),
      emptyDelivers_(settings.text("empty_answer") == "delivered"),
      receiptField_(settings.text("receipt_field")),
      batch_(static_cast<std::size_t>(settings.integer("batch"))),
      lines_(settings.text("batch_form") == "ndjson") {}

Outcome WebhookSink::deliver(const Delivery& delivery, Deadline deadline) {
  json::Document answer;
  return send(std::string(delivery.payloadText), delivery.idempotencyKey, deadline, answer);
}

std::vector<Outcome> WebhookSink::deliverBatch(std::span<const Delivery> deliveries,
                                               Deadline deadline) {
  if (batch_ == 1) return Sink::deliverBatch(deliveries, deadline);
  std::vector<Outcome> outcomes;
  while (outcomes.size() < deliveries.size()) {
    const auto rest = deliveries.subspan(outcomes.size());
    const auto part =
        rest.first(idempotencyHeader_.empty() ? rest.size() : countForOneHeader(rest));
    auto judged = deliverTogether(part, deadline);
    outcomes.insert(outcomes.end(), judged.begin(), judged.end());
    // What the peer could not take now, it is not asked to take again at once.
    const Verdict last = outcomes.back().verdict;
    if (last != Verdict::delivered && last != Verdict::rejected) {
      outcomes.resize(deliveries.size(), Outcome(outcomes.back()));
    }
  }
  return outcomes;
}

std::vector<Outcome> WebhookSink::deliverTogether(std::span<const Delivery> deliveries,
                                                  Deadline deadline) {
  std::string body;
  if (!lines_) body += '[';
  for (std::size_t i = 0; i < deliveries.size(); ++i) {
    if (i > 0) body += lines_ ? '\n' : ',';
    body += deliveries[i].payloadText;
  }
  if (!lines_) body += ']';
  json::Document answer;
  const Outcome whole = send(std::move(body), joinedKeys(deliveries), deadline, answer);
  // One bad record must not condemn the others: each is judged alone.
  if (whole.verdict == Verdict::rejected && deliveries.size() > 1)
    return Sink::deliverBatch(deliveries, deadline);
  return std::vector<Outcome>(deliveries.size(), whole);
}

Outcome WebhookSink::send(std::string body, std::string_view idempotencyKey, Deadline deadline,
                          json::Document& answer) {
  HttpCall call;
  call.method = method_;
  call.url = url_;
  call.body = std::move(body);
  call.headers.add("Content-Type", lines_ && batch_ > 1 ? "application/x-ndjson"
                                                        : "application/json; charset=utf-8");
  if (!idempotencyHeader_.empty())
    call.headers.add(idempotencyHeader_, std::string(idempotencyKey));
  for (const auto& [name, value] : headers_) call.headers.set(name, value);
  if (!token_.empty()) call.headers.set("Authorization", "Bearer " + token_.reveal());
  if (!keyHeader_.empty()) call.headers.set(keyHeader_, key_.reveal());
  if (identity_) sign(*identity_, host_.now(), host_.nonce(8), call);
  auto response = host_.send(call, deadline);
  if (!response) return outcomeOfError(response.error());
  return judge(*response, call.body, answer);
}

/// Of a 2xx whose body, where ok_field would be, is no JSON.
Outcome WebhookSink::unreadable(const HttpResponse& response) const {
  const bool empty = response.unread.empty() && trim(response.body).empty();
  if (empty && emptyDelivers_) return Outcome::delivered();
  std::string said = "The peer answered " + std::to_string(response.status);
  if (empty) {
    said += " without a body; where that means success, set empty_answer: delivered.";
  } else {
    said += response.unread.empty() ? " with a body that is no JSON"
                                    : " with a body that cannot be read: " + response.unread;
    said += "; ok_field cannot be read.";
  }
  return Outcome::failed(Verdict::retry, codes::kProtocol, std::move(said));
}

Outcome WebhookSink::judge(const HttpResponse& response, std::string_view sent,
                           json::Document& answer) const {
  Outcome outcome = outcomeOfHttp(response);
  if (outcome.verdict != Verdict::delivered || (okField_.empty() && receiptField_.empty()))
    return outcome;
  if (auto parsed = json::parse(response.body, answer); !parsed)
    return okField_.empty() ? outcome : unreadable(response);
  if (!okField_.empty()) {
    const json::Value* ok = at(answer.root, okField_);
    const std::string_view code = ok == nullptr ? std::string_view() : scalarText(*ok);
    if (!contains(okValues_, code)) {
      const std::string detail =
          "The peer answered " + okField_ + "=" + tellable(code, sent) + " with status 200.";
      if (contains(refusedValues_, code))
        return Outcome::failed(Verdict::refused, codes::kRefused, detail);
      if (ok == nullptr || contains(retryValues_, code))
        return Outcome::failed(Verdict::retry, codes::kPeerError, detail);
      return Outcome::failed(Verdict::rejected, codes::kRejected, detail);
    }
  }
  if (!receiptField_.empty()) {
    const json::Value* receipt = at(answer.root, receiptField_);
    if (receipt != nullptr) outcome.receipt = scalarText(*receipt);
  }
  return outcome;
}

Result<void> WebhookSink::probe(Deadline deadline) {
  HttpCall call;
  call.method = "OPTIONS";
  call.url = url_;
  auto response = host_.send(call, deadline);
  if (!response) return response.error();
  return {};
}

}  // namespace lianqiao::webhook
