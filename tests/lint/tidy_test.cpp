#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "lint/source_tree.h"
#include "support/temporary_folder.h"

namespace lianqiao::lint {
namespace {

using ::testing::HasSubstr;

/// A repository with one source of the product, one of its headers and a README.
class Tidy : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::system("command -v git >/dev/null") != 0) GTEST_SKIP() << "git is not installed";
    commit("git init -q && mkdir -p gateway tests/lint && cp '" LIANQIAO_SOURCE_DIR
           "/tests/lint/tidy' '" LIANQIAO_SOURCE_DIR
           "/tests/lint/units.sh' tests/lint && echo 1 >gateway/a.h && echo 1 >gateway/a.cpp && "
           "echo 1 "
           ">README");
  }

  /// Runs in the folder, whatever repository this process was started for.
  [[nodiscard]] Ran runHere(const std::string& command) const {
    return run("unset $(git rev-parse --local-env-vars) && cd '" + folder_.path().string() +
               "' && " + command);
  }

  void commit(const std::string& change) const {
    const Ran ran = runHere(change +
                            " && git add -A && git -c user.name=a -c user.email=a "
                            "-c commit.gpgsign=false commit -q -m a");
    ASSERT_EQ(ran.status, 0) << ran.said;
  }

  /// What the script would look at.
  [[nodiscard]] std::string listed() const {
    const Ran ran = runHere("tests/lint/tidy --list");
    return ran.status == 0 ? ran.said : "failed: " + ran.said;
  }

  const test::TemporaryFolder folder_;
};

TEST_F(Tidy, ACommitOfDocumentsAloneIsNoFailure) {
  commit("echo 2 >README");
  EXPECT_EQ(listed(), "");
}

TEST_F(Tidy, LooksAtWhatTheLastCommitChanged) {
  commit("echo 2 >gateway/a.h");
  EXPECT_EQ(listed(), "gateway/a.cpp\n");
}

TEST_F(Tidy, LooksAtEverythingOfACheckoutWithoutHistory) { EXPECT_EQ(listed(), "gateway/a.cpp\n"); }

// A hook of git runs the tests with GIT_DIR and GIT_INDEX_FILE of the developer's repository.
TEST_F(Tidy, ItsTestsLeaveTheRepositoryOfTheCallerAlone) {
  const test::TemporaryFolder callers;
  const std::string folder = callers.path().string();
  ASSERT_EQ(runHere("git init -q '" + folder + "'").status, 0);
  ::setenv("GIT_DIR", (folder + "/.git").c_str(), 1);
  ::setenv("GIT_INDEX_FILE", (folder + "/.git/index").c_str(), 1);
  commit("echo 2 >gateway/a.h");
  EXPECT_EQ(listed(), "gateway/a.cpp\n");
  ::unsetenv("GIT_DIR");
  ::unsetenv("GIT_INDEX_FILE");
  EXPECT_NE(runHere("git -C '" + folder + "' rev-parse -q --verify HEAD").status, 0);
  EXPECT_FALSE(std::filesystem::exists(folder + "/.git/index"));
}

// Who unpacks an archive has no commits to compare with.
TEST_F(Tidy, WithoutARepositoryNothingIsLookedAtAndItSaysSo) {
  std::filesystem::remove_all(folder_.path() / ".git");
  const Ran ran = runHere("tests/lint/tidy");
  EXPECT_EQ(ran.status, 0) << ran.said;
  EXPECT_THAT(ran.said, HasSubstr("no checkout of git"));
}

TEST_F(Tidy, ACheckoutOfAnotherUserFailsWithTheRemedyOfGit) {
  const Ran ran = runHere(
      "GIT_TEST_ASSUME_DIFFERENT_OWNER=1 HOME=/nowhere GIT_CONFIG_GLOBAL=/dev/null "
      "GIT_CONFIG_SYSTEM=/dev/null tests/lint/tidy --list");
  EXPECT_NE(ran.status, 0);
  EXPECT_THAT(ran.said, HasSubstr("git config --global --add safe.directory"));
}

// Who forgets a source in CMakeLists.txt would have it looked at by nobody.
TEST_F(Tidy, ASourceThatNoUnitHoldsIsAFailure) {
  if (std::system("command -v clang-tidy-14 clang++-14 cmake ninja jq >/dev/null") != 0)
    GTEST_SKIP() << "clang is not installed; deploy/packages test brings it";
  commit("cp '" LIANQIAO_SOURCE_DIR "/CMakePresets.json' '" LIANQIAO_SOURCE_DIR
         "/.clang-tidy' . && mkdir plugins && cp '" LIANQIAO_SOURCE_DIR
         "/tests/lint/thread_safety' tests/lint && echo build >.gitignore && echo 'int f();' "
         ">gateway/a.cpp && echo 'int g();' >gateway/b.cpp && printf '%s\\n' "
         "'cmake_minimum_required(VERSION 3.25)' 'project(a CXX)' 'set(CMAKE_UNITY_BUILD ON)' "
         "'set(CMAKE_EXPORT_COMPILE_COMMANDS ON)' 'add_compile_definitions(SAID=\"one\")' "
         "'add_library(a gateway/a.cpp)' >CMakeLists.txt");
  for (const char* script :
       {"tests/lint/tidy", "tests/lint/tidy --all", "tests/lint/thread_safety"}) {
    const Ran ran = runHere(script);
    EXPECT_NE(ran.status, 0) << script;
    EXPECT_THAT(ran.said, HasSubstr("gateway/b.cpp")) << script;
    EXPECT_THAT(ran.said, HasSubstr("CMakeLists.txt")) << script;
  }
  commit("rm gateway/b.cpp && echo 'const char* h() { return SAID; }' >gateway/a.cpp");
  const Ran ran = runHere("tests/lint/tidy");
  EXPECT_EQ(ran.status, 0) << ran.said;
  EXPECT_THAT(ran.said, HasSubstr("1 sources that differ"));
}

}  // namespace
}  // namespace lianqiao::lint
