#include "data_exchange/exchange_sink.h"

#include <algorithm>

#include "lianqiao/ascii.h"

namespace lianqiao::data_exchange {
namespace {

constexpr std::size_t kAnswerBytes = 1u << 20;

Error unfit(std::string detail) { return {codes::kRejected, std::move(detail)}; }

/// Appends `value` with the names of all members in lower case (§2.2).
Result<void> writeLowered(const json::Value& value, std::string& out) {
  if (value.isArray()) {
    out += '[';
    for (const json::Value& element : value.elements()) {
      if (out.back() != '[') out += ',';
      if (auto written = writeLowered(element, out); !written) return written;
    }
    out += ']';
    return {};
  }
  if (!value.isObject()) {
    json::write(value, out);
    return {};
  }
  out += '{';
  std::vector<std::string> names;
  for (const json::Member& member : value.members()) {
    std::string name = lowered(member.name);
    if (std::find(names.begin(), names.end(), name) != names.end()) {
      return unfit("The mapping makes " + name +
                   " twice once names are in lower case; rename one of the two.");
    }
    if (!names.empty()) out += ',';
    json::writeText(name, out);
    out += ':';
    if (auto written = writeLowered(member.value, out); !written) return written;
    names.push_back(std::move(name));
  }
  out += '}';
  return {};
}

bool hasMember(const json::Value& object, std::string_view name, bool ignoringCase) {
  const auto members = object.members();
  return std::any_of(members.begin(), members.end(), [&](const json::Member& member) {
    return member.name == name || (ignoringCase && lowered(member.name) == name);
  });
}

}  // namespace

ExchangeSink::ExchangeSink(const Settings& settings, Host& host)
    : connection_(connectionOf(settings)),
      rules_(settings),
      inArray_(settings.text("body_form") == "array"),
      arrayMember_(settings.text("array_member")),
      batch_(inArray_ ? static_cast<std::size_t>(settings.integer("batch")) : 1),
      idempotencyHeader_(settings.text("idempotency_header")),
      idempotencyMember_(connection_.lowerKeys ? lowered(settings.text("idempotency_member"))
                                               : settings.text("idempotency_member")) {
  for (Service& service : servicesOf(settings)) {
    clients_.push_back(
        std::make_unique<ExchangeClient>(connection_, std::move(service), rules_, host));
  }
}

ExchangeClient& ExchangeSink::clientFor(std::string_view type) {
  const auto found = std::find_if(clients_.begin(), clients_.end() - 1, [type](const auto& client) {
    return client->service().type == type;
  });
  return **found;
}

Result<std::string> ExchangeSink::bodyOf(std::span<const Delivery> deliveries) const {
  std::string body;
  if (inArray_) {
    body += '{';
    json::writeText(arrayMember_, body);
    body += ":[";
  }
  for (const Delivery& delivery : deliveries) {
    if (&delivery != &deliveries.front()) body += ',';
    if (connection_.lowerKeys) {
      if (auto written = writeLowered(delivery.payload, body); !written) return written.error();
    } else {
      body += delivery.payloadText;
    }
    if (idempotencyMember_.empty()) continue;
    if (!delivery.payload.isObject()) {
      return unfit("The mapping makes no JSON object, so idempotency_member cannot be added.");
    }
    if (hasMember(delivery.payload, idempotencyMember_, connection_.lowerKeys)) continue;
    body.pop_back();
    if (delivery.payload.size() > 0) body += ',';
    json::writeText(idempotencyMember_, body);
    body += ':';
    json::writeText(delivery.idempotencyKey, body);
    body += '}';
  }
  if (inArray_) body += "]}";
  return body;
}

Outcome ExchangeSink::send(std::span<const Delivery> deliveries, Deadline deadline) {
  const auto body = bodyOf(deliveries);
  if (!body) return outcomeOfError(body.error());
  Headers headers;
  if (!idempotencyHeader_.empty()) headers.add(idempotencyHeader_, joinedKeys(deliveries));
  PlatformAnswer answer;
  clientFor(deliveries.front().type).post(*body, headers, kAnswerBytes, deadline, answer);
  Outcome outcome = std::move(answer.outcome);
  if (outcome.verdict == Verdict::delivered) return outcome;
  outcome.said = std::move(answer.message);
  return outcome;
}

Outcome ExchangeSink::deliver(const Delivery& delivery, Deadline deadline) {
  return send({&delivery, 1}, deadline);
}

std::vector<Outcome> ExchangeSink::deliverBatch(std::span<const Delivery> deliveries,
                                                Deadline deadline) {
  std::vector<Outcome> outcomes;
  const ExchangeClient* waiting = nullptr;  // Whose platform could not take the run before.
  while (outcomes.size() < deliveries.size()) {
    const auto rest = deliveries.subspan(outcomes.size());
    const ExchangeClient* const client = &clientFor(rest.front().type);
    const std::size_t most =
        std::min(batch_, idempotencyHeader_.empty() ? rest.size() : countForOneHeader(rest));
    std::size_t run = 1;
    while (run < std::min(rest.size(), most) && &clientFor(rest[run].type) == client) ++run;
    // What it could not take now, it is not asked to take again at once.
    Outcome whole = client == waiting ? outcomes.back() : send(rest.first(run), deadline);
    const bool judged = whole.verdict == Verdict::delivered || whole.verdict == Verdict::rejected;
    waiting = judged ? nullptr : client;
    if (whole.verdict == Verdict::rejected && run > 1) {
      for (std::size_t i = 0; i < run; ++i) outcomes.push_back(send(rest.subspan(i, 1), deadline));
    } else {
      outcomes.insert(outcomes.end(), run, whole);
    }
  }
  return outcomes;
}

Result<void> ExchangeSink::probe(Deadline deadline) {
  for (const auto& client : clients_) {
    if (auto known = client->probe(deadline); !known) return known;
  }
  return {};
}

}  // namespace lianqiao::data_exchange
