#pragma once

#include <string>

#include "lianqiao/adapter.h"

namespace lianqiao::hotline12345 {

/// Sends replies, returns and extension requests back to the hotline (protocols §1.4.2): the
/// payload names its `step`, which is the last part of the address. HTTP 200 confirms; anything
/// else does not. Immutable, thread-safe.
class HotlineSink final : public Sink {
 public:
  HotlineSink(const Settings& settings, Host& host);
  Outcome deliver(const Delivery& delivery, Deadline deadline) override;
  Result<void> probe(Deadline deadline) override;

 private:
  Host& host_;
  const std::string url_;
  const std::string operator_;
  const std::string account_;
  const std::string formType_;
  const Secret token_;
};

/// Whether the hotline knows that step, and the members that it demands beside the common ones.
const std::vector<std::string_view>* demandsOf(std::string_view step);

}  // namespace lianqiao::hotline12345
