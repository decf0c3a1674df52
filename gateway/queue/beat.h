#pragma once

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>

#include "base/process_mark.h"

namespace lianqiao::queue {

/// Who looks whether a node beats need not look longer: two beats and some.
inline constexpr std::chrono::milliseconds kNameWatch{2500};

/// "<start> <counter> <process>" of the hash `beats`. Views into the text it was made of.
struct Beat {
  std::string_view start;
  std::string_view counter;
  std::string_view process;

  explicit Beat(std::string_view text) {
    start = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(start.size() + 1, text.size()));
    counter = text.substr(0, text.find(' '));
    process = text.substr(std::min(counter.size() + 1, text.size()));
  }

  /// Where it comes from, for messages: "host <host>, process <id>".
  [[nodiscard]] std::string place() const {
    const base::ProcessMark mark(process);
    return "host " + mark.host() + ", process " +
           mark.process().substr(0, mark.process().find('.'));
  }
};

}  // namespace lianqiao::queue
