#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "http/http_front.h"
#include "raw_client.h"

namespace lianqiao::http {

inline constexpr std::string_view kGet = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
inline constexpr std::string_view kLastGet =
    "GET /z HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

inline std::string post(std::string_view body, std::string_view fields = "") {
  return "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(fields) + "\r\n" + std::string(body);
}

/// A front on a free port whose handler answers 200 with method, path and body, or what the test
/// sets.
class FrontTest : public ::testing::Test {
 protected:
  void start() {
    auto front = HttpFront::start(
        listener, limits,
        [this](const HttpRequest& head) {
          return admit ? admit(head) : HttpFront::Admission{.bodyLimit = limits.body};
        },
        [this](HttpRequest request, std::unique_ptr<Responder> responder) {
          if (handler) return handler(std::move(request), std::move(responder));
          HttpResponse response;
          response.body = request.method + " " + request.path + " " + request.body;
          responder->send(std::move(response));
        });
    ASSERT_TRUE(front.ok()) << front.error().detail;
    front_ = std::move(front).value();
  }
  RawClient connect() { return RawClient(front_->port()); }
  /// Sends on a fresh connection and returns all that comes until the front closes.
  std::string exchange(std::string_view bytes) {
    RawClient client = connect();
    client.send(bytes);
    std::string answer = client.rest();
    EXPECT_TRUE(client.closed());
    return answer;
  }
  void TearDown() override {
    if (front_) front_->stop(std::chrono::milliseconds(0));
  }

  config::Listener listener{.address = "127.0.0.1", .port = 0, .tls = {}};
  config::IntakeLimits limits;
  HttpFront::Admit admit;
  HttpFront::Handler handler;
  std::unique_ptr<HttpFront> front_;
};

}  // namespace lianqiao::http
