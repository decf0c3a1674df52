#include "base/process_mark.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

namespace lianqiao::base {
namespace {

/// Field 22 of proc(5): this process' start, in ticks since the machine's.
std::string ownTicks() {
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  std::istringstream words(line.substr(line.rfind(')') + 1));
  std::string word;
  for (int field = 3; field <= 22; ++field) words >> word;
  return word;
}

TEST(ProcessMark, TellsWhenItsProcessBegan) {
  const std::string ticks = ownTicks();
  ASSERT_NE(ticks, "0");
  EXPECT_EQ(ProcessMark::own().process(), std::to_string(::getpid()) + "." + ticks);
  EXPECT_FALSE(ProcessMark(ProcessMark::own().text()).isGone(true));
}

// Numbers are given again: one that is another's now is gone.
TEST(ProcessMark, AnotherProcessUnderItsNumberIsNotIt) {
  ::usleep(30'000);  // three ticks
  const pid_t child = ::fork();
  if (child == 0) {
    ::pause();
    ::_exit(0);
  }
  ASSERT_GT(child, 0);
  std::string text = ProcessMark::own().text();
  text.replace(text.rfind(' ') + 1, std::to_string(::getpid()).size(), std::to_string(child));
  EXPECT_TRUE(ProcessMark(text).isGone(true));
  EXPECT_TRUE(ProcessMark(text).isGone(false));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

}  // namespace
}  // namespace lianqiao::base
