#include "webhook/webhook_sink.h"

namespace lianqiao::webhook {

WebhookSink::WebhookSink(const Settings& settings, Host& host)
    : host_(host),
      url_(settings.text("url")),
      method_(settings.text("method")),
      idempotencyHeader_(settings.text("idempotency_header")),
      caller_(settings, host),
      rules_(settings, {.credentials = "token, key or sign_secret"}),
      marks_(settings),
      batch_(static_cast<std::size_t>(settings.integer("batch"))),
      batchBytes_(static_cast<std::size_t>(settings.integer("batch_bytes"))),
      lines_(settings.text("batch_form") == "ndjson") {}

Outcome WebhookSink::deliver(const Delivery& delivery, Deadline deadline) {
  return send(std::string(delivery.payloadText), delivery.idempotencyKey, Part(), deadline);
}

std::vector<std::size_t> WebhookSink::cut(std::span<const Delivery> deliveries) const {
  std::vector<std::size_t> counts;
  while (!deliveries.empty()) {
    const std::size_t most =
        idempotencyHeader_.empty() ? deliveries.size() : countForOneHeader(deliveries);
    std::size_t count = 1;
    std::size_t bytes = deliveries.front().payloadText.size();
    while (count < most && bytes + deliveries[count].payloadText.size() < batchBytes_)
      bytes += 1 + deliveries[count++].payloadText.size();
    counts.push_back(count);
    deliveries = deliveries.subspan(count);
  }
  return counts;
}

std::vector<Outcome> WebhookSink::deliverBatch(std::span<const Delivery> deliveries,
                                               Deadline deadline) {
  if (batch_ == 1) return Sink::deliverBatch(deliveries, deadline);
  std::vector<Outcome> outcomes;
  const std::vector<std::size_t> counts = cut(deliveries);
  for (std::size_t i = 0; i < counts.size() && outcomes.size() < deliveries.size(); ++i) {
    const auto together = deliveries.subspan(outcomes.size(), counts[i]);
    auto judged = deliverTogether(together, {i + 1, counts.size(), counts[i]}, deadline);
    outcomes.insert(outcomes.end(), judged.begin(), judged.end());
    // What the peer could not take now, it is not asked to take again at once.
    const Verdict last = outcomes.back().verdict;
    if (last != Verdict::delivered && last != Verdict::rejected) {
      outcomes.resize(deliveries.size(), Outcome(outcomes.back()));
    }
  }
  return outcomes;
}

std::vector<Outcome> WebhookSink::deliverTogether(std::span<const Delivery> deliveries, Part part,
                                                  Deadline deadline) {
  std::string body;
  if (!lines_) body += '[';
  for (std::size_t i = 0; i < deliveries.size(); ++i) {
    if (i > 0) body += lines_ ? '\n' : ',';
    body += deliveries[i].payloadText;
  }
  if (!lines_) body += ']';
  const Outcome whole = send(std::move(body), joinedKeys(deliveries), part, deadline);
  // One bad record must not condemn the others: each is judged alone.
  if (whole.verdict == Verdict::rejected && deliveries.size() > 1)
    return Sink::deliverBatch(deliveries, deadline);
  return std::vector<Outcome>(deliveries.size(), whole);
}

Outcome WebhookSink::send(std::string body, std::string_view idempotencyKey, const Part& part,
                          Deadline deadline) {
  HttpCall call;
  call.method = method_;
  call.url = url_;
  call.body = std::move(body);
  call.headers.add("Content-Type", lines_ && batch_ > 1 ? "application/x-ndjson"
                                                        : "application/json; charset=utf-8");
  if (!idempotencyHeader_.empty())
    call.headers.add(idempotencyHeader_, std::string(idempotencyKey));
  marks_.add(part, call);
  const std::string sent = call.body;
  auto response = caller_.send(std::move(call), deadline);
  if (!response) return outcomeOfError(response.error());
  kit::Answer answer;
  answer.response = std::move(*response);
  rules_.judge(sent, answer);
  answer.outcome.said = std::move(answer.message);
  return std::move(answer.outcome);
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
