#pragma once

#include <thread>

#include "delivery/deliverer.h"
#include "lianqiao/codes.h"
#include "support/called_taker.h"
#include "support/service_fixture.h"

namespace lianqiao::delivery {

using namespace std::chrono_literals;
using test::eventually;
using test::orderOf;

/// A peer that answers as the test says and remembers whom it was asked.
class ScriptedSink final : public Sink {
 public:
  using Answer = std::function<Outcome(const Delivery&)>;
  explicit ScriptedSink(Answer answer, std::size_t limit = 1)
      : answer_(std::move(answer)), limit_(limit) {}

  /// Sinks stand on the stack of a test and go before its deliverers: those are stopped first.
  ~ScriptedSink() override {
    if (beforeEnd) beforeEnd();
  }
  static inline std::function<void()> beforeEnd;

  Outcome deliver(const Delivery& delivery, Deadline) override {
    note(delivery);
    return answer_ ? answer_(delivery) : batchAnswer({&delivery, 1}).front();
  }
  std::size_t batchLimit() const override { return limit_; }
  std::vector<Outcome> deliverBatch(std::span<const Delivery> deliveries,
                                    Deadline deadline) override {
    largest = std::max(largest.load(), deliveries.size());
    if (batchAnswer) return batchAnswer(deliveries);
    return Sink::deliverBatch(deliveries, deadline);
  }

  std::vector<std::string> titles() {
    const std::lock_guard lock(mutex_);
    return titles_;
  }
  std::size_t calls() { return titles().size(); }

  std::function<std::vector<Outcome>(std::span<const Delivery>)> batchAnswer;
  std::atomic<std::size_t> largest{0};

 private:
  void note(const Delivery& delivery) {
    const json::Value* data = delivery.record.find("data");
    const json::Value* title = data == nullptr ? nullptr : data->find("title");
    const std::lock_guard lock(mutex_);
    titles_.emplace_back(title == nullptr ? "" : title->text());
  }
  const Answer answer_;
  const std::size_t limit_;
  std::mutex mutex_;
  std::vector<std::string> titles_;
};

inline std::string titleOf(const Delivery& delivery) {
  return std::string(delivery.record.find("data")->find("title")->text());
}

class DelivererTest : public test::ServiceTest {
 protected:
  void SetUp() override {
    ServiceTest::SetUp();
    settings_ = peer("province");
    settings_.outbound.deadline = 5s;
    settings_.outbound.breakerFailures = 1000;
    settings_.outbound.breakerRest = 50ms;
    retry_.first = 1ms;
    retry_.cap = 10ms;
    ScriptedSink::beforeEnd = [this] {
      for (auto& deliverer : deliverers_) deliverer->stop();
    };
  }
  void TearDown() override {
    for (auto& deliverer : deliverers_) deliverer->stop();
    ScriptedSink::beforeEnd = nullptr;
    test::listen(*takers_, {});
  }
  Deliverer& start(Sink& sink) { return start(settings_, sink); }
  Deliverer& start(const config::PeerConfig& to, Sink& sink) {
    Deliverer::Collaborators collaborators{
        queue_->deliveries(), *pipeline_, clock_,
        [this](std::string_view, const Outcome&, std::chrono::milliseconds) { ++attempts_; },
        room_};
    deliverers_.push_back(
        std::make_shared<Deliverer>(to, retry_, sink, std::move(collaborators), 1));
    takers_->set(to.name, deliverers_.back());
    return *deliverers_.back();
  }
  bool settled(std::uint64_t delivered, std::uint64_t buried = 0) {
    return eventually([&] {
      const auto now = counts(settings_.name);
      return now.delivered == delivered && now.buried == buried;
    });
  }
  bool isOpen(std::uint64_t waiting, std::uint64_t retrying) {
    return eventually([&] {
      const auto now = depth(settings_.name);
      return now.leased == 0 && now.waiting == waiting && now.retrying == retrying;
    });
  }

  void setField(const std::string& recordId, const std::string& name, const std::string& value) {
    redis::RedisAddress address;
    address.socket = (folder_.path() / "redis" / "redis.sock").string();
    auto redis = redis::RedisConnection::open(address);
    ASSERT_TRUE(redis.ok());
    ASSERT_TRUE((*redis)->call({"HSET", "{lq}:rec:" + recordId, name, value}).ok());
  }

  config::PeerConfig settings_;
  config::RetryPolicy retry_;
  queue::ExceptionRoom* room_ = nullptr;
  std::atomic<int> attempts_{0};
  std::vector<std::shared_ptr<Deliverer>> deliverers_;
};

}  // namespace lianqiao::delivery
