// A report counts what the history keeps, whatever month's file it stands in.
#include "report/count_history.h"

#include "gateway/history_sqlite/sqlite_fixture.h"

namespace lianqiao::report {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CountHistory : public history::SqliteHistory {
 protected:
  void SetUp() override {
    SqliteHistory::SetUp();
    open();
    report_.type = "work_order";
    report_.by = {{"data.division", *expression::parsePath("division")}};
    report_.figures = {{.name = "received"}};
  }
  std::vector<std::string> listed(const std::string& period) {
    std::uint64_t gone = 0;
    const auto counting =
        countHistory(*store_, report_, *periodNamed(period, report_.offset), clock_.wall(), gone);
    EXPECT_TRUE(counting.ok()) << (counting.ok() ? "" : counting.error().detail);
    EXPECT_EQ(gone, 0u);
    return counting.ok() ? counting->list(0, nullptr) : std::vector<std::string>();
  }

  Report report_;
};

TEST_F(CountHistory, CountsWhatCameFromAllPeersInThePeriod) {
  const std::string first = keep({.sourceId = "A"});
  const std::string second = keep({.sourceId = "B", .peer = "town"});
  keep({.sourceId = "C", .type = "alert"});
  EXPECT_THAT(listed("2026-11-20"), ElementsAre(first, second));
  EXPECT_THAT(listed("2026-W47"), ElementsAre(first, second));
  EXPECT_THAT(listed("2026-11-19"), IsEmpty());
}

TEST_F(CountHistory, WhatOnlyChangedInAMonthDidNotComeInIt) {
  const std::string first = keep({.sourceId = "A"});
  clock_.advance(std::chrono::hours(24 * 20));
  keep({.sourceId = "A", .content = "补充：路灯编号 12"});
  EXPECT_THAT(listed("2026-12"), IsEmpty());
  EXPECT_THAT(listed("2026-11"), ElementsAre(first));
}

}  // namespace
}  // namespace lianqiao::report
