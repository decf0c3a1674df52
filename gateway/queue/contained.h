#pragma once

#include <atomic>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "base/log_line.h"
#include "lianqiao/codes.h"

namespace lianqiao::queue {

/// Runs a callback of the queue's users on a thread of the queue. What it throws must not end the
/// process, and with it everybody's deliveries: it is logged, the first time, and forgotten.
template <typename Call>
void contained(const base::LogLine& log, std::string_view whose, Call&& call) {
  static std::atomic<bool> told{false};
  const auto tell = [&](std::string_view what) {
    if (told.exchange(true)) return;
    log(LogLevel::error, std::string(codes::kInternal) + ": a callback of the queue (" +
                             std::string(whose) + ") threw: " + std::string(what) +
                             ". Report this line; more of the kind are not logged.");
  };
  try {
    std::forward<Call>(call)();
  } catch (const std::exception& thrown) {
    tell(thrown.what());
  } catch (...) {
    tell("something that is no std::exception");
  }
}

}  // namespace lianqiao::queue
