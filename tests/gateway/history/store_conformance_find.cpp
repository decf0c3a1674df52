// How every store of the history finds what it has.
#include "gateway/history/store_conformance.h"

namespace lianqiao::history {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_P(StoreConformance, FindsByAnyIdOfEitherSide) {
  const std::string id = keep({.sourceId = "SL20261120001", .key = "order/7"});
  keep({.sourceId = "SL20261120002"});
  record::JournalEntry entry = scribe_.entry();
  entry.attempts = {Scribe::delivered(id, "收-9")};
  write({entry});
  EXPECT_THAT(found({.word = id}), ElementsAre(id));
  EXPECT_THAT(found({.word = "SL20261120001"}), ElementsAre(id));
  EXPECT_THAT(found({.word = "order/7"}), ElementsAre(id));
  EXPECT_THAT(found({.word = "收-9"}), ElementsAre(id));
  EXPECT_THAT(found({.word = "SL2026112000"}), IsEmpty()) << "an id is whole";
}

TEST_P(StoreConformance, FindsByTheNumberThatStandsInItsData) {
  const std::string id = keep({.sourceId = "SL9", .orderNo = "2026\"0911"});
  const std::string step =
      keep({.sourceId = "S1", .orderNo = "2026\"0911", .type = "work_order_step"});
  keep({.sourceId = "SL8", .content = "2026\"0911"});
  EXPECT_THAT(found({.word = "2026\"0911"}), ElementsAre(step, id)) << "a text is no id";
  EXPECT_THAT(found({.word = "2026\"0911", .type = "work_order"}), ElementsAre(id));
  EXPECT_THAT(found({.word = "2026\"091"}), IsEmpty());
  ASSERT_TRUE(store_->erase("13800138000", {clock_.wall(), "wang", "erase", "why"}).ok());
  EXPECT_THAT(found({.word = "2026\"0911"}), IsEmpty()) << "it went with the content";
  EXPECT_THAT(found({.word = "SL9"}), ElementsAre(id));
  expectWhole();
}

TEST_P(StoreConformance, FindsByTelephoneAndIdNumberAndTheirLastFour) {
  const std::string first = keep({.sourceId = "A", .phone = "138 0013 8000"});
  const std::string second =
      keep({.sourceId = "B",
            .phone = "0396-2512345",
            .content = "身份证41170219900101001X，回电１３９００００８０００"});
  EXPECT_THAT(found({.number = "13800138000"}), ElementsAre(first));
  EXPECT_THAT(found({.number = "+86 138-0013-8000"}), ElementsAre(first));
  EXPECT_THAT(found({.number = "8000"}), ElementsAre(second, first)) << "newest first";
  EXPECT_THAT(found({.number = "41170219900101001x"}), ElementsAre(second));
  EXPECT_THAT(found({.number = "001X"}), ElementsAre(second));
  EXPECT_THAT(found({.number = "03962512345"}), ElementsAre(second));
  EXPECT_THAT(found({.number = "1380013800"}), IsEmpty());
}

TEST_P(StoreConformance, FindsWordsOfTwoCharactersAndMore) {
  const std::string lamp = keep({.sourceId = "A", .content = "小区门口路灯夜间不亮，LED 坏了"});
  const std::string road = keep({.sourceId = "B", .content = "门前的路坏了，灯也不亮"});
  EXPECT_THAT(found({.text = "路灯"}), ElementsAre(lamp));
  EXPECT_THAT(found({.text = "不亮"}), ElementsAre(road, lamp));
  EXPECT_THAT(found({.text = "led"}), ElementsAre(lamp));
  EXPECT_THAT(found({.text = "路灯 坏了"}), ElementsAre(lamp)) << "each word";
  EXPECT_THAT(found({.text = "张示例"}), ElementsAre(road, lamp)) << "names, too";
  EXPECT_THAT(found({.text = "门口坏了"}), IsEmpty());
  EXPECT_FALSE(store_->find({.text = "灯"}).ok());
  EXPECT_FALSE(store_->find({.text = "13800138000"}).ok());
}

TEST_P(StoreConformance, FiltersByPeerTypeRegionAndTime) {
  const WallTime begin = clock_.wall();
  const std::string order = keep({.sourceId = "A"});
  const WallTime between = clock_.wall();
  const std::string alert = keep({.sourceId = "B",
                                  .type = "alert",
                                  .peer = "eyes",
                                  .to = {"town"},
                                  .division = "411725100000"});
  EXPECT_THAT(found({.peer = "city"}), ElementsAre(order));
  EXPECT_THAT(found({.peer = "town"}), ElementsAre(alert)) << "owed to it";
  EXPECT_THAT(found({.type = "alert"}), ElementsAre(alert));
  EXPECT_THAT(found({.type = "no_such"}), IsEmpty());
  EXPECT_THAT(found({.region = "411702"}), ElementsAre(order));
  EXPECT_THAT(found({.region = "411725100000"}), ElementsAre(alert));
  EXPECT_THAT(found({.region = "4117"}), ElementsAre(alert, order));
  EXPECT_THAT(found({.from = begin, .to = between}), ElementsAre(order));
  EXPECT_THAT(found({.from = between}), ElementsAre(alert));
  EXPECT_THAT(found({.peer = "town", .state = DeliveryState::owed}), ElementsAre(alert));
  EXPECT_THAT(found({.peer = "town", .state = DeliveryState::buried}), IsEmpty());
}

TEST_P(StoreConformance, PagesStayWhileWritesGoOn) {
  std::vector<std::string> wanted;
  for (int i = 0; i < 25; ++i) {
    // Two classes, and two months.
    wanted.push_back(
        keep({.sourceId = std::to_string(i), .type = i % 3 == 0 ? "alert" : "work_order"}));
    if (i == 12) clock_.advance(24h * 20);
  }
  std::reverse(wanted.begin(), wanted.end());
  const WallTime now = clock_.wall();
  for (const Query& query :
       {Query{.peer = "city", .to = now}, Query{.number = "8000", .to = now}}) {
    Query page = query;
    page.limit = 4;
    std::vector<std::string> all;
    do {
      auto hits = store_->find(page);
      ASSERT_TRUE(hits.ok()) << hits.error().detail;
      for (const Hit& hit : hits->hits) all.push_back(hit.record.id);
      page.after = hits->next;
      keep({.sourceId = "later"});
    } while (!page.after.empty() && all.size() < 100);
    EXPECT_EQ(all, wanted) << query.peer;
  }
}

TEST_P(StoreConformance, RecordsOfOneMillisecondAreEachFoundOnce) {
  std::vector<BatchRecord> records;
  for (int i = 0; i < 1000; ++i) records.push_back(scribe_.order({.sourceId = std::to_string(i)}));
  write({scribe_.accepted(records)}, records);
  for (const BatchRecord& one : records) {
    const auto trail = shown(one.content.id);
    ASSERT_TRUE(trail && trail->record);
    ASSERT_EQ(trail->event, one.content.event);
  }
  EXPECT_EQ(found({.peer = "city", .limit = 1000}).size(), 1000U);
  expectWhole();
}

TEST_P(StoreConformance, AQueryThatMeansNothingIsRefused) {
  EXPECT_FALSE(store_->find({.peer = "city", .limit = 0}).ok());
  EXPECT_FALSE(store_->find({.peer = "city", .limit = 1001}).ok());
  EXPECT_FALSE(store_->find({.peer = "city", .after = "no page"}).ok());
  for (const char* part : {"138001", "800", "--"}) {
    const auto refused = store_->find({.number = part});
    ASSERT_FALSE(refused.ok()) << part;
    EXPECT_THAT(refused.error().detail, HasSubstr("last four"));
  }
}

}  // namespace
}  // namespace lianqiao::history
