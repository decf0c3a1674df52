// What a peer asks for instead of sending: its outbox, what became of a record, our account of a
// day.
#include "intake/service.h"
#include "intake/service_answers.h"
#include "intake/service_exchange.h"

namespace lianqiao::intake {

void Service::takeOutbox(const std::shared_ptr<Exchange>& exchange) {
  Endpoint& endpoint = *exchange->endpoint;
  if (!admitsStill(*exchange)) return;
  auto response = exchange->rest == "/outbox"
                      ? endpoint.outbox.fetch(endpoint.name, exchange->request.parameter("limit"),
                                              endpoint.pullLease)
                      : endpoint.outbox.acknowledge(endpoint.name, exchange->request.body);
  send(*exchange, response ? std::move(response).value() : http::errorResponse(response.error()));
}

void Service::takeQuestion(const std::shared_ptr<Exchange>& exchange) {
  Endpoint& endpoint = *exchange->endpoint;
  if (!admitsStill(*exchange)) return;
  if (const auto wait = endpoint.rate.take(1); wait.count() > 0) return slowDown(*exchange, wait);
  if (isManifest(exchange->rest)) return send(*exchange, accountOf(endpoint, exchange->request));
  auto response = records_.answer(endpoint.name, questionOf(exchange->rest));
  send(*exchange, response ? std::move(response).value() : unanswered(response.error()));
}

}  // namespace lianqiao::intake
