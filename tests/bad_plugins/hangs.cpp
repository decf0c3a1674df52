// Does not look at its deadline: deliver() returns only once the gateway stops.
#include <thread>

#include "lianqiao/adapter.h"

namespace {

using namespace lianqiao;

class HangingSink final : public Sink {
 public:
  explicit HangingSink(Host& host) : host_(host) {}
  Outcome deliver(const Delivery&, Deadline) override {
    while (!host_.stopRequested()) std::this_thread::yield();
    return Outcome::delivered();
  }

 private:
  Host& host_;
};

std::unique_ptr<Sink> makeSink(const Settings&, Host& host) {
  return std::make_unique<HangingSink>(host);
}

constexpr Descriptor kDescriptor{.name = "hangs",
                                 .version = "1.0",
                                 .summary = "Hangs.",
                                 .summaryZh = "不返回。",
                                 .makeSink = &makeSink};

}  // namespace

LIANQIAO_ADAPTER("hangs", kDescriptor)
