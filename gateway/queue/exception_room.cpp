#include "queue/exception_room.h"

namespace lianqiao::queue {
namespace {

void add(ExceptionShare& to, const ExceptionShare& more) {
  to.count += more.count;
  to.bytes += more.bytes;
}

}  // namespace

void ExceptionRoom::begun(const ExceptionShare& of) {
  if (of.count == 0) return;
  const base::Lock lock(mutex_);
  add(begun_, of);
  judge();
}

void ExceptionRoom::ended(const ExceptionShare& of) {
  if (of.count == 0) return;
  const base::Lock lock(mutex_);
  add(ended_, of);
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

void ExceptionRoom::judge() {
  full_.store(stored_.count + begun_.count - seen_.count >= most_.count ||
                  stored_.bytes + begun_.bytes - seen_.bytes >= most_.bytes,
              std::memory_order_relaxed);
}

}  // namespace lianqiao::queue
