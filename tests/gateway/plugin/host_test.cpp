#include "plugin/host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "lianqiao/codes.h"
#include "support/manual_clock.h"

namespace lianqiao::plugin {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class PeerHostTest : public ::testing::Test {
 protected:
  PeerServices services() {
    PeerServices services;
    services.send = [this](const HttpCall& call, Deadline) -> Result<HttpResponse> {
      sent_.push_back(call.url);
      return HttpResponse{204, {}, {}};
    };
    services.log = [this](LogLevel, std::string_view line) { lines_.emplace_back(line); };
    services.count = [this](std::string_view name, std::uint64_t n) {
      counted_[std::string(name)] += n;
    };
    services.nonce = [](std::size_t bytes) { return std::string(bytes * 2, 'a'); };
    services.stopRequested = [] { return true; };
    services.clock = &clock_;
    services.dataDirectory = "/somewhere";
    return services;
  }

  test::ManualClock clock_;
  std::vector<std::string> sent_;
  std::vector<std::string> lines_;
  std::map<std::string, std::uint64_t> counted_;
  PeerHost host_{services()};
};

TEST_F(PeerHostTest, HandsOnToItsServices) {
  HttpCall call;
  call.url = "http://peer/";
  EXPECT_EQ(host_.send(call, clock_.steady() + 1s)->status, 204);
  EXPECT_EQ(host_.now(), clock_.wall());
  EXPECT_EQ(host_.nonce(2), "aaaa");
  EXPECT_EQ(host_.dataDirectory(), "/somewhere");
  EXPECT_TRUE(host_.stopRequested());
  host_.count("pages", 3);
  host_.count("pages", 1);
  EXPECT_EQ(counted_["pages"], 4U);
}

TEST_F(PeerHostTest, CutsNoNumberOfALineInTwo) {
  host_.log(LogLevel::info, std::string(490, 'x') + "13800008000");
  EXPECT_EQ(lines_.at(0), std::string(490, 'x')) << "the log masks whole ones";
}

TEST_F(PeerHostTest, SendsNothingOnceTheTimeIsOver) {
  const auto answer = host_.send({}, clock_.steady());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, codes::kDeliverTimeout);
  EXPECT_TRUE(sent_.empty());
}

TEST_F(PeerHostTest, KeepsALogMessageOnOneBoundedLine) {
  host_.log(LogLevel::info, "one\ntwo\x1b[31m");
  EXPECT_THAT(lines_, ElementsAre("one two [31m"));
  host_.log(LogLevel::info, std::string(499, 'x') + "联");
  EXPECT_EQ(lines_[1], std::string(499, 'x'));
}

TEST_F(PeerHostTest, DropsCountersBeyondTheBoundAndSaysSoOnce) {
  for (int i = 0; i < 100; ++i) host_.count("name" + std::to_string(i), 1);
  host_.count("Not Snake", 1);
  EXPECT_EQ(counted_.size(), 32U);
  ASSERT_EQ(lines_.size(), 1U);
  EXPECT_THAT(lines_[0], HasSubstr("\"name32\" is dropped"));
  host_.count("name3", 1);
  EXPECT_EQ(counted_["name3"], 2U);
}

}  // namespace
}  // namespace lianqiao::plugin
