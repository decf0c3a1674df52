#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "lianqiao/counterpart.h"
#include "lianqiao/result.h"

namespace lianqiao::reconcile {

/// What is asked of the other side about one day. Each call is one exchange. Its answers are
/// believed of nothing that they contradict.
class OtherSide {
 public:
  virtual ~OtherSide() = default;

  /// Else there is list() alone, of everything.
  [[nodiscard]] virtual bool tellsDigests() const = 0;
  virtual Result<HeldSummary> summary() = 0;
  virtual Result<std::vector<HeldSum>> buckets(std::string_view type) = 0;
  virtual Result<HeldPage> listBuckets(std::string_view type, std::span<const std::uint8_t> buckets,
                                       std::string_view after) = 0;
  virtual Result<HeldPage> list(std::string_view after) = 0;
};

}  // namespace lianqiao::reconcile
