#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "lint/source_tree.h"

namespace lianqiao::lint {
namespace {

/// A repository with one source of the product, one of its headers and a README.
class Tidy : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::system("command -v git >/dev/null") != 0) GTEST_SKIP() << "git is not installed";
    std::filesystem::create_directories(folder_);
    commit("git init -q && mkdir -p gateway tests/lint && cp '" LIANQIAO_SOURCE_DIR
           "/tests/lint/tidy' tests/lint && echo 1 >gateway/a.h && echo 1 >gateway/a.cpp && echo 1 "
           ">README");
  }

  void TearDown() override { std::filesystem::remove_all(folder_); }

  void commit(const std::string& change) {
    const Ran ran = run("cd '" + folder_ + "' && " + change +
                        " && git add -A && git -c user.name=a -c user.email=a commit -q -m a");
    ASSERT_EQ(ran.status, 0) << ran.said;
  }

  /// What the script would look at.
  std::string listed() const {
    const Ran ran = run("'" + folder_ + "/tests/lint/tidy' --list");
    return ran.status == 0 ? ran.said : "failed: " + ran.said;
  }

  const std::string folder_ = ::testing::TempDir() + "tidy_" + std::to_string(::getpid());
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

}  // namespace
}  // namespace lianqiao::lint
