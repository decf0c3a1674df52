#pragma once

#include <string>

#include "pipeline/pipeline.h"

namespace lianqiao::test {

/// Maps nothing: what goes out is an empty object.
class UnmappedPipeline final : public pipeline::Pipeline {
 public:
  pipeline::Processed process(std::string_view, const RawItem&, std::string_view, WallTime,
                              expression::Workspace&) const override {
    return {};
  }
  Result<pipeline::Payload> outbound(std::string_view, std::string_view,
                                     expression::Workspace&) const override {
    return pipeline::Payload{{}, "{}"};
  }
  [[nodiscard]] std::vector<ItemShape> itemShapes(std::string_view) const override { return {}; }
  [[nodiscard]] std::string masked(std::string_view event) const override {
    return std::string(event);
  }
};

}  // namespace lianqiao::test
