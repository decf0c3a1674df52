#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "base/clock.h"
#include "lianqiao/codes.h"
#include "plugin/guarded_call.h"
#include "reconcile/other_side.h"

namespace lianqiao::reconcile {

/// The other side as an adapter's role counterpart tells it. Each call has the whole `patience`.
/// For one comparison and one thread; what is passed in must outlive it. Once `stopping` says so,
/// nobody is asked any more.
class CounterpartSide final : public OtherSide {
 public:
  CounterpartSide(Counterpart& role, std::string adapter, std::string peer, const HeldQuery& query,
                  const base::Clock& clock, std::chrono::milliseconds patience,
                  std::function<bool()> stopping)
      : role_(role),
        adapter_(std::move(adapter)),
        peer_(std::move(peer)),
        query_(query),
        clock_(clock),
        patience_(patience),
        stopping_(std::move(stopping)) {}

  [[nodiscard]] bool tellsDigests() const override { return role_.tellsDigests(); }
  Result<HeldSummary> summary() override {
    return guarded("summary", [&] { return role_.summary(query_, deadline()); });
  }
  Result<std::vector<HeldSum>> buckets(std::string_view type) override {
    return guarded("buckets", [&] { return role_.buckets(query_, type, deadline()); });
  }
  Result<HeldPage> listBuckets(std::string_view type, std::span<const std::uint8_t> buckets,
                               std::string_view after) override {
    return guarded("listBuckets",
                   [&] { return role_.listBuckets(query_, type, buckets, after, deadline()); });
  }
  Result<HeldPage> list(std::string_view after) override {
    return guarded("list", [&] { return role_.list(query_, after, deadline()); });
  }

 private:
  template <typename Call>
  auto guarded(std::string_view name, Call call) -> decltype(call()) {
    if (stopping_())
      return Error{codes::kCancelled, "The gateway stops; reconcile again once it runs."};
    return plugin::guardedCall({adapter_, peer_, name}, call);
  }
  [[nodiscard]] Deadline deadline() const { return clock_.steady() + patience_; }

  Counterpart& role_;
  const std::string adapter_;
  const std::string peer_;
  const HeldQuery& query_;
  const base::Clock& clock_;
  const std::chrono::milliseconds patience_;
  const std::function<bool()> stopping_;
};

}  // namespace lianqiao::reconcile
