#pragma once

#include <atomic>
#include <utility>

#include "lianqiao/counterpart.h"

namespace lianqiao::runtime {

/// The right to call a counterpart, which one thread has at a time. It ends with this.
class CounterpartUse {
 public:
  /// REQUIRES: the caller has just set `taken`; both outlive this.
  CounterpartUse(Counterpart& role, std::atomic<bool>& taken) : role_(&role), taken_(&taken) {}
  ~CounterpartUse() {
    if (taken_ != nullptr) taken_->store(false);
  }
  CounterpartUse(CounterpartUse&& other) noexcept
      : role_(other.role_), taken_(std::exchange(other.taken_, nullptr)) {}
  CounterpartUse& operator=(CounterpartUse&&) = delete;

  [[nodiscard]] Counterpart& role() const { return *role_; }

 private:
  Counterpart* role_;
  std::atomic<bool>* taken_;
};

}  // namespace lianqiao::runtime
