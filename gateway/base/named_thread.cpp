#include "base/named_thread.h"

#include <pthread.h>

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

}  // namespace lianqiao::base
