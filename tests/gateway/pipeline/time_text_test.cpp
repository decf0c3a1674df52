#include "pipeline/time_text.h"

#include <gtest/gtest.h>

#include "lianqiao/json.h"
#include "sdk/testing/test_data.h"

namespace lianqiao::pipeline {
namespace {

constexpr ZoneOffset kChina{480};

std::string written(const std::optional<WallTime>& time, ZoneOffset zone = kChina) {
  if (!time) return "refused";
  char out[kTimeTextSize];
  return {out, writeRfc3339(*time, zone, out)};
}

std::string rewritten(std::string_view format, std::string_view text, ZoneOffset zone = kChina) {
  return written(TimeFormat::compile(format).value().read(text, zone), zone);
}

struct Row {
  const char* format;
  const char* text;
  const char* expected;
};

class TimeTextTable : public testing::TestWithParam<Row> {};

TEST_P(TimeTextTable, ReadsOrRefuses) {
  EXPECT_EQ(rewritten(GetParam().format, GetParam().text), GetParam().expected) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Auto, TimeTextTable,
    testing::Values(Row{"auto", "2021/3/9 8:05:07", "2021-03-09T08:05:07+08:00"},
                    Row{"auto", "　2021-03-09 08:05:07\xC2\xA0", "2021-03-09T08:05:07+08:00"},
                    Row{"auto", "２０２１／３／９　８：０５：０７", "2021-03-09T08:05:07+08:00"},
                    Row{"auto", "2021年3月9日", "2021-03-09T00:00:00+08:00"},
                    Row{"auto", "2021年3月9日 8时", "2021-03-09T08:00:00+08:00"},
                    Row{"auto", "2021年3月9日8点5分", "2021-03-09T08:05:00+08:00"},
                    Row{"auto", "２０２１年３月９日８时５分７秒", "2021-03-09T08:05:07+08:00"},
                    Row{"auto", "20210309", "2021-03-09T00:00:00+08:00"},
                    Row{"auto", "20210309080507", "2021-03-09T08:05:07+08:00"},
                    Row{"auto", "20210309080507250", "2021-03-09T08:05:07.250+08:00"},
                    Row{"auto", "2021-03-09T08:05:07.5Z", "2021-03-09T16:05:07.500+08:00"},
                    Row{"auto", "2021-03-09T08:05:07.123456789+0800",
                        "2021-03-09T08:05:07.123+08:00"},
                    Row{"auto", "2021-03-09T08:05+09", "2021-03-09T07:05:00+08:00"},
                    Row{"auto", "2021-03-09 08:05:07 +08:00", "2021-03-09T08:05:07+08:00"},
                    Row{"auto", "1615248307", "2021-03-09T08:05:07+08:00"},
                    Row{"auto", "1615248307004", "2021-03-09T08:05:07.004+08:00"}));

INSTANTIATE_TEST_SUITE_P(
    AutoRefusals, TimeTextTable,
    testing::Values(Row{"auto", "2021-02-29", "refused"},
                    Row{"auto", "2021-04-31 08:00:00", "refused"},
                    Row{"auto", "2021-3-9 24:00:00", "refused"},
                    Row{"auto", "2021-3-9 8:60", "refused"},
                    Row{"auto", "2021-3-9 8:05:60", "refused"}, Row{"auto", "2021-3/9", "refused"},
                    Row{"auto", "21-3-9", "refused"}, Row{"auto", "2021-3-9x", "refused"},
                    Row{"auto", "2021-3-9T", "refused"}, Row{"auto", "1899-12-31", "refused"},
                    Row{"auto", "2200-01-01", "refused"}, Row{"auto", "44264.5", "refused"},
                    Row{"auto", "123456789", "refused"}, Row{"auto", "99999999999999", "refused"},
                    Row{"auto", "0123456789", "refused"}, Row{"auto", "2021Y3N9D", "refused"},
                    Row{"auto", "2021-3-9 8h", "refused"}, Row{"auto", " ", "refused"},
                    Row{"auto", "2021-03-09T08:05:07+99:00", "refused"},
                    Row{"auto", "-1615248307", "refused"}, Row{"auto", "刚才", "refused"}));

INSTANTIATE_TEST_SUITE_P(
    Named, TimeTextTable,
    testing::Values(Row{"excel", "43524.4757523148", "2019-02-28T11:25:05+08:00"},
                    Row{"excel", "44264", "2021-03-09T00:00:00+08:00"},
                    Row{"excel", "59", "1900-02-28T00:00:00+08:00"}, Row{"excel", "60", "refused"},
                    Row{"excel", "61", "1900-03-01T00:00:00+08:00"}, Row{"excel", "0.5", "refused"},
                    Row{"excel", "2021-03-09", "refused"}, Row{"excel", "nan", "refused"},
                    Row{"excel", "1e99", "refused"},
                    Row{"epoch_s", "0", "1970-01-01T08:00:00+08:00"},
                    Row{"epoch_s", "-5", "refused"},
                    Row{"epoch_ms", "1615248307004", "2021-03-09T08:05:07.004+08:00"},
                    Row{"epoch_ms", "99999999999999999999", "refused"},
                    Row{"yyyy-MM-dd HH:mm:ss", "2021-03-09 08:05:07", "2021-03-09T08:05:07+08:00"},
                    Row{"yyyy-MM-dd HH:mm:ss", "2021-3-9 8:05:07", "refused"},
                    Row{"d.M.yyyy H:mm", "9.3.2021 8:05", "2021-03-09T08:05:00+08:00"},
                    Row{"yyyy/M/d", "２０２１/３/９", "2021-03-09T00:00:00+08:00"},
                    Row{"yyyy年MM月dd日", "2021年03月09日", "2021-03-09T00:00:00+08:00"},
                    Row{"yyyyMMdd'T'HHmmss.SSSZ", "20210309T080507.250Z",
                        "2021-03-09T16:05:07.250+08:00"},
                    Row{"yyyy-MM-dd", "2021-03-09 ", "2021-03-09T00:00:00+08:00"},
                    Row{"yyyy-MM-dd", "2021-03-09 08:05", "refused"}));

TEST(TimeText, ReadsExactlyTheSharedVectors) {
  LIANQIAO_NEEDS_DATA("vectors/datetime_texts.json");
  const std::string content = test::readFile(test::sharedData("vectors/datetime_texts.json"));
  json::Document document;
  ASSERT_TRUE(json::parse(content, document).ok());
  for (const json::Value& row : document.root.find("cases")->elements()) {
    const json::Value out = *row.find("out");
    const std::string expected = out.isNull() ? "refused" : std::string(out.text());
    EXPECT_EQ(rewritten("auto", row.find("in")->text()), expected) << row.find("in")->text();
  }
}

TEST(TimeText, WritesWhatItReads) {
  const WallTime time = TimeFormat().read("2021-03-09 08:05:07.250", kChina).value();
  const auto in = [&](std::string_view format) {
    char out[kTimeTextSize];
    return std::string(out, TimeFormat::compile(format).value().write(time, kChina, out));
  };
  EXPECT_EQ(in("yyyy-MM-dd HH:mm:ss"), "2021-03-09 08:05:07");
  EXPECT_EQ(in("yyyyMMddHHmmss"), "20210309080507");
  EXPECT_EQ(in("yyyy年M月d日 H时m分"), "2021年3月9日 8时5分");
  EXPECT_EQ(in("yyyy-MM-dd'T'HH:mm:ss.SSSZ"), "2021-03-09T08:05:07.250+08:00");
  EXPECT_EQ(in("epoch_s"), "1615248307");
  EXPECT_EQ(in("epoch_ms"), "1615248307250");
  EXPECT_EQ(in("auto"), "2021-03-09T08:05:07.250+08:00");
}

TEST(TimeText, KeepsTheMomentInEveryZone) {
  for (int minutes : {-720, -480, -210, 0, 330, 345, 480, 840}) {
    const ZoneOffset zone(minutes);
    const std::optional<WallTime> time = TimeFormat().read("2021-12-31 23:30:00", zone);
    EXPECT_EQ(TimeFormat().read(written(time, zone), kChina), time) << minutes;
  }
}

TEST(TimeText, KnowsZonesWithOneFixedOffset) {
  EXPECT_EQ(readZone("+08:00"), kChina);
  EXPECT_EQ(readZone("+0800"), kChina);
  EXPECT_EQ(readZone("+8"), kChina);
  EXPECT_EQ(readZone("Asia/Shanghai"), kChina);
  EXPECT_EQ(readZone("-03:30"), ZoneOffset(-210));
  EXPECT_EQ(readZone("UTC"), ZoneOffset(0));
  for (const char* text : {"Europe/Berlin", "", "8", "+25:00", "+08:00x"})
    EXPECT_FALSE(readZone(text)) << text;
}

TEST(TimeText, NamesWhatIsWrongWithAPattern) {
  EXPECT_NE(TimeFormat::compile("YYYY-MM-dd").error().detail.find("'YYYY' is no part"),
            std::string::npos);
  EXPECT_NE(TimeFormat::compile("HH:mm").error().detail.find("no yyyy"), std::string::npos);
  EXPECT_NE(TimeFormat::compile("yyyy'T").error().detail.find("not closed"), std::string::npos);
  EXPECT_FALSE(TimeFormat::compile("yyyy" + std::string(100, ' ')).ok());
  EXPECT_FALSE(TimeFormat::compile("").ok());
}

}  // namespace
}  // namespace lianqiao::pipeline
