#include "config/node.h"

#include <gtest/gtest.h>

#include "config/findings.h"

namespace lianqiao::config {
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
  EXPECT_EQ(
      toJson(findings),
      R"([{"file":"a.yaml","line":1,"column":2,"path":"x","message":"says \"no\"","remedy":"write 是"},)"
      R"({"file":"b.yaml","line":0,"column":0,"path":"","message":"is missing","remedy":""}])");
  EXPECT_EQ(toText(findings), "a.yaml:1:2: x: says \"no\"; write 是\nb.yaml: is missing\n");
}

}  // namespace
}  // namespace lianqiao::config
