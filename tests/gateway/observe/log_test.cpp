#include "observe/log.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "lianqiao/json.h"
#include "support/manual_clock.h"

namespace lianqiao::observe {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

/// A pipe that a Log writes into.
class LogTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(::pipe2(ends_.data(), O_CLOEXEC), 0); }
  void TearDown() override {
    for (const int end : ends_) {
      if (end >= 0) ::close(end);
    }
  }
  Log::Options options(Log::Form form = Log::Form::automatic) {
    return {LogLevel::info, form, ends_[1], &clock_};
  }
  /// Everything written so far.
  std::string written() {
    ::close(ends_[1]);
    ends_[1] = -1;
    std::string all;
    std::array<char, 65536> buffer{};
    for (;;) {
      const ssize_t n = ::read(ends_[0], buffer.data(), buffer.size());
      if (n <= 0) return all;
      all.append(buffer.data(), static_cast<std::size_t>(n));
    }
  }

  test::ManualClock clock_{std::chrono::milliseconds(1716775731123)};
  std::array<int, 2> ends_{-1, -1};
};

TEST_F(LogTest, WritesOneJsonObjectPerLine) {
  Log log(options());
  log.write(LogLevel::warning, "deliver", {{"peer", "province"}, {"code", "deliver.tls"}},
            "The certificate has expired.");
  log.write(LogLevel::info, "app", {{"peer", ""}}, "Ready.");
  EXPECT_EQ(written(),
            R"({"time":"2024-05-27T02:08:51.123Z","level":"warning","component":"deliver",)"
            R"("peer":"province","code":"deliver.tls","message":"The certificate has expired."})"
            "\n"
            R"({"time":"2024-05-27T02:08:51.123Z","level":"info","component":"app",)"
            R"("message":"Ready."})"
            "\n");
}

TEST_F(LogTest, LeavesOutWhatIsBelowItsLevel) {
  Log log(options());
  EXPECT_FALSE(log.wants(LogLevel::debug));
  log.write(LogLevel::debug, "app", {}, "hidden");
  Log::Options all = options();
  all.least = LogLevel::debug;
  Log(all).write(LogLevel::debug, "app", {}, "shown");
  const std::string lines = written();
  EXPECT_THAT(lines, Not(HasSubstr("hidden")));
  EXPECT_THAT(lines, HasSubstr("shown"));
}

TEST_F(LogTest, IsReadableForPeople) {
  Log log(options(Log::Form::human));
  log.write(LogLevel::error, "queue", {{"code", "queue.full"}, {"peer", ""}}, "No room.");
  EXPECT_THAT(written(), EndsWith(" ERROR   queue: No room. (code=queue.full)\n"));
}

TEST_F(LogTest, CannotBeMadeToForgeALine) {
  Log human(options(Log::Form::human));
  human.write(LogLevel::info, "a", {{"x", "1\r\n2"}}, "one\nERROR two\x1b[31m");
  Log json(options());
  json.write(LogLevel::info, "a", {}, "one\n{\"level\":\"error\"}");
  const std::string lines = written();
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 2);
  EXPECT_THAT(lines, Not(HasSubstr("\x1b")));
}

// Whatever somebody put into a file's name, a key or an answer: the log tells no number of a
// person.
TEST_F(LogTest, MasksTheNumbersOfPersonsInEveryField) {
  Log log(options());
  log.write(LogLevel::info, "files", {{"file", "王 +86 138-0000-8000.xlsx"}},
            "The receipt was 411702199001010016.");
  const std::string lines = written();
  EXPECT_THAT(lines, HasSubstr("138****8000.xlsx"));
  EXPECT_THAT(lines, HasSubstr("411702********0016"));
}

// It was cut first: a number at the limit kept ten of its eleven digits.
TEST_F(LogTest, MasksANumberThatStandsWhereItCuts) {
  Log log(options());
  log.write(LogLevel::info, "a", {}, std::string(4086, 'x') + "13800008000 and more");
  EXPECT_THAT(written(), Not(HasSubstr("13800")));
}

// A log is read in a terminal, too: what reorders or drives it is told by its number, in both
// forms.
TEST_F(LogTest, DrivesNoTerminalInEitherForm) {
  const std::string bad =
      "\x7F\xC2\x9B"
      "31m\xE2\x80\xAE\xE2\x81\xA6\xD8\x9C";
  for (const auto form : {Log::Form::human, Log::Form::json}) {
    Log log(options(form));
    log.write(LogLevel::info, bad, {{"field", bad}}, bad);
  }
  const std::string lines = written();
  for (const char* control : {"\x7F", "\xC2\x9B", "\xE2\x80\xAE", "\xE2\x81\xA6", "\xD8\x9C"})
    EXPECT_THAT(lines, Not(HasSubstr(control)));
  EXPECT_THAT(lines, HasSubstr("\\u007f\\u009b31m\\u202e\\u2066\\u061c"));
}

TEST_F(LogTest, IsValidJsonWhateverBytesItIsGiven) {
  Log log(options());
  log.write(LogLevel::info, "a", {{"bytes", "\xff\xfe"}}, std::string(5000, 'x') + "\xe4\xb8");
  std::string longText;
  for (int i = 0; i < 3000; ++i) longText += "长";
  log.write(LogLevel::info, "a", {}, longText);
  std::istringstream lines(written());
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    json::Document document;
    EXPECT_TRUE(json::parse(line, document).ok()) << line.substr(0, 100);
    EXPECT_LT(line.size(), 5000U);
  }
  EXPECT_EQ(count, 2);
}

TEST_F(LogTest, KeepsLinesWholeAcrossThreads) {
  ASSERT_GT(::fcntl(ends_[1], F_SETPIPE_SZ, 1 << 20), 0);
  Log log(options());
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&log] {
        for (int i = 0; i < 200; ++i) log.write(LogLevel::info, "thread", {}, "a line of text");
      });
    }
  }
  std::istringstream lines(written());
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    EXPECT_THAT(line, EndsWith(R"("message":"a line of text"})"));
  }
  EXPECT_EQ(count, 800);
}

TEST_F(LogTest, CountsLinesThatNobodyTakes) {
  ASSERT_EQ(::fcntl(ends_[1], F_SETFL, O_NONBLOCK), 0);
  Log log(options());
  for (int i = 0; i < 2000; ++i) log.write(LogLevel::info, "a", {}, std::string(100, 'x'));
  EXPECT_GT(log.dropped(), 0U);
}

}  // namespace
}  // namespace lianqiao::observe
