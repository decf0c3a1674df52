#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <string_view>
#include <thread>

namespace lianqiao::base {

/// A thread that ps, gdb and perf show under `name` (at most 15 bytes; more is cut). Joined, and
/// asked to stop, when the jthread goes. What `body` throws ends the process: threads have no
/// caller to tell.
[[nodiscard]] std::jthread startThread(std::string_view name,
                                       std::function<void(std::stop_token)> body);

/// Waits for `time`, or until somebody asks to stop before: true then.
bool awaitStop(const std::stop_token& stop, std::chrono::milliseconds time);

}  // namespace lianqiao::base
