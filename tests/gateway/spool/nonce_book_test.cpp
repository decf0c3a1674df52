#include "spool/nonce_book.h"

#include <gtest/gtest.h>

namespace lianqiao::spool {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kNow(1'717'000'000'000ms);

TEST(NonceBook, KnowsANonceUntilItsTimeHasPassed) {
  NonceBook book;
  EXPECT_EQ(book.add("a", "use", kNow + 5min, kNow), NonceBook::Entry::fresh);
  EXPECT_EQ(book.add("a", "other", kNow + 5min, kNow + 4min), NonceBook::Entry::other_use);
  EXPECT_EQ(book.add("a", "use", kNow + 10min, kNow + 5min), NonceBook::Entry::fresh);
}

TEST(NonceBook, TellsTheSameUseFromAnother) {
  NonceBook book;
  EXPECT_EQ(book.add("a", "use", kNow + 5min, kNow), NonceBook::Entry::fresh);
  EXPECT_EQ(book.add("a", "use", kNow + 5min, kNow), NonceBook::Entry::same_use);
  EXPECT_EQ(book.add("a", "", kNow + 5min, kNow), NonceBook::Entry::other_use);
  EXPECT_EQ(book.add("b", "", kNow + 5min, kNow), NonceBook::Entry::fresh);
  EXPECT_EQ(book.add("b", "", kNow + 5min, kNow), NonceBook::Entry::other_use);
}

TEST(NonceBook, ForgetsWhatIsTakenBack) {
  NonceBook book;
  EXPECT_EQ(book.add("a", "use", kNow + 5min, kNow), NonceBook::Entry::fresh);
  book.remove("a");
  book.remove("never");
  EXPECT_EQ(book.add("a", "use", kNow + 5min, kNow), NonceBook::Entry::fresh);
}

TEST(NonceBook, ForgetsOverItsBoundThoseThatEndFirst) {
  NonceBook book(2);
  EXPECT_EQ(book.add("a", "use", kNow + 1min, kNow), NonceBook::Entry::fresh);
  EXPECT_EQ(book.add("b", "use", kNow + 3min, kNow), NonceBook::Entry::fresh);
  EXPECT_EQ(book.add("c", "use", kNow + 2min, kNow), NonceBook::Entry::fresh);
  EXPECT_EQ(book.add("b", "other", kNow + 3min, kNow), NonceBook::Entry::other_use);
  EXPECT_EQ(book.add("c", "other", kNow + 2min, kNow), NonceBook::Entry::other_use);
  EXPECT_EQ(book.add("a", "use", kNow + 4min, kNow), NonceBook::Entry::fresh);
}

}  // namespace
}  // namespace lianqiao::spool
