#include "history_sqlite/term_index.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "support/temporary_folder.h"

namespace lianqiao::history {
namespace {

class TermIndexTest : public ::testing::Test {
 protected:
  TermIndexTest() {
    std::string why;
    database_ = sqlite::Database::open((folder_.path() / "terms.db").string(),
                                       sqlite::Database::Mode::create, why);
    EXPECT_TRUE(database_->run(TermIndex::tables()));
    index_ = std::make_unique<TermIndex>(*database_);
  }
  /// Batches of several sizes, terms of which some stand in very many records.
  void fill(int batches) {
    for (int i = 0; i < batches; ++i) {
      std::vector<Posting> postings;
      for (std::size_t k = random_() % 400; k > 0; --k) {
        const std::uint64_t term = random_() % 3 == 0 ? random_() % 5 : random_() << 20;
        postings.push_back({term, static_cast<std::int64_t>(random_() % 1'000'000'000'000)});
        oracle_[term].insert(postings.back().target);
      }
      ASSERT_TRUE(database_->run("BEGIN") && index_->add(postings) && database_->run("COMMIT"));
    }
  }
  /// Those that stand in many records and each 16th of the others, in one transaction: SQLite then
  /// locks the file once.
  void expectThem() {
    ASSERT_TRUE(database_->run("BEGIN"));
    int rare = 0;
    for (const auto& [term, targets] : oracle_) {
      if (targets.size() == 1 && ++rare % 16 != 0) continue;
      std::vector<std::int64_t> found;
      ASSERT_TRUE(index_->find(term, found));
      std::sort(found.begin(), found.end());
      ASSERT_EQ(found, std::vector<std::int64_t>(targets.begin(), targets.end())) << term;
    }
    ASSERT_TRUE(database_->run("COMMIT"));
  }

  test::TemporaryFolder folder_;
  std::unique_ptr<sqlite::Database> database_;
  std::unique_ptr<TermIndex> index_;
  std::mt19937_64 random_{3};
  std::map<std::uint64_t, std::set<std::int64_t>> oracle_;
};

TEST_F(TermIndexTest, FindsEachTermInWhateverRunsItStands) {
  fill(300);
  EXPECT_LT(database_->number("SELECT count(*) FROM run"), 50);
  EXPECT_GT(database_->number("SELECT max(level) FROM run"), 1);
  expectThem();
  std::vector<std::int64_t> found;
  EXPECT_TRUE(index_->find(7, found));
  EXPECT_TRUE(found.empty());
}

TEST_F(TermIndexTest, RewritingTakesOutAndPutsIn) {
  fill(40);
  std::vector<Posting> more{{7, 77}, {1, 1}};
  const auto gone = [](const Posting& posting) { return posting.target % 2 == 0; };
  ASSERT_TRUE(index_->rewrite(gone, more));
  for (auto& [term, targets] : oracle_) std::erase_if(targets, [](auto t) { return t % 2 == 0; });
  oracle_[7] = {77};
  oracle_[1].insert(1);
  EXPECT_EQ(database_->number("SELECT count(*) FROM run"), 1);
  expectThem();
}

TEST_F(TermIndexTest, ADamagedPageIsTold) {
  fill(3);
  ASSERT_TRUE(database_->run("UPDATE page SET bytes=x'FFFFFFFFFFFFFFFFFFFFFFFFFF'"));
  std::vector<std::int64_t> found;
  EXPECT_FALSE(index_->find(1, found));
  EXPECT_TRUE(index_->damaged());
}

}  // namespace
}  // namespace lianqiao::history
