#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

namespace lianqiao::base {

/// Which process on which machine: "<host> <boot>/<pid namespace> <pid>.<start ticks>". Tells
/// whether the process that wrote a mark is certainly no more, as far as one can know from here.
class ProcessMark {
 public:
  /// This process's.
  static ProcessMark own();
  explicit ProcessMark(std::string_view text);

  [[nodiscard]] std::string text() const;
  [[nodiscard]] const std::string& host() const { return host_; }
  [[nodiscard]] const std::string& process() const { return process_; }

  /// True only when it is certain: it ran here under a number that is free now or another's, or,
  /// where Redis can only be reached from this machine (`local`), before the machine's last start.
  [[nodiscard]] bool isGone(bool local) const;

 private:
  ProcessMark() = default;

  std::string host_;
  std::string boot_;
  std::string space_;
  std::string process_;
};

}  // namespace lianqiao::base
