#pragma once

#include <functional>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "gateway/pipeline/work_order_config.h"
#include "intake/entry.h"
#include "pipeline/pipeline.h"
#include "support/queue_fixture.h"
#include "support/shipped_lives.h"

namespace lianqiao::test {

using namespace std::chrono_literals;

/// A work order of the peer "hotline". `key` is the thing it is of; another `title` makes another
/// record.
inline std::string orderOf(const std::string& key, const std::string& title = "路灯不亮",
                           bool high = false) {
  return R"({"caseguid":")" + key + R"(","serialnum":"N)" + key + R"(","rqsttitle":")" + title +
         R"(","rqstcontent":"人民路路灯三天不亮，请维修。","accordtypecode":"求助-03","rqstsource":"来电","status":"1",)" +
         R"("rqstperson":"王小明","linkphone":"13800012345","areacode":"411602000000","rqsttime":"2021-03-09 08:05:07",)" +
         R"("pilotLight":")" + (high ? "特急" : "一般") + "\"}";
}
/// One that the mapping cannot read: its code is in no table.
inline std::string badOrderOf(const std::string& key) {
  std::string text = orderOf(key);
  return text.replace(text.find("求助-03"), std::string_view("求助-03").size(), "怪-99");
}

/// A real Redis of its own and the compiled pipeline of workOrderConfig(): orders of "hotline" are
/// owed to "grid" and "province". Time is the machine's.
class ServiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    config_ = pipeline::workOrderConfig();
    compile();
    open();
  }
  storage::QueueOptions options() {
    storage::QueueOptions options;
    options.takers = takers_;
    options.node = "test";
    options.data = folder_.path();
    options.log = log_.sink();
    options.sweepEvery = 10ms;
    options.lives = shippedLives();
    return options;
  }
  void open() { open(options()); }
  void open(storage::QueueOptions options) {
    auto opened = storage::RedisWorkQueue::open(redis_, {}, std::move(options), clock_, ids_);
    ASSERT_TRUE(opened.ok()) << opened.error().detail;
    queue_ = std::move(*opened);
  }
  void compile() {
    yaml::Findings findings;
    pipeline_ = pipeline::Pipeline::compile(config_, findings);
    ASSERT_TRUE(pipeline_) << (findings.all().empty() ? "" : findings.all().front().text());
  }
  config::PeerConfig& peer(const std::string& name) {
    for (config::PeerConfig& one : config_.peers)
      if (one.name == name) return one;
    throw std::out_of_range(name);
  }

  Result<std::vector<ItemVerdict>> trySubmit(const std::vector<std::string>& bodies,
                                             std::string_view from = "hotline") {
    expression::Workspace workspace;
    const intake::EntryMaker entries(*pipeline_, clock_, ids_);
    queue::Submission submission;
    for (const std::string& body : bodies) {
      RawItem item;
      item.body = body;
      submission.entries.push_back(entries.make(from, std::move(item), workspace));
    }
    std::promise<Result<std::vector<ItemVerdict>>> promise;
    queue_->submissions().submit(
        std::move(submission),
        [&](Result<std::vector<ItemVerdict>> verdicts) { promise.set_value(std::move(verdicts)); });
    return promise.get_future().get();
  }
  std::vector<ItemVerdict> submit(const std::vector<std::string>& bodies,
                                  std::string_view from = "hotline") {
    auto verdicts = trySubmit(bodies, from);
    EXPECT_TRUE(verdicts.ok()) << (verdicts.ok() ? "" : verdicts.error().detail);
    return verdicts.ok() ? std::move(*verdicts) : std::vector<ItemVerdict>();
  }

  review::PeerCounts counts(const std::string& name) {
    auto counts = queue_->records().counts();
    EXPECT_TRUE(counts.ok());
    return counts.ok() ? (*counts)[name] : review::PeerCounts();
  }
  review::PeerDepth depth(const std::string& name) {
    auto depth = queue_->records().depth(name);
    EXPECT_TRUE(depth.ok());
    return depth.ok() ? *depth : review::PeerDepth();
  }
  std::vector<review::ExceptionInfo> exceptions(const std::string& of = {}) {
    review::ExceptionFilter filter;
    filter.peer = of;
    auto found = queue_->records().exceptions(filter);
    EXPECT_TRUE(found.ok());
    return found.ok() ? std::move(*found) : std::vector<review::ExceptionInfo>();
  }

  /// Another node's queue on the same Redis.
  std::unique_ptr<storage::WorkQueue> openNode(const std::string& name) {
    config::RedisSettings settings;
    settings.managed = false;
    settings.url = "unix://" + (folder_.path() / "redis" / "redis.sock").string();
    storage::QueueOptions made = options();
    made.node = name;
    auto opened = storage::RedisWorkQueue::open(settings, {}, std::move(made), clock_, ids_);
    EXPECT_TRUE(opened.ok()) << (opened.ok() ? "" : opened.error().detail);
    return opened.ok() ? std::move(*opened) : nullptr;
  }

  queue::TemporaryFolder folder_;
  base::SystemClock clock_;
  base::IdSource ids_{clock_, 7};
  config::RedisSettings redis_;
  queue::LogLines log_;
  config::GatewayConfig config_;
  std::unique_ptr<pipeline::Pipeline> pipeline_;
  const std::shared_ptr<queue::Takers> takers_ = std::make_shared<queue::Takers>();
  std::unique_ptr<storage::WorkQueue> queue_;
};

}  // namespace lianqiao::test
