// An adapter that dies of certain records: one entitled `abort` ends the process, one entitled
// `hang` never comes back, nor does a request to …/hang.
#include <chrono>
#include <cstdlib>
#include <memory>
#include <thread>

#include "lianqiao/adapter.h"

namespace {

using namespace lianqiao;

class StumblingSink final : public Sink {
 public:
  explicit StumblingSink(Host& host) : host_(host) {}
  Outcome deliver(const Delivery& delivery, Deadline) override {
    const json::Value* title = delivery.payload.find("title");
    if (title != nullptr && title->text() == "abort") std::abort();
    while (title != nullptr && title->text() == "hang" && !host_.stopRequested())
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return Outcome::failed(Verdict::retry, codes::kPeerError, "It hung until the gateway stopped.");
  }

 private:
  Host& host_;
};

class StumblingReceiver final : public Receiver {
 public:
  explicit StumblingReceiver(Host& host) : host_(host) {}
  Result<Reception> receive(const HttpRequest& request) override {
    while (request.path.ends_with("/hang") && !host_.stopRequested())
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return Receiver::receive(request);
  }

 private:
  Host& host_;
};

std::unique_ptr<Receiver> makeReceiver(const Settings&, Host& host) {
  return std::make_unique<StumblingReceiver>(host);
}
std::unique_ptr<Sink> makeSink(const Settings&, Host& host) {
  return std::make_unique<StumblingSink>(host);
}

constexpr Descriptor kDescriptor{.name = "stumbles",
                                 .version = "1.0",
                                 .summary = "Dies of certain records.",
                                 .summaryZh = "遇到特定记录即崩溃。",
                                 .makeReceiver = &makeReceiver,
                                 .makeSink = &makeSink};

}  // namespace

LIANQIAO_ADAPTER("stumbles", kDescriptor)
