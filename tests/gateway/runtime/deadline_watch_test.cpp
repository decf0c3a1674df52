// Deadlines that act: each moment of a thing becomes one reminder, whatever dies in between.
#include "runtime/deadline_watch.h"

#include <gmock/gmock.h>

#include "base/rfc3339.h"
#include "gateway/pipeline/work_order_config.h"
#include "lifecycle/life_moves.h"
#include "record/event.h"
#include "support/queue_fixture.h"

namespace lianqiao::runtime {
namespace {

using namespace std::chrono_literals;
using queue::Entry;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

/// An order must be signed within ten minutes of its dispatch.
constexpr const char* kTenMinutes = R"(deadlines:
  - name: sign
    source: s
    type: work_order
    step: [signed, replied]
    start: dispatch
    limit: 10 min
    warn: 3 min
    extension: {most: 1, by: 10 min}
    escalate:
      - {after: 5 min, name: leader}
      - {after: 20 min, name: mayor}
)";

/// As the queue's, but what was told is never written down: as where the process ends there.
class DyingBook final : public review::DeadlineBook {
 public:
  explicit DyingBook(review::DeadlineBook& book) : book_(book) {}
  Result<std::vector<Thing>> take(WallTime now, std::size_t most,
                                  std::span<const std::string> further) override {
    return book_.take(now, most, further);
  }
  Result<std::optional<std::vector<NotKept>>> keep(std::string_view, WallTime,
                                                   std::span<const Reckoned>,
                                                   std::string_view) override {
    return Error{"queue.unavailable", "the test ends it here"};
  }
  Result<Page> page(std::string_view from) override { return book_.page(from); }
  Result<std::string> limits() override { return book_.limits(); }
  Result<std::vector<Counts>> counts(std::span<const std::string> peers) override {
    return book_.counts(peers);
  }
  Result<std::map<std::string, std::string, std::less<>>> kept(std::string_view name) override {
    return book_.kept(name);
  }

 private:
  review::DeadlineBook& book_;
};

class DeadlinesTold : public queue::QueueTest {
 protected:
  void SetUp() override {
    config_ = pipeline::workOrderConfig();
    config_.routes.push_back({"reminders",
                              {{"type", config::RouteCondition::Operator::equals, {"reminder"}}},
                              {"province"},
                              {}});
    deadlines_ = compile(kTenMinutes);
    compilePipeline();
    lives_ = std::make_shared<base::Snapshot<record::LifeTables>>(
        std::make_shared<const record::LifeTables>(
            lifecycle::tablesOf(deadlines_->cycles, deadlines_->rules)));
    queue::QueueTest::SetUp();
    watch_ = watchOf(*queue_);
  }
  void TearDown() override { watch_.reset(); }

  void compilePipeline() {
    yaml::Findings findings;
    pipeline_ = pipeline::Pipeline::compile(config_, findings);
    ASSERT_TRUE(pipeline_) << (findings.all().empty() ? "" : findings.all().front().text());
  }
  static std::shared_ptr<const lifecycle::Deadlines> compile(std::string_view text) {
    yaml::Findings findings;
    const std::filesystem::path source = LIANQIAO_SOURCE_DIR;
    const auto calendar =
        yaml::YamlReader::readFile(source / "config/calendar.yaml", "calendar.yaml", findings);
    const auto rules = yaml::YamlReader::readText(text, "deadlines.yaml", findings);
    auto made = std::make_shared<const lifecycle::Deadlines>(
        lifecycle::compileDeadlines(source / "schemas", &*calendar, &*rules, findings));
    EXPECT_TRUE(findings.empty()) << findings.all().front().text();
    return made;
  }
  std::unique_ptr<DeadlineWatch> watchOf(storage::WorkQueue& work,
                                         review::DeadlineBook* book = nullptr) {
    return std::make_unique<DeadlineWatch>(
        DeadlineWatch::Services{[&work, book] { return book == nullptr ? work.deadlines() : book; },
                                work.submissions(), work.pollRights(), *pipeline_, clock_, ids_,
                                retention_.duplicates, log_.sink()},
        deadlines_);
  }
  /// From now on, on all nodes, as after a reload.
  void use(const std::string& text) {
    deadlines_ = compile(text);
    watch_->use(deadlines_);
  }

  /// Of the hotline, received now.
  Entry order(const std::string& key, const std::string& data = R"({"orderNo":"A-1"})",
              const std::string& revision = "1") {
    Entry entry = record("hotline:" + key, key, revision, data, {});
    entry.record->received = clock_.wall();
    json::Document document;
    EXPECT_TRUE(json::parse(data, document).ok());
    entry.record->event.clear();
    record::appendEvent(*entry.record, {"lianqiao.work_order.v1", "s", {}, {}}, document.root,
                        entry.record->event);
    return entry;
  }
  Entry step(const std::string& key, const std::string& name) {
    Entry entry = record("hotline:" + key, key + "/" + std::to_string(++number_), "1", name, {});
    entry.record->type = "work_order_step";
    entry.record->lifeOf = "work_order";
    entry.record->step = name;
    return entry;
  }
  /// An order that was dispatched now, and is known.
  void dispatch(const std::string& key, const std::string& data = R"({"orderNo":"A-1"})") {
    submit(std::vector<Entry>{order(key, data), step(key, "dispatched")});
    look();
  }
  void make(const std::string& key, const std::string& name) {
    EXPECT_EQ(submit(step(key, name)).status, ItemVerdict::Status::accepted) << name;
  }

  void look(DeadlineWatch& watch) {
    for (;;) {
      const auto more = watch.once();
      ASSERT_TRUE(more.ok()) << more.error().detail;
      if (!*more) return;
    }
  }
  void look() { look(*watch_); }
  /// Time goes by, and the node has beaten since: it holds its right.
  void pass(std::chrono::milliseconds time) {
    clock_.pass(time);
    EXPECT_TRUE(test::eventually([this] {
      const auto right = queue_->pollRights().take(review::DeadlineBook::kRight);
      return right.ok() && right->has_value();
    }));
  }
  /// What is told after that time: "key stage level" of each reminder, in order of keys.
  std::vector<std::string> after(std::chrono::milliseconds time) {
    pass(time);
    look();
    return told();
  }
  std::vector<std::string> told() {
    std::vector<std::string> all;
    events_.clear();
    for (queue::Lease& one : lease(1000)) {
      json::Document event;
      EXPECT_TRUE(json::parse(one.event, event).ok());
      const json::Value& data = *event.root.find("data");
      std::string text(data.find("key")->text());
      text.append(" ").append(data.find("stage")->text());
      if (const json::Value* level = data.find("escalationLevel"))
        text.append(" ").append(level->text());
      all.push_back(std::move(text));
      events_.push_back(one.event);
      settle(std::move(one));
    }
    std::sort(all.begin(), all.end());
    return all;
  }

  config::GatewayConfig config_;
  std::shared_ptr<const lifecycle::Deadlines> deadlines_;
  std::unique_ptr<pipeline::Pipeline> pipeline_;
  std::unique_ptr<DeadlineWatch> watch_;
  std::vector<std::string> events_;
  int number_ = 0;
};

TEST_F(DeadlinesTold, EachStageBecomesOneReminderWhenItComes) {
  dispatch("a", R"({"orderNo":"A-1","title":"张三家","department":{"name":"供水公司"}})");
  EXPECT_THAT(after(7min - 1ms), IsEmpty());
  EXPECT_THAT(after(1ms), ElementsAre("hotline:a warn"));
  ASSERT_THAT(events_, SizeIs(1));
  EXPECT_THAT(events_[0], HasSubstr(R"("type":"lianqiao.reminder.v1","subject":"hotline:a")"));
  EXPECT_THAT(events_[0], HasSubstr(R"("peer":"hotline","sourceid":"sign/hotline:a/1/warn")"));
  EXPECT_THAT(events_[0], HasSubstr(R"("cause":")"));
  EXPECT_THAT(events_[0],
              HasSubstr(R"("limit":{"name":"sign","source":"s","steps":["signed","replied"]})"));
  EXPECT_THAT(events_[0], HasSubstr(R"("dueTime":")" + base::formatTime(clock_.wall() + 3min)));
  EXPECT_THAT(events_[0], HasSubstr(R"("number":"A-1","department":{"name":"供水公司"})"));
  EXPECT_THAT(events_[0], Not(HasSubstr("张三")));
  EXPECT_THAT(after(1min), IsEmpty());
  EXPECT_THAT(after(2min), ElementsAre("hotline:a due"));
  EXPECT_THAT(after(5min), ElementsAre("hotline:a escalate 1"));
  EXPECT_THAT(after(15min), ElementsAre("hotline:a escalate 2"));
  EXPECT_THAT(after(24h), IsEmpty());
}

TEST_F(DeadlinesTold, WhatWasDoneInTimeIsToldToNobody) {
  dispatch("a");
  dispatch("b");
  dispatch("c");
  make("a", "signed");
  make("b", "closed");
  EXPECT_THAT(after(1h), ElementsAre("hotline:c escalate 2"));
}

TEST_F(DeadlinesTold, OfAnOrderWithoutAClockNothingIsDue) {
  submit(order("a"));
  submit(step("b", "dispatched"));
  look();
  EXPECT_THAT(after(1h), IsEmpty()) << "one was not dispatched, of the other no order is known";
  submit(order("b"));
  look();
  EXPECT_THAT(told(), ElementsAre("hotline:b escalate 2")) << "now it is";
}

TEST_F(DeadlinesTold, AfterAnInterruptionEachIsToldOnceAtItsHighestStage) {
  dispatch("a");
  pass(3min);
  dispatch("b");
  dispatch("c");
  EXPECT_THAT(after(8min), ElementsAre("hotline:a due", "hotline:b warn", "hotline:c warn"));
  for (const std::string& event : events_) EXPECT_THAT(event, HasSubstr(R"("count":3)"));
  ASSERT_THAT(events_, SizeIs(3));
  const std::size_t at = events_[0].find(R"("group":)");
  for (const std::string& event : events_)
    EXPECT_EQ(event.substr(event.find(R"("group":)"), 50), events_[0].substr(at, 50));
  EXPECT_THAT(after(2min), ElementsAre("hotline:b due", "hotline:c due"));
}

// The process ends between the telling and the writing down.
TEST_F(DeadlinesTold, AKillBetweenTellingAndWritingDownTellsNothingTwice) {
  for (int i = 0; i < 20; ++i) dispatch("k" + std::to_string(i));
  pass(10min);
  DyingBook dying(*queue_->deadlines());
  for (int times = 0; times < 3; ++times) EXPECT_FALSE(watchOf(*queue_, &dying)->once().ok());
  reopen();
  watch_ = watchOf(*queue_);
  look();
  EXPECT_THAT(told(), SizeIs(20));
  EXPECT_THAT(after(1min), IsEmpty());
  EXPECT_EQ(counts("hotline").duplicates, 0u) << "nobody has sent it";
}

TEST_F(DeadlinesTold, OfTwoNodesOneTellsAndTheOtherTakesOver) {
  config::RedisSettings settings;
  settings.managed = false;
  settings.url = "unix://" + (folder_.path() / "redis" / "redis.sock").string();
  storage::QueueOptions made = options();
  made.node = "other";
  made.takers = std::make_shared<queue::Takers>();
  const queue::TemporaryFolder data;
  made.data = data.path();
  auto other = storage::RedisWorkQueue::open(settings, retention_, made, clock_, ids_);
  ASSERT_TRUE(other.ok()) << other.error().detail;
  const auto second = watchOf(**other);
  dispatch("a");
  pass(7min);
  look(*second);
  EXPECT_THAT(told(), IsEmpty()) << "it has not the right";
  look();
  look(*second);
  EXPECT_THAT(told(), ElementsAre("hotline:a warn"));
  clock_.pass(3min);
  EXPECT_TRUE(test::eventually([&] {
    queue_->pollRights().giveUp(review::DeadlineBook::kRight);
    const auto right = (*other)->pollRights().take(review::DeadlineBook::kRight);
    return right.ok() && right->has_value();
  }));
  look(*second);
  look();
  EXPECT_THAT(told(), ElementsAre("hotline:a due"));
}

TEST_F(DeadlinesTold, ClocksThatStandLetNothingComeDue) {
  dispatch("a");
  EXPECT_THAT(after(7min), ElementsAre("hotline:a warn"));
  make("a", "suspended");
  look();
  EXPECT_THAT(after(24h * 60), IsEmpty()) << "it waits for the next summer";
  make("a", "resumed");
  look();
  EXPECT_THAT(told(), ElementsAre("hotline:a warn")) << "three minutes are left of it again";
  EXPECT_THAT(after(2min), IsEmpty());
  EXPECT_THAT(after(1min), ElementsAre("hotline:a due"));
}

TEST_F(DeadlinesTold, AnExtensionPutsItOffAndItIsToldAgain) {
  dispatch("a");
  EXPECT_THAT(after(10min), ElementsAre("hotline:a due"));
  make("a", "delay_applied");
  make("a", "delay_agreed");
  look();
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_THAT(after(7min), ElementsAre("hotline:a warn"));
  EXPECT_THAT(after(3min), ElementsAre("hotline:a due"));
}

TEST_F(DeadlinesTold, AnExtensionThatWasAgreedUntilAnEarlierTimeEndsThen) {
  dispatch("a");
  make("a", "delay_applied");
  Entry agreed = step("a", "delay_agreed");
  agreed.record->event = R"({"specversion":"1.0","data":{"extension":{"until":")" +
                         base::formatTime(clock_.wall() + 14min) + R"("}}})";
  submit(agreed);
  look();
  EXPECT_THAT(after(11min), ElementsAre("hotline:a warn"));
  make("a", "urged");
  EXPECT_THAT(after(3min), ElementsAre("hotline:a due")) << "whatever came since";
}

TEST_F(DeadlinesTold, WhatComesBackAfterItsEndIsToldOfInItsNewRound) {
  dispatch("a");
  make("a", "closed");
  look();
  pass(24h);
  make("a", "redispatched");
  look();
  EXPECT_THAT(after(10min), ElementsAre("hotline:a due"));
  ASSERT_THAT(events_, SizeIs(1));
  EXPECT_THAT(events_[0], HasSubstr("sign/hotline:a/2/due"));
}

TEST_F(DeadlinesTold, AReloadReckonsAllAnew) {
  std::vector<Entry> entries;
  for (int i = 0; i < 300; ++i) {
    entries.push_back(order("k" + std::to_string(i)));
    entries.push_back(step("k" + std::to_string(i), "dispatched"));
  }
  submit(std::move(entries));
  look();
  pass(5min);
  std::string longer(kTenMinutes);
  longer.replace(longer.find("10 min"), 6, "20 min");
  use(longer);
  look();
  EXPECT_THAT(after(5min), IsEmpty()) << "by the former limit";
  std::string shorter(kTenMinutes);
  shorter.replace(shorter.find("10 min"), 6, "8 min");
  use(shorter);
  look();
  EXPECT_THAT(told(), SizeIs(300)) << "without waiting for anything";
  use("deadlines: []\n");
  look();
  EXPECT_THAT(after(24h), IsEmpty());
  EXPECT_THAT(queue_->deadlines()->page("0")->names, IsEmpty());
  EXPECT_EQ(queue_->deadlines()->counts(std::vector<std::string>{"hotline"})->at(0).past, 0u);
}

// The reload's process ended before it had come to all; the next start goes on.
TEST_F(DeadlinesTold, ANodeThatStartsWithOtherLimitsReckonsAllAnew) {
  dispatch("a");
  deadlines_ = compile(
      "deadlines:\n  - {name: quick, source: s, type: work_order, step: signed, start: dispatch, "
      "limit: 30 s}\n");
  reopen();
  watch_ = watchOf(*queue_);
  look();
  EXPECT_THAT(after(30s), ElementsAre("hotline:a due"));
  ASSERT_THAT(events_, SizeIs(1));
  EXPECT_THAT(events_[0], HasSubstr(R"("name":"quick")"));
}

TEST_F(DeadlinesTold, TheNewestRecordChoosesTheLimit) {
  use("deadlines:\n"
      "  - {name: danger, source: s, type: work_order, step: signed, start: receipt, limit: 15 "
      "min, "
      "when: {data.urgency: emergency}}\n"
      "  - {name: usual, source: s, type: work_order, step: signed, start: receipt, limit: 2 h}\n");
  submit(order("a", R"({"orderNo":"A-1","urgency":{"code":"normal"}})"));
  look();
  pass(5min);
  submit(order("a", R"({"orderNo":"A-1","urgency":{"code":"emergency"}})", "2"));
  look();
  EXPECT_THAT(after(10min), ElementsAre("hotline:a due")) << "from the first record on";
  ASSERT_THAT(events_, SizeIs(1));
  EXPECT_THAT(events_[0], HasSubstr(R"("name":"danger")"));
}

TEST_F(DeadlinesTold, WhatRestsOnAnUnknownYearIsCalledProvisional) {
  use("deadlines:\n"
      "  - {name: reply, source: s, type: work_order, step: replied, start: receipt, limit: 1 "
      "working_days}\n");
  submit(order("a"));  // of 2024, which the calendar does not know
  look();
  EXPECT_THAT(after(24h * 4), ElementsAre("hotline:a due"));
  ASSERT_THAT(events_, SizeIs(1));
  EXPECT_THAT(events_[0], HasSubstr(R"("provisional":true)"));
}

TEST_F(DeadlinesTold, WhatNoRouteTakesIsCountedAndNoRecord) {
  config_.routes.pop_back();
  compilePipeline();
  watch_ = watchOf(*queue_);
  dispatch("a");
  EXPECT_THAT(after(10min), IsEmpty());
  const auto trails = queue_->records().trail("sign/hotline:a/1/due");
  ASSERT_TRUE(trails.ok());
  EXPECT_THAT(*trails, IsEmpty());
  EXPECT_EQ(queue_->deadlines()->counts(std::vector<std::string>{"hotline"})->at(0).past, 1u);
}

TEST_F(DeadlinesTold, WhatTheSchemaRefusesIsAnException) {
  dispatch("a", R"({"orderNo":"A-1","division":"7"})");
  EXPECT_THAT(after(10min), IsEmpty());
  EXPECT_THAT(after(1min), IsEmpty());
  review::ExceptionFilter filter;
  const auto found = queue_->records().exceptions(filter);
  ASSERT_TRUE(found.ok());
  ASSERT_THAT(*found, SizeIs(1));
  EXPECT_EQ(found->front().origin, "/deadlines.yaml/sign");
  EXPECT_EQ(found->front().sourceId, "sign/hotline:a/1/due");
  EXPECT_EQ(found->front().code, "validate.schema");
}

TEST_F(DeadlinesTold, OneThatRedisRefusesHoldsUpNoOther) {
  dispatch("a");
  dispatch("b");
  ASSERT_TRUE(raw()->call({"RPUSH", "{lq}:dup:hotline:sign/hotline:a/1/due", "x"}).ok());
  EXPECT_THAT(after(10min), ElementsAre("hotline:b due"));
  EXPECT_THAT(log_.all(), Contains(HasSubstr("cannot be kept")));
  ASSERT_TRUE(raw()->call({"DEL", "{lq}:dup:hotline:sign/hotline:a/1/due"}).ok());
  EXPECT_THAT(after(1min), ElementsAre("hotline:a due")) << "it is tried again each minute";
}

TEST_F(DeadlinesTold, AreCountedUntilTheirStepIsMade) {
  const auto counted = [this] {
    const auto counts = queue_->deadlines()->counts(std::vector<std::string>{"hotline"});
    return std::to_string(counts->at(0).near) + " " + std::to_string(counts->at(0).past);
  };
  dispatch("a");
  dispatch("b");
  EXPECT_EQ(counted(), "0 0");
  after(7min);
  EXPECT_EQ(counted(), "2 0");
  make("a", "signed");
  after(3min);
  EXPECT_EQ(counted(), "0 1");
  make("b", "closed");
  look();
  EXPECT_EQ(counted(), "0 0");
}

// What nobody touches for as long as the queue knows anything is forgotten.
TEST_F(DeadlinesTold, NothingIsKeptForGood) {
  dispatch("a");
  EXPECT_THAT(after(1h), ElementsAre("hotline:a escalate 2"));
  EXPECT_THAT(after(retention_.duplicates + 1s), IsEmpty());
  EXPECT_THAT(queue_->deadlines()->page("0")->names, IsEmpty());
  EXPECT_THAT(*queue_->deadlines()->kept("work_order hotline:a"), IsEmpty());
}

}  // namespace
}  // namespace lianqiao::runtime
