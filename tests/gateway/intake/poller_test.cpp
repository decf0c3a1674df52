#include "intake/poller.h"

#include <atomic>
#include <csignal>
#include <fstream>
#include <future>
#include <stdexcept>

#include "lianqiao/codes.h"
#include "support/service_fixture.h"

namespace lianqiao::intake {
namespace {

using namespace std::chrono_literals;

using test::badOrderOf;
using test::eventually;
using test::orderOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Ten pages of one order each; the cursor is the number of the next.
class Pages final : public Source {
 public:
  Result<Batch> poll(std::string_view cursor, Deadline) override {
    const int page = cursor.empty() ? 0 : std::stoi(std::string(cursor));
    const std::lock_guard lock(mutex_);
    asked_.push_back(page);
    if (onPoll) onPoll(page);
    Batch batch;
    batch.cursor = std::to_string(page);
    if (page >= kPages) return batch;
    RawItem item;
    item.body =
        page == kBad ? badOrderOf("p" + std::to_string(page)) : orderOf("p" + std::to_string(page));
    batch.items.push_back(std::move(item));
    batch.cursor = std::to_string(page + 1);
    batch.more = true;
    return batch;
  }
  Result<void> confirm(const Batch& batch, std::span<const ItemVerdict> verdicts) override {
    const std::lock_guard lock(mutex_);
    confirmed_.push_back(batch.cursor);
    for (const ItemVerdict& verdict : verdicts) statuses_.push_back(verdict.status);
    return {};
  }
  std::vector<ItemVerdict::Status> statuses() {
    const std::lock_guard lock(mutex_);
    return statuses_;
  }
  std::vector<int> asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

  static constexpr int kPages = 10;
  static constexpr int kBad = 4;
  std::function<void(int page)> onPoll;

 private:
  std::mutex mutex_;
  std::vector<int> asked_;
  std::vector<std::string> confirmed_;
  std::vector<ItemVerdict::Status> statuses_;
};

class PollerTest : public test::ServiceTest {
 protected:
  void SetUp() override {
    ServiceTest::SetUp();
    peer("hotline").inbound.pollEvery = 10ms;
    entries_ = std::make_unique<EntryMaker>(*pipeline_, clock_, ids_);
  }
  std::unique_ptr<Poller> start(Source& source) {
    return std::make_unique<Poller>(peer("hotline"), source, *entries_, *queue_, clock_,
                                    [this]() -> std::optional<Error> {
                                      if (!backlogged_) return std::nullopt;
                                      return Error{codes::kOverloaded, "too many"};
                                    });
  }
  std::string cursor() {
    auto cursor = queue_->pollRights().cursor("hotline");
    return cursor.ok() ? *cursor : "away";
  }
  std::atomic<bool> backlogged_{false};
  std::unique_ptr<EntryMaker> entries_;
};

TEST_F(PollerTest, StoresEveryPageAndTellsTheSourceWhatBecameOfIt) {
  Pages source;
  const auto poller = start(source);
  ASSERT_TRUE(eventually([&] { return source.statuses().size() == Pages::kPages; }));
  EXPECT_EQ(cursor(), "10");
  EXPECT_EQ(counts("hotline").accepted, 9u);
  EXPECT_EQ(source.statuses().at(Pages::kBad), ItemVerdict::Status::quarantined);
  EXPECT_TRUE(eventually([&] { return poller->status().items == 10; }));
  EXPECT_EQ(poller->status().state, "ok");
}

TEST_F(PollerTest, TheStoredCursorIsWhereTheNextRunBegins) {
  {
    Pages source;
    const auto poller = start(source);
    ASSERT_TRUE(eventually([&] { return source.statuses().size() == Pages::kPages; }));
  }
  Pages again;
  const auto poller = start(again);
  ASSERT_TRUE(eventually([&] { return !again.asked().empty(); }));
  EXPECT_EQ(again.asked().front(), 10);
}

TEST_F(PollerTest, TheCursorStaysBehindWhenRedisDiesUnderABatch) {
  Pages source;
  std::atomic<bool> killed{false};
  source.onPoll = [&](int page) {
    if (page != 5 || killed.exchange(true)) return;
    pid_t server = 0;
    std::ifstream(folder_.path() / "redis" / "redis.pid") >> server;
    ::kill(server, SIGKILL);
  };
  const auto poller = start(source);
  ASSERT_TRUE(eventually([&] { return source.statuses().size() >= Pages::kPages; }));
  EXPECT_TRUE(killed);
  const auto asked = source.asked();
  EXPECT_GE(std::count(asked.begin(), asked.end(), 5), 2)
      << "the page whose batch was not durable is asked for again";
  ASSERT_TRUE(eventually([&] { return cursor() == "10"; }));
  EXPECT_EQ(counts("hotline").accepted, 9u);
}

TEST_F(PollerTest, ASourceThatFailsOrThrowsIsAskedAgainAndSaysWhy) {
  class Failing final : public Source {
   public:
    Result<Batch> poll(std::string_view, Deadline) override {
      if (calls++ == 0) throw std::runtime_error("bad cast");
      return Error{codes::kConnect, "the platform is away"};
    }
    std::atomic<int> calls{0};
  } source;
  const auto poller = start(source);
  ASSERT_TRUE(eventually([&] { return poller->status().cause == codes::kConnect; }));
  EXPECT_EQ(poller->status().state, "failing");
  EXPECT_THAT(poller->status().detail, HasSubstr("away"));
  EXPECT_EQ(cursor(), "");
}

TEST_F(PollerTest, ASourceThatAPersonSaysIsWellIsAskedAtOnce) {
  class Mended final : public Source {
   public:
    Result<Batch> poll(std::string_view cursor, Deadline) override {
      ++calls;
      if (!up) return Error{codes::kConnect, "the platform is away"};
      return Batch{{}, std::string(cursor), false};
    }
    std::atomic<bool> up{false};
    std::atomic<int> calls{0};
  } source;
  peer("hotline").inbound.pollEvery = 10min;
  const auto poller = start(source);
  ASSERT_TRUE(eventually([&] { return poller->status().state == "failing"; }));
  source.up = true;
  EXPECT_TRUE(poller->resume());
  ASSERT_TRUE(eventually([&] { return poller->status().state == "ok"; }));
  EXPECT_EQ(source.calls, 2);
  EXPECT_FALSE(poller->resume());
}

TEST_F(PollerTest, ASourceThatRepeatsItselfForEverIsShownAsFailing) {
  class Repeating final : public Source {
   public:
    Result<Batch> poll(std::string_view, Deadline) override {
      Batch batch{{}, "1", true};
      batch.items.emplace_back().body = orderOf("a");
      return batch;
    }
  } source;
  const auto poller = start(source);
  ASSERT_TRUE(eventually([&] { return poller->status().state == "failing"; }));
  EXPECT_EQ(poller->status().cause, codes::kProtocol);
  EXPECT_EQ(counts("hotline").accepted, 1u);
}

TEST(PollPace, ASourceThatAlwaysSaysMoreIsGivenPauses) {
  PollPace pace;
  Batch batch{{RawItem()}, "1", true};
  for (int round = 0; round < 2; ++round) {
    for (int i = 1; i < PollPace::kMostInRow; ++i) EXPECT_EQ(pace.after(batch, 30s), 0ms);
    EXPECT_EQ(pace.after(batch, 30s), PollPace::kBreath);
  }
  batch.items.clear();
  EXPECT_EQ(pace.after(batch, 30s), PollPace::kBreath) << "nothing found: no hurry";
  EXPECT_EQ(pace.after(batch, 10ms), 10ms) << "never longer than the interval";
  batch.more = false;
  EXPECT_EQ(pace.after(batch, 30s), 30s);
}

TEST(PollPace, LookingThroughALargeFileIsNoRepetition) {
  PollPace pace;
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(pace.repeats(Batch{{}, "7", true}, "7", {}));
  const std::vector<ItemVerdict> accepted(1);
  for (int i = 0; i < 100; ++i)
    EXPECT_FALSE(pace.repeats(Batch{{RawItem()}, "7", true}, "7", accepted)) << "the items are new";
}

/// Names one thing that it does not read, and takes that back once `gone` is set.
class Unread final : public Source {
 public:
  Result<Batch> poll(std::string_view cursor, Deadline) override {
    Batch batch;
    batch.cursor = cursor;
    batch.unread = gone ? "" : "minutes.docx";
    if (cursor.empty()) {
      RawItem item;
      item.body = R"({"unread":["minutes.docx"]})";
      item.problems = {{std::string(codes::kBadFile), "", "minutes.docx fits no pattern"}};
      batch.items.push_back(std::move(item));
      batch.cursor = "told";
    } else if (gone && cursor == "told") {
      batch.cursor = "closed";
      batch.closes = {id_, foreign};
    }
    return batch;
  }
  Result<void> confirm(const Batch&, std::span<const ItemVerdict> verdicts) override {
    if (!verdicts.empty()) id_ = verdicts.front().id;
    return {};
  }

  std::atomic<bool> gone = false;
  std::string foreign;

 private:
  std::string id_;
};

// Rule: what a source does not read is one exception and stands in the status for as long as it is
// there; a source closes what is its own and nothing else.
TEST_F(PollerTest, WhatASourceDoesNotReadIsShownAndItsExceptionClosedWhenItIsGone) {
  queue::Submission others;
  queue::Entry entry;
  entry.quarantined = queue::Quarantined{};
  entry.quarantined->id = ids_.next();
  entry.quarantined->peer = "county-app";
  entry.quarantined->code = codes::kBadFile;
  entry.body = "{}";
  Unread source;
  source.foreign = entry.quarantined->id;
  others.entries.push_back(std::move(entry));
  std::promise<void> stored;
  queue_->submissions().submit(std::move(others), [&stored](const auto&) { stored.set_value(); });
  stored.get_future().wait();
  auto poller = start(source);
  const auto count = [this] { return queue_->records().exceptions({}).value().size(); };
  EXPECT_TRUE(
      eventually([&] { return count() == 2 && poller->status().unread == "minutes.docx"; }));
  source.gone = true;
  EXPECT_TRUE(eventually([&] { return cursor() == "closed" && poller->status().unread.empty(); }));
  EXPECT_TRUE(eventually([&] { return count() == 1; })) << "the other peer's stays";
  EXPECT_EQ(poller->status().state, "ok");
}

// Rule: at the peer's share of exceptions its source is asked nothing, and goes on at its cursor
// once there is room: what it has is set aside or taken, and nothing of it is passed over.
TEST_F(PollerTest, AtItsShareOfExceptionsASourcePausesAndKeepsItsCursor) {
  ExceptionShare share(1, 1u << 20);
  const auto look = [&] {
    const auto mark = share.mark();
    const auto stored = queue_->records().exceptionShares();
    ASSERT_TRUE(stored.ok());
    const auto found = stored->find("hotline");
    share.know(found == stored->end() ? queue::ExceptionShare() : found->second.inbound, mark);
  };
  Pages source;
  const Poller poller(
      peer("hotline"), source, *entries_, *queue_, clock_, [&share] { return share.full(); }, {},
      &share);
  ASSERT_TRUE(eventually([&] { return poller.status().state == "waiting"; }));
  EXPECT_EQ(poller.status().cause, codes::kExceptionsFull);
  EXPECT_EQ(cursor(), std::to_string(Pages::kBad + 1));
  look();
  const auto asked = source.asked().size();
  std::this_thread::sleep_for(1500ms);
  EXPECT_EQ(source.asked().size(), asked) << "the store holds it still";
  ASSERT_TRUE(queue_->records().dropException(exceptions("hotline").at(0).id).value());
  look();
  ASSERT_TRUE(eventually([&] { return source.statuses().size() == Pages::kPages; }));
  EXPECT_EQ(counts("hotline").accepted, 9u);
  EXPECT_EQ(cursor(), "10");
}

TEST_F(PollerTest, WaitsWhileItsDestinationsAreBacklogged) {
  backlogged_ = true;
  Pages source;
  const auto poller = start(source);
  ASSERT_TRUE(eventually([&] { return poller->status().state == "waiting"; }));
  EXPECT_TRUE(source.asked().empty());
  backlogged_ = false;
  EXPECT_TRUE(eventually([&] { return source.statuses().size() == Pages::kPages; }));
}

TEST_F(PollerTest, StopDoesNotWaitForTheInterval) {
  peer("hotline").inbound.pollEvery = 10min;
  Pages source;
  auto poller = start(source);
  ASSERT_TRUE(eventually([&] { return source.statuses().size() == Pages::kPages; }));
  const auto begun = clock_.steady();
  poller->stop();
  poller->stop();
  EXPECT_LT(clock_.steady() - begun, 5s);
}

TEST_F(PollerTest, OfTwoNodesOnePollsAndTheOtherGoesOnWhereItStopped) {
  Pages source;
  const auto poller = start(source);
  ASSERT_TRUE(eventually([&] { return source.statuses().size() == Pages::kPages; }));
  const auto second = openNode("second");
  Pages standby;
  const Poller other(peer("hotline"), standby, *entries_, *second, clock_,
                     [] { return std::optional<Error>(); });
  ASSERT_TRUE(eventually([&] { return other.status().state == "elsewhere"; }));
  EXPECT_TRUE(standby.asked().empty());
  poller->stop();
  ASSERT_TRUE(eventually([&] { return !standby.asked().empty(); }));
  EXPECT_EQ(standby.asked().front(), 10);
}

}  // namespace
}  // namespace lianqiao::intake
