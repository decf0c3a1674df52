#include "times/time_text.h"

#include <gtest/gtest.h>

#include "conformance/test_data.h"
#include "lianqiao/json.h"

namespace lianqiao::times {
namespace {

constexpr ZoneOffset kChina{480};

std::string written(const std::optional<TimeReading>& read, ZoneOffset zone = kChina) {
  if (!read) return "refused";
  char out[kTimeTextSize];
  return {out, writeRfc3339(read->time, zone, out)};
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

// A marker is read where every writer means the same hour by it, before or behind the clock.
INSTANTIATE_TEST_SUITE_P(
    PartsOfTheDay, TimeTextTable,
    testing::Values(Row{"auto", "2021/3/9 上午 8:05:07", "2021-03-09T08:05:07+08:00"},
                    Row{"auto", "2021/3/9 下午 8:05:07", "2021-03-09T20:05:07+08:00"},
                    Row{"auto", "2021年3月9日下午3时", "2021-03-09T15:00:00+08:00"},
                    Row{"auto", "2021-3-9下午3点5分", "2021-03-09T15:05:00+08:00"},
                    Row{"auto", "2021/3/9 08:05:07 PM", "2021-03-09T20:05:07+08:00"},
                    Row{"auto", "2021/3/9 8:05pm", "2021-03-09T20:05:00+08:00"},
                    Row{"auto", "2021/3/9 12:30 AM", "2021-03-09T00:30:00+08:00"},
                    Row{"auto", "2021/3/9 12:30 PM", "2021-03-09T12:30:00+08:00"},
                    Row{"auto", "2021/3/9 下午 12:30", "2021-03-09T12:30:00+08:00"},
                    Row{"auto", "2021/3/9 下午 13:00", "2021-03-09T13:00:00+08:00"},
                    Row{"auto", "2021年3月9日中午12点", "2021-03-09T12:00:00+08:00"},
                    Row{"auto", "2021年3月9日中午1点", "2021-03-09T13:00:00+08:00"},
                    Row{"auto", "2021-3-9 晚上 8:05", "2021-03-09T20:05:00+08:00"},
                    Row{"auto", "2021-3-9 晚上 20:05", "2021-03-09T20:05:00+08:00"},
                    Row{"auto", "2021-3-9 傍晚6点", "2021-03-09T18:00:00+08:00"},
                    Row{"auto", "2021-3-9 早上7点", "2021-03-09T07:00:00+08:00"},
                    Row{"auto", "2021-3-9 凌晨2:10", "2021-03-09T02:10:00+08:00"},
                    Row{"auto", "２０２１－３－９　下午　８：０５", "2021-03-09T20:05:00+08:00"},
                    Row{"auto", "2021/3/9 8:05 PM +08:00", "2021-03-09T20:05:00+08:00"}));

// Quarantined: midnight or noon, this night or the next, an hour that the marker contradicts.
INSTANTIATE_TEST_SUITE_P(AmbiguousPartsOfTheDay, TimeTextTable,
                         testing::Values(Row{"auto", "2021/3/9 上午 12:30", "refused"},
                                         Row{"auto", "2021/3/9 上午 13:00", "refused"},
                                         Row{"auto", "2021/3/9 13:00 AM", "refused"},
                                         Row{"auto", "2021/3/9 0:30 PM", "refused"},
                                         Row{"auto", "2021年3月9日晚上12点", "refused"},
                                         Row{"auto", "2021-3-9 晚上1点", "refused"},
                                         Row{"auto", "2021-3-9 中午9点", "refused"},
                                         Row{"auto", "2021-3-9 早上1点", "refused"},
                                         Row{"auto", "2021-3-9 下午 8:05 PM", "refused"},
                                         Row{"auto", "2021-3-9 下午", "refused"},
                                         Row{"auto", "2021-3-9 8:05 XM", "refused"},
                                         Row{"auto", "2021-3-9 8:05 pmx", "refused"},
                                         Row{"auto", "03/09/2021 08:05:07 PM", "refused"},
                                         Row{"auto", "2021-3-9 下午 24:00", "refused"}));

// A weekday is read and must be the date's own.
INSTANTIATE_TEST_SUITE_P(
    Weekdays, TimeTextTable,
    testing::Values(Row{"auto", "2021/3/9 星期二 8:05", "2021-03-09T08:05:00+08:00"},
                    Row{"auto", "2021年3月9日 周二 上午8:05", "2021-03-09T08:05:00+08:00"},
                    Row{"auto", "2021年3月9日（星期二）8时", "2021-03-09T08:00:00+08:00"},
                    Row{"auto", "2021-3-9(礼拜二)", "2021-03-09T00:00:00+08:00"},
                    Row{"auto", "2021-03-09 星期二", "2021-03-09T00:00:00+08:00"},
                    Row{"auto", "Tue, 2021-03-09 08:05", "2021-03-09T08:05:00+08:00"},
                    Row{"auto", "2021-03-09 08:05 Tuesday", "2021-03-09T08:05:00+08:00"},
                    Row{"auto", "2021年3月14日星期日", "2021-03-14T00:00:00+08:00"},
                    Row{"auto", "2021年3月14日周天", "2021-03-14T00:00:00+08:00"},
                    Row{"auto", "2021/3/9 星期三 8:05", "refused"},
                    Row{"auto", "2021/3/9 Mon 8:05", "refused"},
                    Row{"auto", "2021/3/9 星期二 周二", "refused"},
                    Row{"auto", "2021/3/9 (8:05)", "refused"},
                    Row{"auto", "2021/3/9 星期八 8:05", "refused"},
                    Row{"auto", "Mon Mar 02 08:05:09 CST 2026", "refused"}));

// Ten digits that are an hour as well as a second are neither.
INSTANTIATE_TEST_SUITE_P(RunsOfDigits, TimeTextTable,
                         testing::Values(Row{"auto", "2026030208", "refused"},
                                         Row{"epoch_s", "2026030208", "2034-03-15T18:10:08+08:00"},
                                         Row{"yyyyMMddHH", "2026030208",
                                             "2026-03-02T08:00:00+08:00"},
                                         Row{"auto", "1999999999", "2033-05-18T11:33:19+08:00"}));

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
  const WallTime time = TimeFormat().read("2021-03-09 08:05:07.250", kChina)->time;
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
    const auto read = TimeFormat().read("2021-12-31 23:30:00", zone);
    EXPECT_EQ(TimeFormat().read(written(read, zone), kChina)->time, read->time) << minutes;
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

TEST(TimeText, SaysHowExactlyATextTellsItsTime) {
  const auto precision = [](std::string_view format, std::string_view text) {
    return TimeFormat::compile(format).value().read(text, kChina).value().precision;
  };
  EXPECT_EQ(precision("auto", "2021-3-9"), TimePrecision::day);
  EXPECT_EQ(precision("auto", "20210309"), TimePrecision::day);
  EXPECT_EQ(precision("auto", "2021年3月9日下午3时"), TimePrecision::hour);
  EXPECT_EQ(precision("auto", "2021-3-9 8:05"), TimePrecision::minute);
  EXPECT_EQ(precision("auto", "2021-3-9 8:05:07"), TimePrecision::second);
  EXPECT_EQ(precision("auto", "2021-03-09T00:00:00+08:00"), TimePrecision::second);
  EXPECT_EQ(precision("auto", "2021-3-9 8:05:07.0"), TimePrecision::millisecond);
  EXPECT_EQ(precision("auto", "1615248307"), TimePrecision::second);
  EXPECT_EQ(precision("excel", "44264"), TimePrecision::day);
  EXPECT_EQ(precision("excel", "44264.5"), TimePrecision::second);
  EXPECT_EQ(precision("yyyy/M/d", "2021/3/9"), TimePrecision::day);
  EXPECT_EQ(precision("yyyy/M/d HH:mm", "2021/3/9 08:05"), TimePrecision::minute);
}

}  // namespace
}  // namespace lianqiao::times
