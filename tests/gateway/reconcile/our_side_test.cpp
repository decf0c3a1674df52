#include "reconcile/our_side.h"

#include "gateway/history/history_fixture.h"
#include "history_sqlite/sqlite_store.h"
#include "lianqiao/codes.h"

/// Our side of a day, out of a history that was written as the gateway writes it.
namespace lianqiao::reconcile {
namespace {

using namespace std::chrono_literals;
using history::Scribe;
using testing::ElementsAre;
using testing::IsEmpty;

class OurSideTest : public history::HistoryTest {
 protected:
  void SetUp() override { open(history::SqliteStore::open); }

  std::string keepDelivered(const std::string& sourceId, const std::string& receipt) {
    const std::string id = keep({.sourceId = sourceId});
    record::JournalEntry entry = scribe_.entry();
    entry.attempts = {Scribe::delivered(id, receipt)};
    write({entry});
    return id;
  }

  /// "identity state", by identity.
  std::vector<std::string> read(const config::ReconciledWay& way, bool out,
                                const std::string& day = "2026-11-20") {
    const auto query = queryOf(reconcile(way, out), out, day);
    EXPECT_TRUE(query.ok());
    auto side = readOurSide(*store_, out ? "county" : "city", way, *query, "+08:00",
                            clock_.wall() + after_, asSent_);
    EXPECT_TRUE(side.ok()) << (side.ok() ? "" : side.error().detail);
    if (!side.ok()) return {};
    side_ = std::move(*side);
    static const std::vector<std::string> kStates{"settled", "open", "beside"};
    std::vector<std::string> all;
    for (const OurDay::Kept& one : side_.day.things())
      all.push_back(one.identity + " " + kStates[static_cast<std::size_t>(one.state)]);
    std::sort(all.begin(), all.end());
    return all;
  }

  static config::Reconciliation reconcile(const config::ReconciledWay& way, bool out) {
    config::Reconciliation settings;
    settings.zone = "+08:00";
    (out ? settings.out : settings.in) = way;
    return settings;
  }

  std::chrono::milliseconds after_ = 1h;
  AsSent asSent_ = [](std::string_view event) -> Result<std::string> {
    json::Document document;
    if (auto parsed = json::parse(event, document); !parsed) return parsed.error();
    return json::write(*document.root.find("data"));
  };
  OurSide side_;
};

config::ReconciledWay out() {
  config::ReconciledWay way;
  way.day = "delivered";
  way.identity = "receipt";
  return way;
}

config::ReconciledWay in() {
  config::ReconciledWay way;
  way.identity = "sourceid";
  return way;
}

TEST_F(OurSideTest, ReadsWhatWasDeliveredByItsReceipt) {
  keepDelivered("A", "R-A");
  keepDelivered("B", "R-B");
  const std::string owed = keep({.sourceId = "C"});
  const std::string buried = keep({.sourceId = "D"});
  const std::string closed = keep({.sourceId = "E"});
  const std::string first = scribe_.id();
  const std::string second = scribe_.id();
  record::JournalEntry entry = scribe_.entry();
  entry.attempts = {Scribe::buried(buried, first), Scribe::buried(closed, second)};
  entry.ended = {{second, "closed", "wang: not theirs"}};
  write({entry});
  EXPECT_THAT(read(out(), true),
              testing::UnorderedElementsAre("R-A settled", "R-B settled", owed + " open",
                                            buried + " settled"));
}

TEST_F(OurSideTest, ComparesFieldsAsTheyAreSent) {
  keepDelivered("A", "R-A");
  config::ReconciledWay way = out();
  way.identity = "sent.orderNo";
  way.revision = "reporter.name";
  way.fields = {"title", "reporter.phone", "none", "reporter"};
  EXPECT_THAT(read(way, true), ElementsAre("A settled"));
  const OurDay::Kept& one = side_.day.things()[0];
  EXPECT_EQ(one.revision, "张示例");
  EXPECT_EQ(one.content,
            heldContent(std::vector<std::string>{"示例标题", "13800138000", "",
                                                 R"({"name":"张示例","phone":"13800138000"})"}));
  EXPECT_EQ(side_.uncompared, 0U);
}

TEST_F(OurSideTest, ReadsWhatCameFromThePeerAsItWasSent) {
  keep({.sourceId = "A", .content = "路灯不亮"});
  keep({.sourceId = "B", .peer = "town"});
  config::ReconciledWay way = in();
  way.fields = {"原文"};
  EXPECT_THAT(read(way, false), ElementsAre("A settled"));
  EXPECT_EQ(side_.day.things()[0].content, heldContent(std::vector<std::string>{"路灯不亮"}));
}

TEST_F(OurSideTest, WhatIsYoungerThanTheSettlingTimeIsOpen) {
  keep({.sourceId = "A"});
  after_ = 10min;
  EXPECT_THAT(read(in(), false), ElementsAre("A open"));
  after_ = 31min;
  EXPECT_THAT(read(in(), false), ElementsAre("A settled"));
}

TEST_F(OurSideTest, TheDayIsThatOfItsZoneAndMidnightHasTwoSides) {
  clock_.advance(7h + 44min);  // 23:59 in Beijing
  keep({.sourceId = "late"});
  clock_.advance(2min);
  keep({.sourceId = "early"});
  clock_.advance(2h);
  keep({.sourceId = "far"});
  EXPECT_THAT(read(in(), false), ElementsAre("early beside", "late settled"));
  EXPECT_THAT(read(in(), false, "2026-11-21"),
              ElementsAre("early settled", "far settled", "late beside"));
  EXPECT_THAT(read(in(), false, "2026-11-23"), IsEmpty());
}

TEST_F(OurSideTest, ADayMayBeAFieldOfWhatWasSent) {
  keepDelivered("A", "R-A");
  config::ReconciledWay way = out();
  way.day = "sent.createdTime";  // 2026-11-20T08:15+08:00
  EXPECT_THAT(read(way, true), ElementsAre("R-A settled"));
  EXPECT_THAT(read(way, true, "2026-11-21"), IsEmpty());
}

TEST_F(OurSideTest, WhatTheMappingCannotSendIsHeldByItsIdentityAlone) {
  keepDelivered("A", "R-A");
  asSent_ = [](std::string_view) -> Result<std::string> {
    return Error{codes::kUnmappedCode, "no such code"};
  };
  config::ReconciledWay way = out();
  way.fields = {"title"};
  EXPECT_THAT(read(way, true), ElementsAre("R-A settled"));
  EXPECT_EQ(side_.uncompared, 1U);
  EXPECT_EQ(side_.day.things()[0].content, "");
}

TEST_F(OurSideTest, TypesAreThoseThatAreDeclared) {
  keep({.sourceId = "A"});
  keep({.sourceId = "B", .type = "work_order_step"});
  config::ReconciledWay way = in();
  way.types = {"work_order_step"};
  EXPECT_THAT(read(way, false), ElementsAre("B settled"));
}

TEST(QueryOf, RefusesWhatIsNoDay) {
  for (const char* day : {"", "20261120", "2026-11-31", "2026-11-20T00:00:00Z"})
    EXPECT_FALSE(queryOf({}, true, day).ok()) << day;
}

TEST(MomentOf, ReadsTheFormsThatPlatformsWrite) {
  const WallTime noon = history::timeOf("2026-11-20T04:00:00Z");
  EXPECT_EQ(momentOf("2026-11-20T04:00:00Z", 480min), noon);
  EXPECT_EQ(momentOf("2026-11-20 12:00:00", 480min), noon);
  EXPECT_EQ(momentOf("2026-11-20 12:00", 480min), noon);
  EXPECT_EQ(momentOf("1795147200", 480min), noon);
  EXPECT_EQ(momentOf("1795147200000", 480min), noon);
  EXPECT_EQ(momentOf("2026-11-20", 480min), history::timeOf("2026-11-19T16:00:00Z"));
  for (const char* text : {"", "today", "20261120", "2026-11-31", "12:00"})
    EXPECT_EQ(momentOf(text, 480min), std::nullopt) << text;
}

}  // namespace
}  // namespace lianqiao::reconcile
