#include "data_exchange/exchange_client.h"

namespace lianqiao::data_exchange {

ExchangeClient::ExchangeClient(const Connection& connection, Service service,
                               const PlatformRules& rules, Host& host)
    : connection_(connection),
      service_(std::move(service)),
      rules_(rules),
      host_(host),
      key_(connection, service_.id, rules, host) {}

std::string ExchangeClient::nonce() {
  if (connection_.scheme != Scheme::x_hmac_auth) return host_.nonce(8);
  // §2.6: 13 digits of milliseconds and four random ones.
  std::string text = std::to_string(host_.now().time_since_epoch().count());
  for (const char c : host_.nonce(2))
    text += static_cast<char>('0' + (c <= '9' ? c - '0' : c - 'a') % 10);
  return text;
}

void ExchangeClient::send(HttpCall call, const SigningKey::Key& key, Deadline deadline,
                          PlatformAnswer& answer) {
  sign({connection_.scheme, connection_.id, service_.id, key.secret}, host_.now(), nonce(), call);
  auto response = host_.send(call, deadline);
  if (!response) {
    answer.answered = false;
    answer.staleKey = false;
    answer.document.clear();
    answer.document.root = {};
    answer.message.clear();
    answer.outcome = outcomeOfError(response.error());
    return;
  }
  answer.response = std::move(*response);
  rules_.judge(host_.now(), call.body, answer);
}

void ExchangeClient::post(const std::string& body, const Headers& headers,
                          std::size_t maxAnswerBytes, Deadline deadline, PlatformAnswer& answer) {
  HttpCall call;
  call.url = connection_.url + service_.path;
  call.maxAnswerBytes = maxAnswerBytes;
  call.headers.add("Content-Type", "application/json; charset=utf-8");
  for (const auto& [name, value] : connection_.headers) call.headers.set(name, value);
  for (const auto& [name, value] : headers.all()) call.headers.set(name, value);
  call.body = body;
  ask(std::move(call), deadline, answer);
}

Result<HttpResponse> ExchangeClient::get(HttpCall call, Deadline deadline) {
  call.method = "GET";
  for (const auto& [name, value] : connection_.headers) call.headers.set(name, value);
  PlatformAnswer answer;
  ask(std::move(call), deadline, answer);
  if (!answer.answered) return Error{answer.outcome.code, answer.outcome.detail};
  return std::move(answer.response);
}

void ExchangeClient::ask(HttpCall call, Deadline deadline, PlatformAnswer& answer) {
  auto key = key_.current(deadline);
  if (!key) {
    answer.outcome = outcomeOfError(key.error());
    return;
  }
  send(call, *key, deadline, answer);
  if (!answer.staleKey || !key_.renewable()) return;
  const auto newer = key_.newerThan(key->number, deadline);
  if (!newer) {
    answer.outcome = outcomeOfError(newer.error());
    return;
  }
  send(std::move(call), *newer, deadline, answer);
}

Result<void> ExchangeClient::probe(Deadline deadline) {
  const auto key =
      key_.renewable() ? key_.newerThan(~std::uint64_t{0}, deadline) : key_.current(deadline);
  if (!key) return key.error();
  if (key_.renewable()) return {};
  HttpCall call;
  call.method = "GET";
  call.url = connection_.url + service_.path;
  for (const auto& [name, value] : connection_.headers) call.headers.set(name, value);
  PlatformAnswer answer;
  send(std::move(call), *key, deadline, answer);
  // An answer of any other kind shows that the platform is there and knows us.
  if (answer.answered && answer.outcome.verdict != Verdict::refused) return {};
  return Error{answer.outcome.code, answer.outcome.detail};
}

}  // namespace lianqiao::data_exchange
