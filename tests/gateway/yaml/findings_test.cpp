#include "yaml/findings.h"

#include <gtest/gtest.h>

#include "yaml/yaml_node.h"

namespace lianqiao::yaml {
namespace {

TEST(Finding, ReadsAsFileLineColumnPathMessageRemedy) {
  const Finding whole{"peers/a.yaml", {3, 7}, "auth.kind", "is wrong", "write token"};
  EXPECT_EQ(whole.text(), "peers/a.yaml:3:7: auth.kind: is wrong; write token");
  EXPECT_EQ((Finding{"a.yaml", {}, {}, "is missing", {}}).text(), "a.yaml: is missing");
}

TEST(Findings, KeepsTheSameFindingOnce) {
  Findings findings;
  findings.add({"a.yaml", {1, 1}, "x", "is wrong", {}});
  findings.add({"a.yaml", {1, 1}, "x", "is wrong", {}});
  findings.add({"a.yaml", {2, 1}, "x", "is wrong", {}});
  EXPECT_EQ(findings.all().size(), 2u);
}

TEST(Findings, StopsAtAThousandAndSaysSo) {
  Findings findings;
  for (int i = 1; i < 5000; ++i) findings.add({"a.yaml", {i, 1}, {}, "is wrong", {}});
  EXPECT_EQ(findings.all().size(), 1001u);
  EXPECT_EQ(findings.all().back().text(),
            "there are more findings than these; mend these, then check again");
}

TEST(Findings, AreJsonWithEveryPart) {
  Findings findings;
  EXPECT_EQ(toJson(findings), "[]");
  findings.add({"b.yaml", {}, {}, "is missing", {}});
  findings.add({"a.yaml", {1, 2}, "x", "says \"no\"", "write 是"});
  Findings warnings;
  warnings.add({"a.yaml", {3, 1}, "y", "may be", {}});
  EXPECT_EQ(
      toJson(findings, warnings),
      R"([{"file":"a.yaml","line":1,"column":2,"path":"x","message":"says \"no\"","remedy":"write 是","severity":"error"},)"
      R"({"file":"a.yaml","line":3,"column":1,"path":"y","message":"may be","remedy":"","severity":"warning"},)"
      R"({"file":"b.yaml","line":0,"column":0,"path":"","message":"is missing","remedy":"","severity":"error"}])");
  EXPECT_EQ(toText(findings, warnings),
            "a.yaml:1:2: x: says \"no\"; write 是\na.yaml:3:1: warning: y: may be\nb.yaml: is "
            "missing\n");
}

TEST(Findings, TellWhetherAPlaceOrWhatIsBelowItIsConcerned) {
  Findings findings;
  findings.add({"a.yaml", {1, 1}, "settings.url", "is wrong", {}});
  EXPECT_TRUE(concern(findings, "a.yaml"));
  EXPECT_TRUE(concern(findings, "a.yaml", "settings"));
  EXPECT_TRUE(concern(findings, "a.yaml", "settings.url"));
  EXPECT_FALSE(concern(findings, "a.yaml", "set"));
  EXPECT_FALSE(concern(findings, "a.yaml", "settings.url.x"));
  EXPECT_FALSE(concern(findings, "b.yaml"));
}

}  // namespace
}  // namespace lianqiao::yaml
