#include "cli/status_peer_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lianqiao::cli {
namespace {

using plugin::Language;
using ::testing::HasSubstr;

constexpr std::string_view kStatus =
    R"({"peers":[{"name":"grid","title":"网格平台","adapter":"webhook","exceptions":2,)"
    R"("contact":{"name":"王工","phone":"0394-123"},"last_in":"A","last_out":"B",)"
    R"("silent":{"since":"S","detail":"why"},"refused_callers":[{"address":"10.0.0.1","times":3,)"
    R"("last":"T","code":"intake.unauthenticated","detail":"no token"}],)"
    R"("outages":[{"way":"out","begin":"O1","code":"deliver.connect"},)"
    R"({"way":"in","begin":"O2","end":"E2","code":"deliver.timeout"}],)"
    R"("in":{"accepted":5,"duplicates":1,"quarantined":0,"state":"ok"},)"
    R"("out":{"owed":9,"delivered":3,"waiting":4,"leased":0,"retrying":1,"buried":1,)"
    R"("failed_attempts":7,"state":"resting","cause":"deliver.connect","detail":"refused",)"
    R"("next_try":"N"}}]})";

TEST(StatusPeerView, ShowsOnePeerWhole) {
  const std::string view = statusPeerView(kStatus, Language::english);
  for (const char* part :
       {"grid  网格平台  (webhook)\n", "王工  0394-123", "last in          A\n",
        "last out         B\n", "silent since     S: why\n", "resting, deliver.connect: refused\n",
        "next try       N\n", "owed 9, delivered 3, waiting 4, under way 0, retrying 1",
        "accepted 5, duplicates 1, quarantined 0", "exceptions       2\n",
        "10.0.0.1  ×3  T  intake.unauthenticated: no token\n",
        "O1  –  lasts  out  deliver.connect\n", "O2  –  E2  in  deliver.timeout\n"})
    EXPECT_THAT(view, HasSubstr(part));
}

TEST(StatusPeerView, SaysTheSameInChinese) {
  const std::string view = statusPeerView(kStatus, Language::chinese);
  for (const char* part : {"联系人", "最近收到", "最近送达", "静默始于", "下次尝试", "应发 9",
                           "已接收 5", "被拒来访", "中断", "O1  –  仍在持续  发"})
    EXPECT_THAT(view, HasSubstr(part));
  EXPECT_EQ(view.find("refused callers"), std::string::npos);
}

TEST(StatusPeerView, SaysThatNothingIsKnownWhereNothingIs) {
  EXPECT_THAT(statusPeerView(R"({"queue_available":false})", Language::english),
              HasSubstr("There is no status of this peer now"));
  EXPECT_THAT(statusPeerView("not json", Language::chinese), HasSubstr("现在没有该对端的状态"));
}

}  // namespace
}  // namespace lianqiao::cli
