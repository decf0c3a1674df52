#include "plain_sink.h"

int platformLibraryCall();

namespace {

class UnresolvedSink final : public bad::PlainSink {
 public:
  lianqiao::Outcome deliver(const lianqiao::Delivery& delivery, lianqiao::Deadline until) override {
    if (platformLibraryCall() != 0) return bad::PlainSink::deliver(delivery, until);
    return lianqiao::Outcome::delivered();
  }
};

std::unique_ptr<lianqiao::Sink> makeSink(const lianqiao::Settings&, lianqiao::Host&) {
  return std::make_unique<UnresolvedSink>();
}

constexpr lianqiao::Descriptor describe() {
  lianqiao::Descriptor descriptor = bad::describe("unresolved");
  descriptor.makeSink = &makeSink;
  return descriptor;
}

constexpr lianqiao::Descriptor kDescriptor = describe();

}  // namespace

LIANQIAO_ADAPTER("unresolved", kDescriptor)
