#include "lianqiao/roles.h"

namespace lianqiao {

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

std::vector<Outcome> Sink::deliverBatch(std::span<const Delivery> deliveries, Deadline deadline) {
  std::vector<Outcome> outcomes;
  outcomes.reserve(deliveries.size());
  for (const Delivery& delivery : deliveries) outcomes.push_back(deliver(delivery, deadline));
  return outcomes;
}

Result<void> Source::confirm(const Batch&, std::span<const ItemVerdict>) { return {}; }

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
