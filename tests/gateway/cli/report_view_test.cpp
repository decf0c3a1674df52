#include "cli/report_view.h"

#include <gtest/gtest.h>

namespace lianqiao::cli {
namespace {

constexpr std::string_view kReport =
    R"({"report":"assessment","title":"考核评价","period":"2026-W48","by":["data.department","data.category"],)"
    R"("figures":[{"name":"received","title":"受理"},{"name":"overdue","title":"超期"}],)"
    R"("rows":[{"groups":["城管局","=1+1"],"figures":[12,3]},{"groups":["水务局","a \"b\", c"],"figures":[5,0]}],)"
    R"("total":[17,3],"gone":2})";

TEST(ReportView, IsATableWithItsTotal) {
  EXPECT_EQ(reportView(kReport),
            "考核评价  2026-W48\n"
            "data.department      data.category        受理         超期\n"
            "城管局               =1+1                 12           3\n"
            "水务局               a \"b\", c             5            0\n"
            "TOTAL                                     17           3\n"
            "2 records without contents are not counted.\n");
}

TEST(ReportView, AFiguresListIsAnIdALine) {
  constexpr std::string_view kList = R"({"figure":"overdue","ids":["01A","01B"]})";
  EXPECT_EQ(reportView(kList), "01A\n01B\n");
}

TEST(ReportView, NamesTheReports) {
  EXPECT_EQ(
      reportsView(R"({"reports":[{"name":"assessment","title":"考核评价","period":"week"}]})"),
      "assessment           week   考核评价\n");
  EXPECT_EQ(reportsView(R"({"reports":[]})"),
            "No report is declared; reports.yaml declares them.\n");
}

}  // namespace
}  // namespace lianqiao::cli
