#include "intake/exception_share.h"

#include <string>

#include "lianqiao/codes.h"

namespace lianqiao::intake {
namespace {

void add(queue::ExceptionShare& to, const queue::ExceptionShare& more) {
  to.count += more.count;
  to.bytes += more.bytes;
}

}  // namespace

queue::ExceptionShare ExceptionShare::begun(std::span<const queue::Entry> entries) {
  queue::ExceptionShare of;
  for (const queue::Entry& entry : entries) {
    if (entry.quarantined) add(of, {1, entry.body.size() + entry.evidence.size()});
  }
  if (of.count == 0) return of;
  const base::Lock lock(mutex_);
  add(begun_, of);
  return of;
}

void ExceptionShare::ended(const queue::ExceptionShare& of) {
  if (of.count == 0) return;
  const base::Lock lock(mutex_);
  add(ended_, of);
}

queue::ExceptionShare ExceptionShare::mark() const {
  const base::Lock lock(mutex_);
  return ended_;
}

void ExceptionShare::know(const queue::ExceptionShare& stored, const queue::ExceptionShare& mark) {
  const base::Lock lock(mutex_);
  stored_ = stored;
  seen_ = mark;
}

std::optional<Error> ExceptionShare::full() const {
  {
    const base::Lock lock(mutex_);
    if (stored_.count + begun_.count - seen_.count < most_.count &&
        stored_.bytes + begun_.bytes - seen_.bytes < most_.bytes)
      return std::nullopt;
  }
  return Error{
      std::string(codes::kExceptionsFull),
      "Too many records of this peer were set aside and wait for somebody to look at them: "
      "nothing more is taken until they are fewer. Tell the gateway's administrator."};
}

}  // namespace lianqiao::intake
