#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "admin/client.h"
#include "cli/arguments.h"
#include "cli/interrupt.h"
#include "cli/replay_pace.h"
#include "cli/resend_report.h"

namespace lianqiao::cli {

/// What a person has sent again: ids, or a day, or a list that was made before.
struct ResendWish {
  bool preview = false;
  bool json = false;
  ReplayPace pace;
  std::string how{};  ///< Query of the list: who, why, how; see addParameter.
  std::string peer{}, day{}, type{}, goOn{};
  std::vector<std::string> ids{};
};

/// Who has it sent again, and why, as a query. Fails where one of them is missing.
Result<std::string> askedOf(const Arguments& arguments);
/// Adds a parameter to a query.
void addParameter(std::string& query, std::string_view name, std::string_view value);

/// Has a running gateway make a list, fill it, and carry it out, or looks at what would become of
/// it. Shows its progress and its report. Not thread-safe.
class ResendRun {
 public:
  ResendRun(const admin::NodeFile& node, ResendWish wish)
      : node_(node), wish_(std::move(wish)), report_(wish_.preview) {}

  /// Its exit code.
  int run();

 private:
  bool fill();
  bool fillByDay(const std::string& target);
  bool fillByIds(const std::string& target);
  [[nodiscard]] std::string bodyFrom(std::size_t at) const;
  void look();
  void carryOut();
  [[nodiscard]] std::string address() const;
  /// What the gateway says; nothing when it cannot go on.
  std::optional<std::string> ask(const std::string& method, const std::string& target,
                                 const std::string& body = {});
  void print(const std::string& lines) const;
  bool interrupted(std::chrono::nanoseconds pause);
  /// Keeps the pace and shows progress; false when interrupted.
  bool goOn();

  const admin::NodeFile node_;
  const ResendWish wish_;
  ResendReport report_;
  Interrupt interrupt_;
  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::size_t first_ = SIZE_MAX;  ///< Left after the first step.
  bool shows_ = false;
  int failed_ = 0;  ///< The exit code once it cannot go on.
};

}  // namespace lianqiao::cli
