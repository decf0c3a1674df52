#include "runtime/admin_port.h"

#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>
#include <list>

#include "admin/client.h"
#include "gateway/http/raw_client.h"
#include "lianqiao/codes.h"

namespace lianqiao::runtime {
namespace {

using namespace std::chrono_literals;
using http::RawClient;
using http::statusOf;
using ::testing::HasSubstr;
using ::testing::Not;

class AdminPortTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto port = AdminPort::start({.address = "127.0.0.1", .port = 0, .tls = {}}, Secret("t0ken"),
                                 [this](const HttpRequest& request) {
                                   if (request.path == "/waits") released_.wait();
                                   if (request.path == "/long")
                                     return HttpResponse{200, {}, std::string(3u << 20, 'x')};
                                   if (request.path == "/throws") throw std::runtime_error("x");
                                   return HttpResponse{200, {}, request.path};
                                 });
    ASSERT_TRUE(port.ok()) << port.error().detail;
    port_ = std::move(*port);
  }
  void TearDown() override { release(); }
  void release() {
    if (!std::exchange(gone_, true)) release_.set_value();
  }
  int ask(const std::string& path, std::string_view token = "t0ken") {
    http::RawClient client(port_->port());
    client.send("GET " + path +
                " HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer " +
                std::string(token) + "\r\n\r\n");
    return statusOf(client.rest());
  }
  admin::NodeFile node() const { return {"127.0.0.1", port_->port(), 0, "t0ken"}; }

  std::promise<void> release_;
  std::shared_future<void> released_ = release_.get_future().share();
  bool gone_ = false;
  std::unique_ptr<AdminPort> port_;
};

// The rule: who says nothing, or a byte at a time, keeps nobody out however many he is.
TEST_F(AdminPortTest, SilentAndDrippingCallersKeepNobodyOut) {
  std::list<http::RawClient> silent;
  for (int i = 0; i < 200; ++i) {
    http::RawClient& client = silent.emplace_back(port_->port());
    if (i % 2 == 0) client.send("GET /v1/status HT");
  }
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(ask("/v1/status"), 200);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

TEST_F(AdminPortTest, CallersOfHealthWhoseBodiesNeverEndKeepNobodyOut) {
  std::list<http::RawClient> unending;
  for (int i = 0; i < 200; ++i) {
    unending.emplace_back(port_->port())
        .send("GET /health HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  }
  for (int i = 0; i < 20; ++i) EXPECT_EQ(ask("/v1/status"), 200);
}

// The rule: a port that is busy is told from a process that hangs, and needs no restart.
TEST_F(AdminPortTest, ABusyPortSaysSoAndAdvisesNoRestart) {
  std::list<http::RawClient> waiting;
  for (int i = 0; i < AdminPort::kThreads; ++i) {
    waiting.emplace_back(port_->port())
        .send("GET /waits HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer t0ken\r\n\r\n");
  }
  const auto answer = admin::call(node(), "GET", "/waits", 1s);
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, codes::kOverloaded);
  EXPECT_THAT(answer.error().detail, HasSubstr("is busy"));
  EXPECT_THAT(answer.error().detail, Not(HasSubstr("start it again")));
  EXPECT_EQ(ask("/health", "none"), 200) << "its front thread answers by itself";
  release();
  for (http::RawClient& client : waiting) EXPECT_EQ(statusOf(client.answer()), 200);
}

// The rule: any answer shows that the process lives.
TEST_F(AdminPortTest, APortThatRefusesFurtherConnectionsIsBusyAndNeedsNoRestart) {
  config::IntakeLimits limits;
  limits.connections = limits.connectionsPerAddress = 2;
  std::mutex mutex;
  std::list<std::unique_ptr<http::Responder>> kept;
  auto front = http::HttpFront::start(
      {.address = "127.0.0.1", .port = 0, .tls = {}}, limits,
      [](const HttpRequest&) { return http::HttpFront::Admission{.proved = true}; },
      [&](HttpRequest, std::unique_ptr<http::Responder> responder) {
        const std::lock_guard lock(mutex);
        kept.push_back(std::move(responder));
      });
  ASSERT_TRUE(front.ok()) << front.error().detail;
  http::RawClient waits((*front)->port());
  waits.send("GET /waits HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto answer = admin::call({"127.0.0.1", (*front)->port(), 0, ""}, "GET", "/waits", 1s);
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, codes::kOverloaded) << answer.error().detail;
  (*front)->stop(0ms);
}

TEST_F(AdminPortTest, BeyondItsBoundCallersAreAskedToComeLater) {
  std::list<http::RawClient> waiting;
  for (std::size_t i = 0; i < AdminPort::kConnections / 2; ++i) {
    waiting.emplace_back(port_->port())
        .send("GET /waits HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer t0ken\r\n\r\n");
  }
  int status = 200;
  const auto until = std::chrono::steady_clock::now() + 5s;
  while (status == 200 && std::chrono::steady_clock::now() < until)
    status = ask("/v1/status", "t0ken");
  EXPECT_EQ(status, 503);
}

TEST_F(AdminPortTest, ALongAnswerComesWhole) {
  const auto answer = admin::call(node(), "GET", "/long", 10s);
  ASSERT_TRUE(answer.ok()) << answer.error().detail;
  EXPECT_EQ(answer->body.size(), 3u << 20);
}

TEST_F(AdminPortTest, OneThatHasEndedIsToldFromOneThatHangs) {
  const admin::NodeFile gone = node();
  port_->stop();
  const auto ended = admin::call(gone, "GET", "/health", 1s);
  ASSERT_FALSE(ended.ok());
  EXPECT_EQ(ended.error().code, codes::kNotFound);
  EXPECT_THAT(ended.error().detail, HasSubstr("No gateway runs"));

  // A process that hangs accepts nothing, and its kernel goes on doing so for it.
  const int hangs = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof place;
  ASSERT_EQ(::bind(hangs, reinterpret_cast<sockaddr*>(&place), size), 0);
  ASSERT_EQ(::listen(hangs, 8), 0);
  ASSERT_EQ(::getsockname(hangs, reinterpret_cast<sockaddr*>(&place), &size), 0);
  const auto begin = std::chrono::steady_clock::now();
  const auto answer =
      admin::call({"127.0.0.1", ntohs(place.sin_port), 0, ""}, "GET", "/health", 1s);
  ::close(hangs);
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, codes::kConnect);
  EXPECT_THAT(answer.error().detail, HasSubstr("Its process may hang"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 8s);
}

TEST_F(AdminPortTest, NothingIsDoneWithoutTheToken) {
  EXPECT_EQ(ask("/v1/status", "other"), 401);
  EXPECT_EQ(ask("/throws", "other"), 401);
  EXPECT_EQ(ask("/throws"), 500);
  EXPECT_EQ(ask("/v1/trail/a%2Fb"), 200) << "an id may hold whatever it does";
}

}  // namespace
}  // namespace lianqiao::runtime
