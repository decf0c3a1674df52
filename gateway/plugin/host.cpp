#include "plugin/host.h"

#include "base/cut.h"
#include "lianqiao/codes.h"
#include "lianqiao/text.h"
#include "plugin/descriptor_check.h"

namespace lianqiao::plugin {

namespace {

constexpr std::size_t kCounters = 32;
constexpr std::size_t kLongestLine = 500;

}  // namespace

void PeerHost::log(LogLevel level, std::string_view message) {
  std::string line(base::cutBeforeNumber(message, kLongestLine));
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  services_.log(level, line);
}

bool PeerHost::mayCount(std::string_view name) {
  {
    const base::Lock lock(mutex_);
    if (counters_.contains(name)) return true;
    if (isLowerSnake(name) && counters_.size() < kCounters) {
      counters_.emplace(name);
      return true;
    }
    if (std::exchange(complained_, true)) return false;
  }
  log(LogLevel::warning, "counter \"" + std::string(cutAt(name, 64)) +
                             "\" is dropped: an adapter may count at most " +
                             std::to_string(kCounters) + " lower_snake names");
  return false;
}

void PeerHost::count(std::string_view name, std::uint64_t n) {
  if (mayCount(name)) services_.count(name, n);
}

Result<HttpResponse> PeerHost::send(const HttpCall& call, Deadline deadline) {
  if (deadline <= services_.clock->steady()) {
    return Error{codes::kDeliverTimeout, "the attempt's time was over before the call was sent"};
  }
  return services_.send(call, deadline);
}

}  // namespace lianqiao::plugin
