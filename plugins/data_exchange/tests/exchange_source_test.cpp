#include <gtest/gtest.h>

#include <set>

#include "kit/answers/json_at.h"
#include "kit/time/china_time.h"
#include "platform.h"

namespace lianqiao::data_exchange {
namespace {

using namespace test;
using namespace std::chrono_literals;

Settings querying(const Givens& more = {}) {
  Givens all{{"query_service_id", "s_0000000000000_0009"}, {"page_size", "2"}};
  all.insert(all.end(), more.begin(), more.end());
  return settingsWith("gjgxjhpt", all);
}

/// A platform with rows, and the gateway's side of polling it.
struct Polling {
  explicit Polling(const Settings& given)
      : settings(given), platform(settings), source(std::in_place, settings, platform.host) {}

  void addRow(const std::string& id, WallTime time) {
    platform.mock.addRow(time, R"({"id":")" + id + R"(","updateTime":")" +
                                   kit::writeMoment(time, kit::TimeForm::text) + R"("})");
  }
  /// One poll, stored and confirmed; false when it failed.
  bool poll() {
    last = source->poll(cursor, soon());
    if (!last) return false;
    for (const RawItem& item : last->items) {
      json::Document row;
      EXPECT_TRUE(json::parse(item.body, row));
      ids.insert(std::string(kit::scalarText(row.root.find("id"))));
    }
    came += last->items.size();
    cursor = last->cursor;
    EXPECT_TRUE(source->confirm(*last, {}));
    return true;
  }
  void pollAll() {
    do {
      ASSERT_TRUE(poll()) << last.error().detail;
    } while (last->more);
  }
  void answer(std::string body) { platform.host.answer(200, std::move(body)); }
  void restart() { source.emplace(settings, platform.host); }

  Settings settings;
  Platform platform;
  std::optional<ExchangeSource> source;
  std::string cursor;
  Result<Batch> last = Batch{};
  std::set<std::string> ids;
  std::size_t came = 0;
};

TEST(ExchangeSource, AsksPageByPageFromTheNewestRowLessAnOverlap) {
  Polling polling(querying({{"return_type", "json"}, {"overlap", "1min"}}));
  const WallTime noon = polling.platform.host.now() - 12h;
  for (int i = 0; i < 5; ++i) polling.addRow("r" + std::to_string(i), noon + i * 1min);
  polling.pollAll();
  EXPECT_EQ(polling.ids.size(), 5U);
  const auto calls = polling.platform.host.calls();
  ASSERT_EQ(calls.size(), 3U);
  EXPECT_EQ(calls[0].headers.get("gjgxjhpt_sid"), "s_0000000000000_0009");
  EXPECT_EQ(
      calls[1].body,
      R"({"returnType":"json","page":2,"pageSize":2,"whereList":[[{"queryField":"updateTime","logical":">=","queryValue":"2025-12-31 08:00:00"}]]})");
  ASSERT_TRUE(polling.poll());
  EXPECT_NE(polling.platform.host.lastCall().body.find("\"2025-12-31 20:03:00\""),
            std::string::npos)
      << polling.platform.host.lastCall().body;
}

TEST(ExchangeSource, LeavesOutRowsOfTheOverlapThatAreDurable) {
  Polling polling(querying());
  const WallTime noon = polling.platform.host.now() - 12h;
  for (int i = 0; i < 3; ++i) polling.addRow("r" + std::to_string(i), noon + i * 1s);
  for (int round = 0; round < 3; ++round) polling.pollAll();
  EXPECT_EQ(polling.came, 3U);
  polling.addRow("r9", noon + 2s);
  polling.pollAll();
  EXPECT_EQ(polling.came, 4U);
  EXPECT_TRUE(polling.ids.contains("r9"));
}

TEST(ExchangeSource, GivesRowsAgainThatWereNeverConfirmed) {
  Polling polling(querying());
  polling.addRow("r0", polling.platform.host.now() - 1h);
  for (int round = 0; round < 3; ++round) {
    const auto batch = polling.source->poll(polling.cursor, soon());
    ASSERT_TRUE(batch);
    EXPECT_EQ(batch->items.size(), 1U);
  }
}

TEST(ExchangeSource, GoesOnInsideTheWindowAfterARestart) {
  Polling polling(querying());
  const WallTime noon = polling.platform.host.now() - 12h;
  for (int i = 0; i < 7; ++i) polling.addRow("r" + std::to_string(i), noon + i * 1h);
  do {
    ASSERT_TRUE(polling.poll());
    polling.restart();
  } while (polling.last->more);
  EXPECT_EQ(polling.ids.size(), 7U);
  EXPECT_EQ(polling.came, 7U);
}

TEST(ExchangeSource, BeginsAWindowAgainWhenItsTotalShrinks) {
  Polling polling(querying({{"window_end", "same_group"}}));
  const auto page = [](int total, const char* rows) {
    return R"({"code":"0","data":{"total":)" + std::to_string(total) + R"(,"list":[)" + rows +
           "]}}";
  };
  polling.answer(page(
      4,
      R"({"id":"a","updateTime":"2025-12-31 09:00:00"},{"id":"b","updateTime":"2025-12-31 09:01:00"})"));
  ASSERT_TRUE(polling.poll());
  // a was changed and has left the window: c has moved to page 1, where nobody looks any more.
  polling.answer(page(3, R"({"id":"d","updateTime":"2025-12-31 09:03:00"})"));
  ASSERT_TRUE(polling.poll());
  EXPECT_TRUE(polling.last->more);
  polling.answer(page(
      3,
      R"({"id":"b","updateTime":"2025-12-31 09:01:00"},{"id":"c","updateTime":"2025-12-31 09:02:00"})"));
  ASSERT_TRUE(polling.poll());
  EXPECT_NE(polling.platform.host.lastCall().body.find("\"page\":1,"), std::string::npos);
  polling.answer(page(3, R"({"id":"d","updateTime":"2025-12-31 09:03:00"})"));
  ASSERT_TRUE(polling.poll());
  EXPECT_FALSE(polling.last->more);
  EXPECT_EQ(polling.ids, (std::set<std::string>{"a", "b", "c", "d"}));
}

TEST(ExchangeSource, WritesTheEndOfTheWindowInEitherForm) {
  const auto body = [](const char* form) {
    Polling polling(querying({{"window_end", form}, {"query_time", "compact"}}));
    EXPECT_TRUE(polling.poll());
    return polling.platform.host.lastCall().body;
  };
  EXPECT_NE(
      body("same_group")
          .find(R"("queryValue":"20251231080000"},{"queryField":"updateTime","logical":"<=")"),
      std::string::npos);
  EXPECT_NE(
      body("own_group")
          .find(R"("queryValue":"20251231080000"}],[{"queryField":"updateTime","logical":"<=")"),
      std::string::npos);
}

TEST(ExchangeSource, TrustsTheTotalAndNotThePageSize) {
  Polling polling(querying({{"page_size", "100"}}));
  const auto row = [](int i) {
    return R"({"id":"r)" + std::to_string(i) + R"(","updateTime":"2025-12-31 09:00:0)" +
           std::to_string(i) + "\"}";
  };
  // The platform gives two rows a page, whatever it is asked for.
  for (int page = 0; page < 3; ++page) {
    polling.answer(R"({"code":"0","data":{"total":"5","rows":[)" + row(page * 2) +
                   (page < 2 ? "," + row(page * 2 + 1) : "") + "]}}");
  }
  polling.pollAll();
  EXPECT_EQ(polling.ids.size(), 5U);
}

TEST(ExchangeSource, WithoutATotalAnEmptyPageIsTheEnd) {
  Polling polling(querying({{"page_size", "100"}}));
  polling.answer(R"({"code":"0","data":[{"id":"a","updateTime":"2025-12-31 09:00:00"}]})");
  polling.answer(R"({"code":"0","data":[]})");
  polling.pollAll();
  EXPECT_EQ(polling.ids.size(), 1U);
  EXPECT_EQ(polling.platform.host.calls().size(), 2U);
}

TEST(ExchangeSource, PassesNothingOver) {
  const auto errorOf = [](const std::vector<std::string>& answers) {
    Polling polling(querying());
    std::string before;
    for (const std::string& answer : answers) {
      polling.answer(answer);
      before = polling.cursor;
      if (!polling.poll()) {
        EXPECT_EQ(polling.cursor, before);
        return polling.last.error().code + ' ' + polling.last.error().detail;
      }
    }
    return std::string("no error");
  };
  const std::string first =
      R"({"code":"0","data":{"total":4,"list":[{"id":"a","updateTime":"2025-12-31 09:00:00"}]}})";
  EXPECT_NE(
      errorOf({first, R"({"code":"0","data":{"total":4,"list":[]}})"}).find("is empty, though"),
      std::string::npos);
  EXPECT_NE(errorOf({first, first}).find("is the page before once more"), std::string::npos);
  EXPECT_NE(
      errorOf({R"({"code":"0","data":{"total":1,"list":[{"id":"a"}]}})"}).find("set query_field"),
      std::string::npos);
  EXPECT_NE(
      errorOf({R"({"code":"0","data":{"total":1,"items":[{"id":"a"}]}})"}).find("set list_path"),
      std::string::npos);
  EXPECT_NE(errorOf({R"({"code":"-1","message":"E-106"})"}).find("deliver.refused"),
            std::string::npos);
  EXPECT_NE(errorOf({R"({"code":"300"})"}).find("deliver.peer_error"), std::string::npos);
}

TEST(ExchangeSource, ReadsRowsThatArePackedIntoAText) {
  Polling polling(querying());
  polling.answer(
      R"({"code":"0","data":"{\"total\":1,\"list\":[{\"id\":\"a\",\"updateTime\":\"2025-12-31 09:00:00\"}]}"})");
  polling.pollAll();
  EXPECT_EQ(polling.ids, std::set<std::string>{"a"});
}

TEST(ExchangeSource, ARowDatedIntoTheFutureDoesNotHideThoseOfToday) {
  Polling polling(querying());
  polling.addRow("future", polling.platform.host.now() + 24h * 365 * 50);
  polling.pollAll();
  polling.platform.host.advance(1min);
  polling.addRow("today", polling.platform.host.now());
  polling.pollAll();
  EXPECT_TRUE(polling.ids.contains("today"));
}

TEST(ExchangeSource, ARowThatIsNoObjectIsQuarantinedAndTheRestGoesOn) {
  Polling polling(querying());
  polling.answer(
      R"({"code":"0","data":{"total":2,"list":["odd",{"id":"a","updateTime":"2025-12-31 09:00:00"}]}})");
  ASSERT_TRUE(polling.poll());
  ASSERT_EQ(polling.last->items.size(), 2U);
  ASSERT_EQ(polling.last->items[0].problems.size(), 1U);
  EXPECT_EQ(polling.last->items[0].problems[0].code, codes::kBadRow);
  EXPECT_TRUE(polling.last->items[1].problems.empty());
}

TEST(ExchangeSource, RefreshesItsOwnKey) {
  Polling polling(querying(kRefreshing));
  polling.addRow("r0", polling.platform.host.now() - 1h);
  polling.pollAll();
  polling.platform.mock.forgetKeys();
  polling.pollAll();
  EXPECT_EQ(polling.platform.mock.keysIssued(), 2U);
  EXPECT_EQ(polling.ids.size(), 1U);
}

TEST(ExchangeSource, AsksInLowerCaseWhereThePlatformWantsIt) {
  Polling polling([] {
    return settingsWith("gjzwfwpt", {{"query_service_id", "s_9"}, {"row_id_field", "id"}});
  }());
  polling.addRow("r0", polling.platform.host.now() - 1h);
  polling.pollAll();
  EXPECT_EQ(polling.last->items.at(0).sourceId, "r0");
  EXPECT_NE(polling.platform.host.lastCall().body.find("\"wherelist\":[[{\"queryfield\":"),
            std::string::npos);
}

}  // namespace
}  // namespace lianqiao::data_exchange
