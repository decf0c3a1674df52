#pragma once

#include <gmock/gmock.h>

#include <filesystem>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "gateway/http/raw_client.h"
#include "intake/service.h"
#include "support/service_fixture.h"

namespace lianqiao::intake {

using crash::CrashGuard;

/// A receiver that throws, answers or is silent as the path says; else the standard one.
class OddReceiver final : public Receiver {
 public:
  Result<Reception> receive(const HttpRequest& request) override {
    if (request.path.ends_with("/throws")) throw std::runtime_error("index out of range");
    if (request.path.ends_with("/nothing")) return Reception{};
    if (request.path.ends_with("/hangs")) released_.wait();
    if (request.path.ends_with("/check")) {
      Reception reception;
      reception.answer.emplace().body = "echo";
      return reception;
    }
    return Receiver::receive(request);
  }
  HttpResponse answer(const HttpRequest& request, std::span<const ItemVerdict> verdicts) override {
    if (request.headers.has("X-Throw")) throw std::runtime_error("no answer");
    return Receiver::answer(request, verdicts);
  }
  void release() { release_.set_value(); }

 private:
  std::promise<void> release_;
  std::shared_future<void> released_ = release_.get_future().share();
};

/// The front, the service and the queue as the gateway joins them.
class IntakeServiceTest : public test::ServiceTest {
 protected:
  void SetUp() override {
    ServiceTest::SetUp();
    config::PeerConfig& hotline = peer("hotline");
    hotline.auth.kind = config::CallerAuth::Kind::token;
    hotline.auth.tokens = {Secret("t0ken")};
    peer("province").outbound.pull = true;
    config::PeerConfig off = hotline;
    off.name = "off";
    off.enabled = false;
    config_.peers.push_back(off);
  }
  void TearDown() override {
    if (front_) front_->stop(std::chrono::milliseconds(0));
    if (pool_) pool_->stop();
    queue_.reset();
  }
  void start() {
    outbox_ = std::make_unique<Outbox>(queue_->deliveries(), *pipeline_);
    entries_ = std::make_unique<EntryMaker>(*pipeline_, clock_, ids_);
    pool_ = std::make_unique<WorkPool>(2);
    openGuard();
    for (const config::PeerConfig& one : config_.peers) {
      endpoints_.emplace(one.name, std::make_shared<Endpoint>(
                                       one, &receiver_, *entries_, *outbox_, clock_,
                                       [](auto&&...) -> Result<bool> { return true; },
                                       PeerGuard(*guard_, one.name, "b")));
    }
    own_ = std::make_unique<OwnRecords>(
        queue_->records(), *pipeline_,
        [this](std::string_view, std::string_view) -> Result<std::vector<OwnRecord>> {
          return older_;
        },
        clock_);
    service_ = std::make_unique<Service>(
        config_.intake,
        [this](std::string_view name) -> std::shared_ptr<Endpoint> {
          const auto found = endpoints_.find(name);
          return found == endpoints_.end() ? nullptr : found->second;
        },
        queue_->submissions(), *own_, queue_->health(), *pool_,
        [this](std::string_view name, int status, std::size_t) {
          const std::lock_guard lock(mutex_);
          if (memoryIsShort_) throw std::bad_alloc();
          ++seen_[std::string(name) + " " + std::to_string(status)];
        },
        [this](std::string_view name, const Error& error) {
          const std::lock_guard lock(mutex_);
          faults_.push_back(std::string(name) + ": " + error.detail);
        });
    auto front = http::HttpFront::start(
        {.address = "127.0.0.1", .port = 0, .tls = {}}, config_.intake,
        [this](const HttpRequest& head) { return service_->admit(head); },
        [this](HttpRequest request, std::unique_ptr<http::Responder> responder) {
          service_->handle(std::move(request), std::move(responder));
        });
    ASSERT_TRUE(front.ok()) << front.error().detail;
    front_ = std::move(front).value();
  }
  void openGuard() {
    const std::filesystem::path folder = folder_.path() / "guard";
    guard_.reset();
    book_ = std::make_unique<crash::FlightBook>(folder, "test", log_.sink());
    guard_ = std::make_unique<CrashGuard>(*book_, folder, clock_, log_.sink(),
                                          CrashGuard::Options{std::chrono::milliseconds(0)});
  }
  /// As if the process had died so often while the adapter of "hotline" had that body.
  void dieOf(const std::string& body, int deaths,
             const std::string& path = "/v1/peers/hotline/records") {
    const std::filesystem::path folder = folder_.path() / "guard";
    const std::filesystem::path kept = folder_.path() / "as it was";
    for (int i = 0; i < deaths; ++i) {
      openGuard();
      {
        const PeerGuard hotline(*guard_, "hotline", "b");
        const Permit permit = hotline.request(path, body);
        EXPECT_EQ(permit.way(), Permit::Way::open);
        std::filesystem::remove_all(kept);
        std::filesystem::copy(folder, kept);
      }
      guard_.reset();
      book_.reset();
      std::filesystem::remove_all(folder);
      std::filesystem::rename(kept, folder);
    }
  }
  std::string call(const std::string& method, const std::string& path, const std::string& body = {},
                   const std::string& headers =
                       "Authorization: Bearer t0ken\r\nContent-Type: application/json\r\n") {
    if (!front_) start();
    http::RawClient client(front_->port());
    client.send(method + " " + path + " HTTP/1.1\r\nHost: gateway\r\n" + headers +
                "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    return client.answer();
  }
  std::string post(const std::string& body) {
    return call("POST", "/v1/peers/hotline/records", body);
  }
  /// Every refusal has the one shape.
  static void expectRefusal(const std::string& answer, int status, std::string_view code) {
    EXPECT_EQ(http::statusOf(answer), status) << answer;
    EXPECT_THAT(answer, ::testing::HasSubstr("{\"error\":{\"code\":\"" + std::string(code) +
                                             "\",\"message\":\""));
    if (status == 429 || status == 503) {
      EXPECT_THAT(answer, ::testing::HasSubstr("Retry-After: "));
    }
  }
  int seen(const std::string& what) {
    const std::lock_guard lock(mutex_);
    return seen_[what];
  }

  OddReceiver receiver_;
  std::mutex mutex_;
  std::map<std::string, int> seen_;
  bool memoryIsShort_ = false;
  std::vector<std::string> faults_;
  std::unique_ptr<Outbox> outbox_;
  std::vector<OwnRecord> older_;  // what the history has, whatever is asked
  std::unique_ptr<OwnRecords> own_;
  std::unique_ptr<EntryMaker> entries_;
  std::unique_ptr<crash::FlightBook> book_;
  std::unique_ptr<CrashGuard> guard_;
  std::map<std::string, std::shared_ptr<Endpoint>, std::less<>> endpoints_;
  std::unique_ptr<WorkPool> pool_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<http::HttpFront> front_;
};

}  // namespace lianqiao::intake
