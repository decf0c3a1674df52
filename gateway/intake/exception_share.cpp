#include "intake/exception_share.h"

#include <string>

#include "lianqiao/codes.h"

namespace lianqiao::intake {

void ExceptionShare::add(std::span<const queue::Entry> entries) {
  for (const queue::Entry& entry : entries) {
    if (!entry.quarantined) continue;
    since_.fetch_add(1, std::memory_order_relaxed);
    sinceBytes_.fetch_add(entry.body.size() + entry.evidence.size(), std::memory_order_relaxed);
  }
}

void ExceptionShare::know(const queue::ExceptionShare& stored) {
  stored_.store(stored.count, std::memory_order_relaxed);
  storedBytes_.store(stored.bytes, std::memory_order_relaxed);
  since_.store(0, std::memory_order_relaxed);
  sinceBytes_.store(0, std::memory_order_relaxed);
}

bool ExceptionShare::isFull() const {
  return stored_.load(std::memory_order_relaxed) + since_.load(std::memory_order_relaxed) >=
             most_ ||
         storedBytes_.load(std::memory_order_relaxed) +
                 sinceBytes_.load(std::memory_order_relaxed) >=
             mostBytes_;
}

std::optional<Error> ExceptionShare::full() const {
  if (!isFull()) return std::nullopt;
  return Error{
      std::string(codes::kExceptionsFull),
      "Too many records of this peer were set aside and wait for somebody to look at them: "
      "nothing more is taken until they are fewer. Tell the gateway's administrator."};
}

}  // namespace lianqiao::intake
