#pragma once

#include <deque>
#include <string>

#include "kit/answers/answer_rules.h"
#include "kit/mock/day_list.h"
#include "kit/mock/ledger.h"
#include "kit/mock/platform.h"
#include "lianqiao/adapter.h"
#include "lianqiao/mutex.h"
#include "webhook/batch_marks.h"

namespace lianqiao::webhook {

/// A platform that takes JSON over HTTP, recognises what comes twice by the idempotency header,
/// checks the credential and what the head says of the body, lists what it holds of a day where
/// `list_url` is set, and reports two steps (signed, replied) for every thing that bears an
/// `eventKey`. Thread-safe.
class WebhookMock final : public MockPeer {
 public:
  explicit WebhookMock(const Settings& settings);

  HttpResponse handle(const HttpRequest& request, WallTime now) override;
  void drive(MockWorld& world) override;
  [[nodiscard]] Taken taken() const override { return ledger_.taken(); }

 private:
  HttpResponse refuse(int status, std::string_view text) {
    return ledger_.refuse(kit::textAnswer(status, text));
  }
  void take(const json::Value& payload, std::string_view idempotencyKey, WallTime now);
  [[nodiscard]] std::string receiptOf(std::string_view idempotencyKey) const;
  [[nodiscard]] std::string answerText(std::string_view key) const;

  const std::string idempotencyHeader_;
  const Secret token_;
  const std::string keyHeader_;
  const Secret key_;
  const kit::AnswerRules rules_;
  const BatchMarks marks_;
  const bool replies_;

  kit::Ledger ledger_;
  kit::DayList held_;
  Mutex mutex_;
  std::deque<std::string> toReport_ LIANQIAO_GUARDED_BY(mutex_);  // eventKeys
};

}  // namespace lianqiao::webhook
