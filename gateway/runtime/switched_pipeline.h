#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/snapshot.h"
#include "pipeline/pipeline.h"

namespace lianqiao::runtime {

/// A pipeline that can be exchanged between two records: each call runs whole on the one that it
/// found. Thread-safe.
class SwitchedPipeline final : public pipeline::Pipeline {
 public:
  explicit SwitchedPipeline(std::shared_ptr<const pipeline::Pipeline> first)
      : current_(std::move(first)) {}

  void use(std::shared_ptr<const pipeline::Pipeline> next) { current_.set(std::move(next)); }

  pipeline::Processed process(std::string_view peer, const RawItem& item, std::string_view id,
                              WallTime received, expression::Workspace& workspace) const override {
    return current_.get()->process(peer, item, id, received, workspace);
  }
  pipeline::Processed rederive(std::string_view peer, std::string_view rule, std::string_view event,
                               std::string_view id, WallTime received,
                               expression::Workspace& workspace) const override {
    return current_.get()->rederive(peer, rule, event, id, received, workspace);
  }
  std::vector<pipeline::Processed> remind(std::vector<pipeline::Reminder> reminders,
                                          expression::Workspace& workspace) const override {
    return current_.get()->remind(std::move(reminders), workspace);
  }
  std::vector<std::string> ignored(std::string_view peer) const override {
    return current_.get()->ignored(peer);
  }
  Result<pipeline::Payload> outbound(std::string_view peer, std::string_view event,
                                     expression::Workspace& workspace) const override {
    // A payload views into constants of its mapping: they must live as long as the workspace holds
    // it.
    auto pipeline = current_.get();
    workspace.keeps = pipeline;
    return pipeline->outbound(peer, event, workspace);
  }
  pipeline::Processed own(record::Record record, const json::Value& data, std::string_view time,
                          expression::Workspace& workspace) const override {
    return current_.get()->own(std::move(record), data, time, workspace);
  }
  [[nodiscard]] bool namesReferences() const override { return current_.get()->namesReferences(); }
  [[nodiscard]] bool keepsReferences(std::string_view peer) const override {
    return current_.get()->keepsReferences(peer);
  }
  [[nodiscard]] bool namesTheirs(std::string_view peer) const override {
    return current_.get()->namesTheirs(peer);
  }
  [[nodiscard]] std::vector<ItemShape> itemShapes(std::string_view peer) const override {
    return current_.get()->itemShapes(peer);
  }
  [[nodiscard]] std::string masked(std::string_view event) const override {
    return current_.get()->masked(event);
  }

 private:
  base::Snapshot<pipeline::Pipeline> current_;
};

}  // namespace lianqiao::runtime
