#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kit/answers/answer_rules.h"
#include "lianqiao/adapter.h"
#include "webhook/batch_marks.h"
#include "webhook/webhook_caller.h"

namespace lianqiao::webhook {

/// Sends payloads as JSON over HTTP and reads the verdict from status and body, all by settings.
/// Immutable after construction, hence thread-safe.
class WebhookSink final : public Sink {
 public:
  /// Throws std::invalid_argument, with the remedy, where an entry of `headers` is no header field.
  WebhookSink(const Settings& settings, Host& host);

  Outcome deliver(const Delivery& delivery, Deadline deadline) override;
  [[nodiscard]] std::size_t batchLimit() const override { return batch_; }
  std::vector<Outcome> deliverBatch(std::span<const Delivery> deliveries,
                                    Deadline deadline) override;
  Result<void> probe(Deadline deadline) override;

 private:
  /// How many of them go in each request: as many as the bounds of head and body let.
  [[nodiscard]] std::vector<std::size_t> cut(std::span<const Delivery> deliveries) const;
  /// In one request; each alone where that is rejected.
  std::vector<Outcome> deliverTogether(std::span<const Delivery> deliveries, Part part,
                                       Deadline deadline);
  Outcome send(std::string body, std::string_view idempotencyKey, const Part& part,
               Deadline deadline);

  Host& host_;
  const std::string url_;
  const std::string method_;
  const std::string idempotencyHeader_;
  const WebhookCaller caller_;
  const kit::AnswerRules rules_;
  const BatchMarks marks_;
  const std::size_t batch_;
  const std::size_t batchBytes_;
  const bool lines_;
};

}  // namespace lianqiao::webhook
