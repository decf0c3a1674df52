#include "queue/exception_room.h"

namespace lianqiao::queue {
namespace {

void raise(ExceptionShare& to, const ExceptionShare& more) {
  to.count += more.count;
  to.bytes += more.bytes;
}

}  // namespace

void ExceptionRoom::begun(const ExceptionShare& of) {
  if (of.count == 0) return;
  const base::Lock lock(mutex_);
  raise(begun_, of);
  judge();
}

void ExceptionRoom::ended(const ExceptionShare& of) {
  if (of.count == 0) return;
  const base::Lock lock(mutex_);
  raise(ended_, of);
}

void ExceptionRoom::add(const ExceptionShare& of) {
  if (of.count == 0) return;
  const base::Lock lock(mutex_);
  raise(begun_, of);
  raise(ended_, of);
  judge();
}

ExceptionShare ExceptionRoom::mark() const {
  const base::Lock lock(mutex_);
  return ended_;
}

void ExceptionRoom::know(const ExceptionShare& stored, const ExceptionShare& mark) {
  const base::Lock lock(mutex_);
  stored_ = stored;
  seen_ = mark;
  judge();
}

void ExceptionRoom::startFrom(const ExceptionRoom& former) {
  ExceptionShare known;
  {
    const base::Lock lock(former.mutex_);
    known = former.all();
  }
  know(known, {});
}

ExceptionShare ExceptionRoom::all() const {
  return {stored_.count + begun_.count - seen_.count, stored_.bytes + begun_.bytes - seen_.bytes};
}

void ExceptionRoom::judge() {
  const ExceptionShare now = all();
  full_.store(now.count >= most_.count || now.bytes >= most_.bytes, std::memory_order_relaxed);
}

}  // namespace lianqiao::queue
