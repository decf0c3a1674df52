#include "file_drop/content_digest.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "support/openssl_without_md5.h"

namespace lianqiao::file_drop {
namespace {

std::string sha256OfNothing() {
  ContentDigest digest(false);
  return digest.sha256() + digest.md5();
}

TEST(ContentDigestDeathTest, NeedsNoMd5WhereNoneIsWanted) {
  EXPECT_EXIT(
      {
        lianqiao::test::leaveOpensslSha256Alone();
        const bool right =
            sha256OfNothing() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        ::_exit(right ? 0 : 1);  // what such a process leaves to its end is no leak
      },
      ::testing::ExitedWithCode(0), "");
}

// What makes the test above worth something.
TEST(ContentDigestDeathTest, EndsTheProcessWhereOpensslHasNoMd5) {
  EXPECT_DEATH(
      {
        lianqiao::test::leaveOpensslSha256Alone();
        const ContentDigest digest(true);
      },
      "this OpenSSL has no MD5");
}

}  // namespace
}  // namespace lianqiao::file_drop
