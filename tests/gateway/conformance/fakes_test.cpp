#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "conformance/fake_host.h"
#include "conformance/golden.h"
#include "conformance/test_data.h"
#include "lianqiao/codes.h"

namespace lianqiao::test {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

TEST(FakeHost, ClockStandsUntilMoved) {
  FakeHost host;
  const WallTime start = host.now();
  EXPECT_EQ(host.now(), start);
  host.advance(90s);
  EXPECT_EQ(host.now(), start + 90s);
  host.setNow(WallTime(5ms));
  EXPECT_EQ(host.now(), WallTime(5ms));
}

TEST(FakeHost, AnswersByScriptThenByFunctionThenNotAtAll) {
  FakeHost host;
  host.answer(201, "{}");
  host.fail(codes::kDeliverTimeout);
  HttpCall call;
  call.url = "http://peer/a";
  EXPECT_EQ(host.send(call, {})->status, 201);
  EXPECT_EQ(host.send(call, {}).error().code, codes::kDeliverTimeout);
  EXPECT_EQ(host.send(call, {}).error().code, codes::kConnect);
  host.onSend([](const HttpCall& asked) -> Result<HttpResponse> {
    return HttpResponse{204, {}, asked.url};
  });
  EXPECT_EQ(host.send(call, {})->body, "http://peer/a");
  EXPECT_EQ(host.calls().size(), 4u);
  EXPECT_EQ(host.lastCall().url, "http://peer/a");
  EXPECT_EQ(host.unansweredScript(), 0u);
}

TEST(FakeHost, RecordsLogsCountsAndGivesDistinctNonces) {
  FakeHost host;
  host.log(LogLevel::warning, "careful");
  host.count("pages");
  host.count("pages", 2);
  EXPECT_EQ(host.logs().at(0).message, "careful");
  EXPECT_EQ(host.counted("pages"), 3u);
  EXPECT_EQ(host.counted("other"), 0u);
  EXPECT_EQ(host.nonce(4), "00000001");
  EXPECT_EQ(host.nonce(4), "00000002");
  EXPECT_FALSE(host.stopRequested());
  host.requestStop();
  EXPECT_TRUE(host.stopRequested());
}

TEST(FakeHost, OwnsAFolderThatGoesWithIt) {
  std::filesystem::path folder;
  {
    FakeHost host;
    folder = host.dataDirectory();
    std::ofstream(folder / "file") << "x";
    EXPECT_TRUE(std::filesystem::exists(folder / "file"));
  }
  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST(AsRequest, TakesTheUrlApart) {
  HttpCall call;
  call.url = "https://peer:8443/a%20b?x=1#part";
  call.body = "{}";
  const HttpRequest request = asRequest(call);
  EXPECT_EQ(request.target, "/a%20b?x=1");
  EXPECT_EQ(request.path, "/a b");
  EXPECT_EQ(request.query, "x=1");
  EXPECT_EQ(request.body, "{}");
  call.url = "http://peer";
  EXPECT_EQ(asRequest(call).target, "/");
}

class Golden : public ::testing::Test {
 protected:
  // Under a rewriting run these tests would write instead of compare.
  void SetUp() override { unsetenv("LIANQIAO_REWRITE_GOLDEN"); }
  void TearDown() override { unsetenv("LIANQIAO_REWRITE_GOLDEN"); }
  FakeHost host_;
  std::filesystem::path file_ = host_.dataDirectory() / "sub" / "case.golden";
};

TEST_F(Golden, MissingFileFailsAndIsNotWritten) {
  EXPECT_FALSE(matchesGolden(file_, "text"));
  EXPECT_FALSE(std::filesystem::exists(file_));
}

TEST_F(Golden, IsRewrittenOnlyOnRequest) {
  setenv("LIANQIAO_REWRITE_GOLDEN", "1", 1);
  EXPECT_TRUE(matchesGolden(file_, "a\nb"));
  unsetenv("LIANQIAO_REWRITE_GOLDEN");
  EXPECT_TRUE(matchesGolden(file_, "a\nb"));
  EXPECT_TRUE(matchesGolden(file_, "a\nb\n"));
  const auto different = matchesGolden(file_, "a\nc");
  EXPECT_FALSE(different);
  EXPECT_THAT(different.message(), HasSubstr(":2: differs\n  expected: b\n  actual:   c"));
  EXPECT_FALSE(matchesGolden(file_, "a"));
  EXPECT_EQ(readFile(file_), "a\nb\n");
}

TEST(SharedData, SaysWhyATestIsSkipped) {
  EXPECT_THAT(whyNoSharedData("no/such/file"), HasSubstr("set LIANQIAO_SHARED_DATA"));
}

}  // namespace
}  // namespace lianqiao::test
