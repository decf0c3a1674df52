#include "spool/nonce_book.h"

#include <gtest/gtest.h>

namespace lianqiao::spool {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kNow(1'717'000'000'000ms);

TEST(NonceBook, KnowsANonceUntilItsTimeHasPassed) {
  NonceBook book;
  EXPECT_TRUE(book.add("a", kNow + 5min, kNow));
  EXPECT_FALSE(book.add("a", kNow + 5min, kNow + 4min));
  EXPECT_TRUE(book.add("a", kNow + 10min, kNow + 5min));
}

TEST(NonceBook, ForgetsWhatIsTakenBack) {
  NonceBook book;
  EXPECT_TRUE(book.add("a", kNow + 5min, kNow));
  book.remove("a");
  book.remove("never");
  EXPECT_TRUE(book.add("a", kNow + 5min, kNow));
}

TEST(NonceBook, ForgetsOverItsBoundThoseThatEndFirst) {
  NonceBook book(2);
  EXPECT_TRUE(book.add("a", kNow + 1min, kNow));
  EXPECT_TRUE(book.add("b", kNow + 3min, kNow));
  EXPECT_TRUE(book.add("c", kNow + 2min, kNow));
  EXPECT_FALSE(book.add("b", kNow + 3min, kNow));
  EXPECT_FALSE(book.add("c", kNow + 2min, kNow));
  EXPECT_TRUE(book.add("a", kNow + 4min, kNow));
}

}  // namespace
}  // namespace lianqiao::spool
