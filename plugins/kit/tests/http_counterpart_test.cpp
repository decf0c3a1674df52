#include "kit/counterpart/http_counterpart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conformance/fake_host.h"

namespace lianqiao::kit {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

Settings settingsWith(std::initializer_list<std::pair<std::string, std::string>> given) {
  Settings settings;
  for (const char* name : {"list_url", "list_items", "list_total", "list_time", "manifest_url",
                           "fetch_url", "fetch_item"})
    settings.describe(name);
  settings.set("list_id", std::string("id"));
  settings.set("list_page_size", std::int64_t{2});
  for (const auto& [name, value] : given) settings.set(name, value);
  return settings;
}

Deadline soon() { return std::chrono::steady_clock::now() + 5s; }

class HttpCounterpartTest : public testing::Test {
 protected:
  std::unique_ptr<Counterpart> made(
      std::initializer_list<std::pair<std::string, std::string>> given) {
    return HttpCounterpart::make(settingsWith(given), [this](HttpCall call, Deadline deadline) {
      return host_.send(call, deadline);
    });
  }
  HeldQuery query_{.day = "2026-11-30", .revision = "rev", .fields = {"status", "reply.text"}};
  test::FakeHost host_;
};

TEST_F(HttpCounterpartTest, AsksForADayPageByPage) {
  const auto role = made({{"list_url", "http://p/held?d={day}&p={page}&n={size}"},
                          {"list_items", "data.rows"},
                          {"list_total", "data.total"},
                          {"list_time", "at"}});
  host_.answer(200, R"({"data":{"total":"3","rows":[
      {"id":7,"rev":2,"status":"done","reply":{"text":"ok"},"at":"2026-11-30 08:00:00"},
      {"id":"B","status":true,"at":"2026-11-30T00:00:00Z"}]}})");
  auto page = role->list(query_, "", soon());
  ASSERT_TRUE(page.ok()) << page.error().detail;
  EXPECT_EQ(host_.lastCall().method, "GET");
  EXPECT_EQ(host_.lastCall().url, "http://p/held?d=2026-11-30&p=1&n=2");
  EXPECT_EQ(page->total, 3U);
  ASSERT_EQ(page->items.size(), 2U);
  EXPECT_EQ(page->items[0].id, "7");
  EXPECT_EQ(page->items[0].revision, "2");
  EXPECT_THAT(page->items[0].fields, ElementsAre("done", "ok"));
  EXPECT_EQ(page->items[0].at, page->items[1].at);
  EXPECT_THAT(page->items[1].fields, ElementsAre("true", ""));
  host_.answer(200, R"({"data":{"total":3,"rows":[{"id":"C","at":"2026-11-30 09:00:00"}]}})");
  page = role->list(query_, page->next, soon());
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(host_.lastCall().url, "http://p/held?d=2026-11-30&p=2&n=2");
  EXPECT_EQ(page->next, "");
}

TEST_F(HttpCounterpartTest, GoesOnWhereThePlatformGivesSmallerPagesThanItWasAskedFor) {
  const auto role = made({{"list_url", "http://p/held?d={day}&p={page}&n={size}"}});
  host_.answer(200, R"([{"id":"A"}])");
  auto page = role->list(query_, "", soon());
  ASSERT_TRUE(page.ok());
  EXPECT_NE(page->next, "") << "one of two asked for, and no total: only an empty page is the end";
  host_.answer(200, "[]");
  page = role->list(query_, page->next, soon());
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->next, "");
}

TEST_F(HttpCounterpartTest, TakesNoAnswerThatItDoesNotUnderstandForAnEmptyDay) {
  const auto role =
      made({{"list_url", "http://p/held?d={day}"}, {"list_items", "rows"}, {"list_total", "n"}});
  for (const char* body : {"{}", R"({"rows":{}})", R"({"rows":[]})", R"({"rows":[{}],"n":1})",
                           R"({"rows":[{"id":"A"}],"n":"many"})", "null", "<html>"}) {
    host_.answer(200, body);
    EXPECT_FALSE(role->list(query_, "", soon()).ok()) << body;
  }
}

TEST_F(HttpCounterpartTest, SpeaksOurManifest) {
  const auto role = made({{"manifest_url", "http://p/v1/peers/county/manifest"}});
  ASSERT_TRUE(role->tellsDigests());
  host_.answer(200, R"({"day":"2026-11-30","types":[{"type":"work_order","count":2,)"
                    R"("sum":"00000000000000ff"}]})");
  const auto summary = role->summary(query_, soon());
  ASSERT_TRUE(summary.ok()) << summary.error().detail;
  EXPECT_EQ(host_.lastCall().url, "http://p/v1/peers/county/manifest?day=2026-11-30&direction=in");
  EXPECT_EQ(summary->groups.at(0).all, (HeldSum{2, 255}));
  host_.answer(200, R"({"buckets":[{"count":1,"sum":"0000000000000001"}]})");
  const auto buckets = role->buckets(query_, "work_order", soon());
  ASSERT_TRUE(buckets.ok());
  EXPECT_EQ(buckets->at(0), (HeldSum{1, 1}));
  host_.answer(200, R"({"day":"2026-11-30","total":1,"next":"x y","items":[{"id":"A",)"
                    R"("content":"0123456789abcdef","at":"2026-11-30T00:00:00.000Z"}]})");
  const std::vector<std::uint8_t> asked{10, 255};
  const auto page = role->listBuckets(query_, "work_order", asked, "m n", soon());
  ASSERT_TRUE(page.ok()) << page.error().detail;
  EXPECT_THAT(host_.lastCall().url, HasSubstr("&type=work_order&bucket=0a,ff&after=m%20n"));
  EXPECT_EQ(page->items.at(0).content, "0123456789abcdef");
  EXPECT_EQ(page->next, "x y");
  for (const char* body : {"{}", R"({"types":[{"type":"a","count":1,"sum":"12"}]})",
                           R"({"types":[{"type":"a","count":-1,"sum":"00000000000000ff"}]})"}) {
    host_.answer(200, body);
    EXPECT_FALSE(role->summary(query_, soon()).ok()) << body;
  }
}

TEST_F(HttpCounterpartTest, FetchesSingleThingsAndLeavesOutWhatIsNotThere) {
  const auto role = made({{"list_url", "http://p/held?d={day}"},
                          {"fetch_url", "http://p/orders/{id}"},
                          {"fetch_item", "data"}});
  ASSERT_TRUE(role->fetches());
  host_.answer(404, "{}");
  host_.answer(200, R"({"data":{"no":"B 2"}})");
  const std::vector<std::string> ids{"A", "B 2"};
  auto items = role->fetch(query_, ids, soon());
  ASSERT_TRUE(items.ok()) << items.error().detail;
  EXPECT_EQ(host_.lastCall().url, "http://p/orders/B%202");
  ASSERT_EQ(items->size(), 1U);
  EXPECT_EQ(items->at(0).body, R"({"no":"B 2"})");
  host_.answer(404, "{}");
  host_.fail(codes::kConnect);
  EXPECT_FALSE(role->fetch(query_, ids, soon()).ok());
}

TEST_F(HttpCounterpartTest, IsNotMadeWithoutAnAddressAndRefusesAWrongOne) {
  EXPECT_EQ(made({}), nullptr);
  EXPECT_THROW(made({{"list_url", "platform/held?d={day}"}}), std::invalid_argument);
  EXPECT_THROW(made({{"list_url", "http://p/held"}}), std::invalid_argument);
  EXPECT_THROW(made({{"list_url", "http://p/{day}"}, {"fetch_url", "http://p/"}}),
               std::invalid_argument);
  EXPECT_THROW(made({{"list_url", "http://p/{day}"}, {"manifest_url", "http://p/"}}),
               std::invalid_argument);
}

}  // namespace
}  // namespace lianqiao::kit
