#include "cli/exception_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text_view.h"

namespace lianqiao::cli {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kItem =
    R"({"id":"01A","direction":"in","peer":"app","code":"normalize.missing",)"
    R"("detail":"[{\"code\":\"normalize.missing\",\"path\":\"title\",\"message\":\"is required\"}]",)"
    R"("sourceid":"R-1","origin":"台账.xlsx, row 3","record":"","seen":3,"at":"2026-02-01T02:14:00.000+08:00"})";

TEST(ExceptionsView, ListsCausesThenEachWithItsReasons) {
  const std::string view = exceptionsView(
      R"({"causes":[{"peer":"app","code":"normalize.missing","count":7}],"items":[)" +
      std::string(kItem) + "]}");
  EXPECT_EQ(view,
            "PEER             CODE                       COUNT\n"
            "app              normalize.missing          7\n"
            "\n"
            "01A                        app              normalize.missing          "
            "2026-02-01T02:14:00.000+08:00, came 3 times\n"
            "    source id R-1\n"
            "    台账.xlsx, row 3\n"
            "    normalize.missing title: is required\n"
            "Shown: 1 of 7. --limit N shows more (up to 1000); --peer, --code, --since and --until "
            "narrow.\n");
  EXPECT_EQ(exceptionsView(R"({"causes":[],"items":[]})"), "No exceptions.\n");
}

TEST(TrailView, TellsTheRecordItsDeliveriesAndTheirAttempts) {
  const std::string view = trailView(
      R"({"records":[{"id":"01R","event":{"subject":"app:R-1","data":{"title":"路灯","place":{"area":"a"},)"
      R"("replies":[{"text":"一\n二","by":"b"},{"text":"c"}],"tags":["x"],"none":{}}},"deliveries":[)"
      R"({"peer":"grid","state":"buried","receipt":"","exception":"01E","at":"2026-02-01T02:14:00.000+08:00",)"
      R"("attempts":["2026-02-01T02:13:00.000+08:00 deliver.rejected no such street"]},)"
      R"({"peer":"archive","state":"delivered","receipt":"A-1","attempts":[]}]}],"exceptions":[)" +
      std::string(kItem) + "]}");
  EXPECT_THAT(view, HasSubstr("Record 01R\n"
                              "  subject: app:R-1\n"
                              "  data:\n"
                              "    title: 路灯\n"));
  EXPECT_THAT(
      view,
      HasSubstr("  to grid             buried at 2026-02-01T02:14:00.000+08:00, exception 01E\n"
                "    2026-02-01T02:13:00.000+08:00 deliver.rejected no such street\n"
                "  to archive          delivered, receipt A-1\n"
                "Exceptions\n"
                "01A "));
}

TEST(TrailView, ShowsTheRawItemWhereTheAnswerHasOne) {
  const std::string record = R"({"records":[{"id":"01R","event":{},"deliveries":[],"raw":)";
  EXPECT_THAT(trailView(record + R"({"body":"{\"a\":1}"}}],"exceptions":[]})"),
              HasSubstr("  raw item\n    body: {\"a\":1}\n"));
  EXPECT_THAT(trailView(record + R"(null}],"exceptions":[]})"), HasSubstr("no longer kept"));
}

TEST(TextView, ShowsWhatIsNestedBelowItsName) {
  json::Document document;
  ASSERT_TRUE(json::parse(
      R"({"a":1,"b":{"c":"x","d":[{"e":"1\n2","f":true},{"e":null},"plain"]},"g":[],"h":{}})",
      document));
  std::string out;
  base::appendFields(document.root, 1, out);
  EXPECT_EQ(out,
            " a: 1\n"
            " b:\n"
            "   c: x\n"
            "   d:\n"
            "     - e: 1 2\n"
            "       f: true\n"
            "     - e: null\n"
            "     - plain\n"
            " g: []\n"
            " h: {}\n");
}

TEST(TextView, OnlyProblemsBecomeProblemLines) {
  std::string out;
  EXPECT_TRUE(
      base::appendProblemLines(R"([{"code":"decode.json","path":"","message":"no"}])", 2, out));
  EXPECT_EQ(out, "  decode.json: no\n");
  for (const char* other : {"", "the peer said no", "{}"})
    EXPECT_FALSE(base::appendProblemLines(other, 2, out)) << other;
}

}  // namespace
}  // namespace lianqiao::cli
