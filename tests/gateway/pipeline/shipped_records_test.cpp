#include <gmock/gmock.h>

#include "conformance/golden.h"
#include "gateway/pipeline/shipped_fixture.h"
#include "lianqiao/codes.h"

/// What the shipped mappings make of one made-up sample each, in the peers' own words.
namespace lianqiao::pipeline {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kGolden = "tests/gateway/pipeline/golden/";

std::string sample(const std::string& mapping) {
  return ShippedMapping::text(kGolden + mapping + ".source.json");
}

std::string dataOf(const std::string& mapping, const std::string& type, const std::string& source) {
  return ShippedMapping(mapping, type).bench.run(source);
}

std::string with(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(ShippedRecords, OfTheHotlineWechatAndTheGridAreAsReviewed) {
  for (const auto& [mapping, type] :
       {std::pair{"epoint_work_order", "work_order"},
        std::pair{"provincial_work_order", "work_order"},
        std::pair{"listed_work_order", "work_order"}, std::pair{"wechat_report", "work_order"},
        std::pair{"wechat_place", "work_order"}, std::pair{"grid_step", "work_order_step"},
        std::pair{"video_alert", "alert"}}) {
    const std::string name = mapping;
    EXPECT_TRUE(test::matchesGolden(ShippedMapping::source() / (kGolden + name + ".record.json"),
                                    ShippedMapping(name, type).record(sample(name))))
        << name;
  }
}

TEST(EpointOrder, TakesTheKindFromFocusAndTheClassFromAccordtype) {
  const std::string made = dataOf("epoint_work_order", "work_order", sample("epoint_work_order"));
  EXPECT_THAT(made, HasSubstr(R"("orderType":{"code":"help","text":"求助"})"));
  EXPECT_THAT(made, HasSubstr(R"("category":{"code":"municipal.lighting","text":"市政设施"})"));
  EXPECT_THAT(made, Not(HasSubstr("urgency")));
  const std::string unnumbered =
      with(sample("epoint_work_order"), R"("accordtypecode":"市政设施-0101",)", "");
  EXPECT_THAT(dataOf("epoint_work_order", "work_order", unnumbered),
              HasSubstr(R"("category":{"code":"other","text":"市政设施"})"));
}

TEST(EpointOrder, KeepsTheResultAsAReply) {
  EXPECT_THAT(dataOf("epoint_work_order", "work_order", sample("epoint_work_order")),
              HasSubstr(R"("replies":[{"content":"已更换灯具。"}])"));
}

TEST(ProvincialOrder, IsKnownByNumberAndSerialNumber) {
  ShippedMapping mapping("provincial_work_order", "work_order");
  const std::string first = sample("provincial_work_order");
  const std::string again = with(first, "ZK000012", "ZK000013");
  EXPECT_NE(mapping.bench.envelope(first).key, mapping.bench.envelope(again).key);
  const std::string without = with(first, R"("serialNumber":"ZK000012",)", "");
  EXPECT_THAT(mapping.bench.run(without, true), HasSubstr(codes::kMissing));
}

TEST(ProvincialOrder, KeepsAClassThatIsUnknownByItsName) {
  EXPECT_THAT(dataOf("provincial_work_order", "work_order", sample("provincial_work_order")),
              HasSubstr(R"("category":{"code":"other","text":"农村饮水"})"));
}

TEST(ProvincialOrder, GivesBackPlaceFilesAndNotes) {
  const std::string data =
      dataOf("provincial_work_order", "work_order", sample("provincial_work_order"));
  const std::string out =
      ShippedMapping("province_work_order", "work_order").payload("city-hotline:HN/ZK", data);
  for (const char* member :
       {R"("addressPoints":"114.9,33.4")", R"("accessory":"http://files.example/a.jpg")",
        R"("acceptanceNotes":"请于五日内办结")"}) {
    EXPECT_THAT(out, HasSubstr(member));
  }
}

TEST(Urgency, OfAGraveWordIsNotNormal) {
  EXPECT_THAT(dataOf("provincial_work_order", "work_order", sample("provincial_work_order")),
              HasSubstr(R"("urgency":{"code":"other","text":"重大"})"));
}

TEST(Backfill, NamesTheCaseOfPushedOrdersAlone) {
  ShippedMapping mapping("hotline_backfill", "work_order_step");
  const auto step = [&](const std::string& key, const std::string& kind) {
    return mapping.payload(key, R"({"orderKey":")" + key + R"(","step":")" + kind +
                                    R"(","time":"2026-03-10T10:00:00+08:00","content":"已修复"})");
  };
  EXPECT_THAT(step("city-hotline:case/5f1c-77", "replied"), HasSubstr(R"("caseguid":"5f1c-77")"));
  EXPECT_EQ(step("city-hotline:L2026000005/2026-03-09 08:05:07", "replied"), "when does not hold");
  EXPECT_EQ(step("city-hotline:HN2026000012/ZK000012", "replied"), "when does not hold");
}

TEST(Backfill, TellsNoAcceptanceWhereAnOrderWasOnlySigned) {
  ShippedMapping mapping("hotline_backfill", "work_order_step");
  const std::string made = mapping.payload(
      "city-hotline:case/5f1c-77",
      R"({"orderKey":"city-hotline:case/5f1c-77","step":"signed","time":"2026-03-10T10:00:00+08:00"})");
  EXPECT_THAT(made, Not(HasSubstr("acceptance")));
  const std::string routes = ShippedMapping::text("config/routes.yaml");
  EXPECT_THAT(routes, Not(HasSubstr("signed")));
  EXPECT_THAT(routes, HasSubstr(R"(data.orderKey: {prefix: "city-hotline:case/"})"));
}

/// Rule: what is unique for one sender only is a key with its sender alone.
TEST(WechatPeer, TwoResidentsWithOneMsgIdAreTwoOrders) {
  for (const std::string name : {"wechat_report", "wechat_place"}) {
    ShippedMapping mapping(name, "work_order");
    const std::string first = sample(name);
    const std::string other = with(first, "o-demo-1", "o-demo-2");
    const std::string key = mapping.bench.envelope(first).key;
    EXPECT_NE(key, mapping.bench.envelope(other).key) << name;
    EXPECT_THAT(key, testing::StartsWith("peer:o-demo-1/2300000000000000"));
  }
}

TEST(WechatPeer, TakesNoEventForAReport) {
  EXPECT_THAT(ShippedMapping::text("config/peers/haozhoudao.yaml"),
              HasSubstr("kinds: [text, image, location]"));
}

}  // namespace
}  // namespace lianqiao::pipeline
