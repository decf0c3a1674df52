#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

/// A mutex, a lock and a condition that clang's -Wthread-safety understands; g++ sees plain ones.
/// Members guarded by a mutex are marked LIANQIAO_GUARDED_BY(mutex_), functions that expect it held
/// LIANQIAO_REQUIRES(mutex_). Roles that are called from several threads at once guard with these
/// what changes.
#if defined(__clang__)
#define LIANQIAO_THREAD_ATTRIBUTE(x) __attribute__((x))
#else
#define LIANQIAO_THREAD_ATTRIBUTE(x)
#endif
#define LIANQIAO_GUARDED_BY(x) LIANQIAO_THREAD_ATTRIBUTE(guarded_by(x))
#define LIANQIAO_REQUIRES(...) LIANQIAO_THREAD_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define LIANQIAO_EXCLUDES(...) LIANQIAO_THREAD_ATTRIBUTE(locks_excluded(__VA_ARGS__))

namespace lianqiao {

class LIANQIAO_THREAD_ATTRIBUTE(capability("mutex")) Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void lock() LIANQIAO_THREAD_ATTRIBUTE(acquire_capability()) { mutex_.lock(); }
  void unlock() LIANQIAO_THREAD_ATTRIBUTE(release_capability()) { mutex_.unlock(); }
  bool tryLock() LIANQIAO_THREAD_ATTRIBUTE(try_acquire_capability(true)) {
    return mutex_.try_lock();
  }

 private:
  friend class Condition;
  std::mutex mutex_;
};

/// Holds a Mutex for the life of a scope.
class LIANQIAO_THREAD_ATTRIBUTE(scoped_lockable) Lock {
 public:
  explicit Lock(Mutex& mutex) LIANQIAO_THREAD_ATTRIBUTE(acquire_capability(mutex)) : mutex_(mutex) {
    mutex_.lock();
  }
  ~Lock() LIANQIAO_THREAD_ATTRIBUTE(release_capability()) { mutex_.unlock(); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  Mutex& mutex_;
};

/// Gives a Mutex that the caller holds back for the life of a scope.
class LIANQIAO_THREAD_ATTRIBUTE(scoped_lockable) Unlocked {
 public:
  explicit Unlocked(Mutex& mutex) LIANQIAO_THREAD_ATTRIBUTE(release_capability(mutex))
      : mutex_(mutex) {
    mutex_.unlock();
  }
  ~Unlocked() LIANQIAO_THREAD_ATTRIBUTE(release_capability()) { mutex_.lock(); }
  Unlocked(const Unlocked&) = delete;
  Unlocked& operator=(const Unlocked&) = delete;

 private:
  Mutex& mutex_;
};

/// Waits on a Mutex that the caller holds. Wakes may be spurious: wait in a loop over the state.
class Condition {
 public:
  void wait(Mutex& mutex) LIANQIAO_REQUIRES(mutex) {
    std::unique_lock<std::mutex> held(mutex.mutex_, std::adopt_lock);
    condition_.wait(held);
    held.release();
  }
  /// False when `until` passed.
  bool waitUntil(Mutex& mutex, std::chrono::steady_clock::time_point until)
      LIANQIAO_REQUIRES(mutex) {
    std::unique_lock<std::mutex> held(mutex.mutex_, std::adopt_lock);
    const std::cv_status status = condition_.wait_until(held, until);
    held.release();
    return status == std::cv_status::no_timeout;
  }
  void notifyOne() { condition_.notify_one(); }
  void notifyAll() { condition_.notify_all(); }

 private:
  std::condition_variable condition_;
};

}  // namespace lianqiao
