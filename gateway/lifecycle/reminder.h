#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lianqiao/json.h"
#include "lifecycle/deadline_rules.h"

namespace lianqiao::lifecycle {

/// The type of the records that tell of a deadline (schemas/reminder.json).
inline constexpr std::string_view kReminderType = "reminder";

/// What a reminder tells of.
struct ReminderSubject {
  std::string_view type;
  std::string_view key;
  std::string_view state;  ///< In which it stands; may be empty.
  int round = 1;
  const json::Value* data = nullptr;  ///< The public part of its newest record.
};

/// Its data, made in `out`. `moment` is one of `moments`, which were reckoned by `rule` and others.
[[nodiscard]] json::Value reminderData(const ReminderSubject& subject, const DeadlineRule& rule,
                                       const Moment& moment, const std::vector<Moment>& moments,
                                       json::Document& out);

/// What makes it the same reminder, whatever the thing has come to meanwhile, made in `out`.
[[nodiscard]] json::Value reminderIdentity(const ReminderSubject& subject, const Moment& moment,
                                           json::Document& out);

/// "<limit>/<key>/<round>/<stage and level>": whoever tells it twice tells the same.
[[nodiscard]] std::string reminderSourceId(const ReminderSubject& subject, const Moment& moment);

}  // namespace lianqiao::lifecycle
