#include "base/named_thread.h"

#include <pthread.h>

#include <condition_variable>
#include <mutex>
#include <string>
#include <utility>

namespace lianqiao::base {

std::jthread startThread(std::string_view name, std::function<void(std::stop_token)> body) {
  return std::jthread(
      [shown = std::string(name.substr(0, 15)), run = std::move(body)](std::stop_token stop) {
        pthread_setname_np(pthread_self(), shown.c_str());
        run(std::move(stop));
      });
}

bool awaitStop(const std::stop_token& stop, std::chrono::milliseconds time) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, stop, time, [] { return false; });
  return stop.stop_requested();
}

}  // namespace lianqiao::base
