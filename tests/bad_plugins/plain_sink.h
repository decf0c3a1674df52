#pragma once

#include <memory>

#include "lianqiao/adapter.h"

namespace bad {

/// Confirms everything and sends nothing: what the wrong adapters have besides their fault.
class PlainSink : public lianqiao::Sink {
 public:
  lianqiao::Outcome deliver(const lianqiao::Delivery&, lianqiao::Deadline) override {
    return lianqiao::Outcome::delivered();
  }
};

inline std::unique_ptr<lianqiao::Sink> makePlainSink(const lianqiao::Settings&, lianqiao::Host&) {
  return std::make_unique<PlainSink>();
}

constexpr lianqiao::Descriptor describe(std::string_view name) {
  lianqiao::Descriptor descriptor;
  descriptor.name = name;
  descriptor.version = "1.0";
  descriptor.summary = "Confirms everything.";
  descriptor.summaryZh = "一律确认。";
  descriptor.makeSink = &makePlainSink;
  return descriptor;
}

}  // namespace bad
