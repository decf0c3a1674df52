#include "report/report_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "yaml/yaml_reader.h"

namespace lianqiao::report {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Read {
  std::vector<Report> reports;
  std::vector<std::string> findings;
};

Read read(const std::string& text) {
  yaml::Findings findings;
  const auto root = yaml::YamlReader::lookAtText(text, "reports.yaml", findings).root;
  Read read;
  if (root)
    read.reports =
        readReports(*root, std::filesystem::path(LIANQIAO_SOURCE_DIR "/schemas"), findings);
  for (const yaml::Finding& finding : findings.all()) read.findings.push_back(finding.text());
  return read;
}

const std::string kHead = "reports:\n  - {name: a, type: work_order, period: week, ";

TEST(ReportReader, ReadsAReport) {
  const Read one = read(
      "reports:\n"
      "  - name: assessment\n    title: 考核评价\n    type: work_order\n    period: month\n"
      "    when: {peer: hotline}\n    time: data.createdTime\n    by: [data.department, "
      "data.category]\n    follow: 30d\n"
      "    figures:\n      - {name: received, title: 受理}\n"
      "      - {name: in_time, step: [closed, replied], before: data.deadline}\n"
      "      - {name: satisfied, step: visited, when: {data.satisfaction: satisfied}}\n"
      "      - {name: repeated, same: [data.reporter.phone, data.category]}\n");
  EXPECT_THAT(one.findings, IsEmpty());
  ASSERT_EQ(one.reports.size(), 1u);
  const Report& report = one.reports.front();
  EXPECT_EQ(report.title, "考核评价");
  EXPECT_EQ(report.period, PeriodKind::month);
  EXPECT_EQ(report.follow, 30 * 24h);
  EXPECT_EQ(report.by.size(), 2u);
  ASSERT_EQ(report.figures.size(), 4u);
  EXPECT_EQ(report.figures[0].title, "受理");
  EXPECT_EQ(report.figures[1].title, "in_time");
  EXPECT_THAT(report.figures[1].steps, ElementsAre("closed", "replied"));
  EXPECT_FALSE(report.figures[1].late);
  EXPECT_EQ(report.figures[2].when.size(), 1u);
  EXPECT_EQ(report.figures[3].same.size(), 2u);
}

TEST(ReportReader, WhatCannotBeCountedIsToldAtItsPlace) {
  for (const auto& [text, said] : std::vector<std::pair<std::string, std::string>>{
           {kHead + "by: [data.departmnt], figures: [{name: x}]}\n", "'departmnt'"},
           {kHead + "by: [department], figures: [{name: x}]}\n", "is no field of a record"},
           {kHead + "by: [data.reporter.phone], figures: [{name: x}]}\n", "is personal data"},
           {kHead + "figures: [{name: x, step: cloosed}]}\n", "there is no step 'cloosed'"},
           {kHead + "figures: [{name: x, before: data.deadline}]}\n", "it is not said which step"},
           {kHead + "figures: [{name: x}, {name: x}]}\n", "another figure is named 'x' too"},
           {kHead + "figures: []}\n", "a list of 1 to 30 figures is wanted here"},
           {kHead + "figure: [{name: x}]}\n", "figures"},
           {"reports:\n  - {name: a, type: work_ordr, period: week, figures: [{name: x}]}\n",
            "there is no schema for the type 'work_ordr'"},
           {"reports:\n  - {name: a, type: alert, period: year, figures: [{name: x}]}\n", "week"},
           {"reports:\n  - {name: a, type: alert, period: week, figures: [{name: x, step: closed}]}"
            "\n",
            "there are no steps of a alert"}}) {
    const Read one = read(text);
    ASSERT_FALSE(one.findings.empty()) << text;
    EXPECT_THAT(one.findings.front(), HasSubstr("reports.yaml:2:")) << text;
    EXPECT_THAT(one.findings.front(), HasSubstr(said)) << text;
    EXPECT_THAT(one.reports, IsEmpty()) << text;
  }
}

TEST(ReportReader, TheExampleCountyHasItsThree) {
  yaml::Findings findings;
  const auto root = yaml::YamlReader::lookAtFile(LIANQIAO_SOURCE_DIR "/config/reports.yaml",
                                                 "reports.yaml", findings)
                        .root;
  ASSERT_TRUE(root);
  std::vector<std::string> names;
  for (const Report& report :
       readReports(*root, std::filesystem::path(LIANQIAO_SOURCE_DIR "/schemas"), findings))
    names.push_back(report.name);
  EXPECT_TRUE(findings.empty()) << findings.all().front().text();
  EXPECT_THAT(names, ElementsAre("assessment", "weekly_review", "monthly_analysis"));
}

}  // namespace
}  // namespace lianqiao::report
