#include "intake/exception_share.h"

#include <algorithm>
#include <string>

#include "lianqiao/codes.h"

namespace lianqiao::intake {

queue::ExceptionShare ExceptionShare::begun(std::span<const queue::Entry> entries) {
  queue::ExceptionShare of;
  const auto add = [&](const queue::Entry& entry) {
    if (!entry.quarantined) return;
    ++of.count;
    of.bytes += entry.body.size() + entry.evidence.size();
  };
  for (const queue::Entry& entry : entries) {
    add(entry);
    std::for_each(entry.derived.begin(), entry.derived.end(), add);
  }
  room_.begun(of);
  return of;
}

std::optional<Error> ExceptionShare::full() const {
  if (!room_.full()) return std::nullopt;
  return Error{
      codes::kExceptionsFull,
      "Too many records of this peer were quarantined and wait for somebody to look at them: "
      "nothing more is taken until they are fewer. Tell the gateway's administrator."};
}

}  // namespace lianqiao::intake
