// Throws in its factory when its one setting says so, and otherwise in deliver() as the record's
// key says.
#include <stdexcept>

#include "lianqiao/adapter.h"

namespace {

using namespace lianqiao;

struct NoStandardException {};

class ThrowingSink final : public Sink {
 public:
  Outcome deliver(const Delivery& delivery, Deadline) override {
    if (delivery.key == "std") throw std::runtime_error("the platform's library gave up");
    if (delivery.key == "other") throw NoStandardException{};
    if (delivery.key == "int") throw 7;
    return Outcome::delivered();
  }
};

std::unique_ptr<Sink> makeSink(const Settings& settings, Host&) {
  if (settings.boolean("in_factory")) throw std::invalid_argument("the key file is empty");
  return std::make_unique<ThrowingSink>();
}

constexpr FieldSpec kSettings[] = {
    {.name = "in_factory",
     .kind = FieldKind::boolean,
     .doc = "Throw in the factory.",
     .docZh = "在工厂函数里抛出异常。",
     .fallback = "false"},
};

constexpr Descriptor kDescriptor{.name = "throws",
                                 .version = "1.0",
                                 .summary = "Throws.",
                                 .summaryZh = "抛出异常。",
                                 .settings = kSettings,
                                 .makeSink = &makeSink};

}  // namespace

LIANQIAO_ADAPTER("throws", kDescriptor)
