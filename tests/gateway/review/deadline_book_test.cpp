// Whose deadlines are to be reckoned: marked by the step that takes a record, known until that is
// done, written down by the node with the right alone.
#include "review/deadline_book.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "gateway/queue/half_script.h"
#include "support/queue_fixture.h"
#include "support/shipped_lives.h"

namespace lianqiao::queue {
namespace {

using review::DeadlineBook;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;
using Nearness = DeadlineBook::Nearness;
using Reckoned = DeadlineBook::Reckoned;
using Thing = DeadlineBook::Thing;

class Deadlines : public QueueTest {
 protected:
  Deadlines() { limit({"work_order", "alert"}); }
  /// These types have limits, and no others.
  void limit(const std::set<std::string>& types) {
    auto tables = test::shippedTables();
    for (auto& [type, table] : tables) table.isLimited = types.contains(type);
    auto made = std::make_shared<const record::LifeTables>(std::move(tables));
    if (lives_ == nullptr || queue_ == nullptr)
      lives_ = std::make_shared<base::Snapshot<record::LifeTables>>(std::move(made));
    else
      lives_->set(std::move(made));
  }
  Entry order(const std::string& key) { return record(key, key); }
  Entry step(const std::string& key, const std::string& name) {
    Entry entry = record(key, key + "/" + std::to_string(++number_), "1", name);
    entry.record->type = "work_order_step";
    entry.record->lifeOf = "work_order";
    entry.record->step = name;
    return entry;
  }
  Entry alert(const std::string& key, const std::string& state) {
    Entry entry = record(key, key, "", state);
    entry.record->type = "alert";
    entry.record->lifeOf = "alert";
    entry.record->step = state;
    return entry;
  }

  DeadlineBook& book() { return *queue_->deadlines(); }
  std::string right() {
    std::string held;
    // A node whose clock has jumped beats first.
    EXPECT_TRUE(test::eventually([&] {
      const auto token = queue_->pollRights().take(DeadlineBook::kRight);
      if (token.ok() && *token) held = **token;
      return !held.empty();
    }));
    return held;
  }
  std::vector<Thing> take(std::size_t most = 100, const std::vector<std::string>& further = {}) {
    auto things = book().take(clock_.wall(), most, further);
    EXPECT_TRUE(things.ok()) << (things.ok() ? "" : things.error().detail);
    if (!things.ok()) return {};
    std::sort(things->begin(), things->end(),
              [](const Thing& one, const Thing& other) { return one.name < other.name; });
    return std::move(*things);
  }
  /// As it is taken, to be looked at again after that time.
  Reckoned reckoned(const Thing& thing, std::chrono::milliseconds after = 1h) {
    Reckoned made;
    made.name = thing.name;
    made.recordMark = thing.recordMark;
    made.stepMark = thing.stepMark;
    made.next = clock_.wall() + after;
    made.peer = "hotline";
    made.kept = {{"id", thing.recordMark}};
    return made;
  }
  void keep(const std::vector<Reckoned>& things) {
    const auto kept = book().keep(right(), clock_.wall(), things, {});
    ASSERT_TRUE(kept.ok()) << kept.error().detail;
    ASSERT_TRUE(kept->has_value()) << "the right is another's";
    EXPECT_THAT(**kept, IsEmpty());
  }
  std::vector<std::string> names(std::size_t most = 100) {
    std::vector<std::string> all;
    for (const Thing& thing : take(most)) all.push_back(thing.name);
    return all;
  }
  DeadlineBook::Counts near(const std::string& peer) {
    const std::vector<std::string> peers{peer};
    const auto counts = book().counts(peers);
    EXPECT_TRUE(counts.ok());
    return counts.ok() ? counts->at(0) : DeadlineBook::Counts();
  }
  long long lives(const std::string& key) { return (*raw()->call({"PTTL", key}))->integer; }
  bool isThere(const std::string& key) { return (*raw()->call({"EXISTS", key}))->integer == 1; }

  int number_ = 0;
};

TEST_F(Deadlines, ARecordAndItsStepsMarkTheirThing) {
  const Entry order = record("k", "A-1");
  const std::string id = order.record->id;
  submit(order);
  submit(step("k", "dispatched"));
  submit(alert("a", "raised"));
  const auto things = take();
  ASSERT_EQ(things.size(), 2u);
  EXPECT_EQ(things[0].name, "alert a");
  EXPECT_THAT(things[0].standing, StartsWith("raised alert:1 1 "));
  EXPECT_EQ(things[0].ends, ";closed;cancelled;");
  EXPECT_EQ(things[1].name, "work_order k");
  EXPECT_EQ(things[1].recordMark, id);
  EXPECT_THAT(things[1].stepMark, Not(IsEmpty()));
  EXPECT_THAT(things[1].standing, StartsWith("dispatched work_order:1 1 "));
  EXPECT_THAT(things[1].ends, HasSubstr(";closed;"));
  EXPECT_EQ(things[1].event, order.record->event);
  EXPECT_THAT(things[1].kept, IsEmpty());
}

TEST_F(Deadlines, WithoutLimitsNothingIsMarked) {
  limit({});
  submit(record("k", "A-1"));
  submit(step("k", "dispatched"));
  EXPECT_FALSE(isThere("{lq}:unclocked"));
  limit({"alert"});
  submit(step("k", "signed"));
  submit(record("k", "A-2"));
  EXPECT_FALSE(isThere("{lq}:unclocked")) << "of another type";
}

TEST_F(Deadlines, WhatIsNotTakenOrCameLateMarksNothing) {
  submit(step("k", "closed"));
  keep({reckoned(take().at(0))});
  EXPECT_EQ(submit(step("k", "signed")).status, ItemVerdict::Status::quarantined);
  Entry late = step("k", "signed");
  late.record->happened = record::Happened{clock_.wall() - 10h, 1s};
  Entry last = step("k", "closed");
  last.record->happened = record::Happened{clock_.wall(), 1s};
  submit(last);
  keep({reckoned(take().at(0))});
  submit(late);
  EXPECT_THAT(names(), IsEmpty());
  submit(record("k", "A-1", "1"));
  keep({reckoned(take().at(0))});
  EXPECT_EQ(submit(record("k", "A-1", "1")).status, ItemVerdict::Status::duplicate);
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(Deadlines, AMarkThatHasChangedMeanwhileStays) {
  submit(record("k", "A-1", "1"));
  const auto before = take();
  ASSERT_EQ(before.size(), 1u);
  submit(step("k", "dispatched"));
  keep({reckoned(before[0])});
  const auto again = take();
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].recordMark, "") << "that one was reckoned";
  EXPECT_THAT(again[0].stepMark, Not(IsEmpty()));
  EXPECT_THAT(again[0].kept,
              ElementsAre(std::pair<const std::string, std::string>("id", before[0].recordMark)));
  submit(record("k", "A-1", "2", "two"));
  keep({reckoned(again[0])});
  EXPECT_THAT(take().at(0).recordMark, Not(IsEmpty()));
}

TEST_F(Deadlines, WhatIsDueIsLookedAtWithoutAMark) {
  submit(record("k", "A-1"));
  keep({reckoned(take().at(0), 10min)});
  clock_.pass(10min - 1ms);
  EXPECT_THAT(names(), IsEmpty());
  clock_.pass(1ms);
  EXPECT_THAT(names(), ElementsAre("work_order k"));
  Reckoned over = reckoned(take().at(0));
  over.next.reset();
  keep({over});
  clock_.pass(1h);
  EXPECT_THAT(names(), IsEmpty());
  EXPECT_EQ(book().kept("work_order k")->size(), 1u) << "it may come to life again";
  over.kept.clear();
  keep({over});
  EXPECT_FALSE(isThere("{lq}:clocks:work_order k"));
}

TEST_F(Deadlines, MarksAndWhatIsDueShareALook) {
  std::vector<Entry> entries;
  for (int i = 0; i < 8; ++i) entries.push_back(order("due" + std::to_string(i)));
  submit(std::move(entries));
  std::vector<Reckoned> all;
  for (const Thing& thing : take()) all.push_back(reckoned(thing, 1ms));
  keep(all);
  clock_.pass(1ms);
  entries.clear();
  for (int i = 0; i < 8; ++i) entries.push_back(order("new" + std::to_string(i)));
  submit(std::move(entries));
  const auto found = names(8);
  EXPECT_EQ(found.size(), 8u);
  EXPECT_EQ(std::count_if(found.begin(), found.end(),
                          [](const std::string& name) { return name.starts_with("work_order d"); }),
            4);
  EXPECT_EQ(names(100).size(), 16u);
}

TEST_F(Deadlines, WhoHasNotTheRightWritesNothing) {
  submit(record("k", "A-1"));
  const auto things = take();
  ASSERT_EQ(things.size(), 1u);
  const std::vector<Reckoned> made{reckoned(things[0])};
  right();
  const auto kept = book().keep("1 other.1", clock_.wall(), made, "v");
  ASSERT_TRUE(kept.ok());
  EXPECT_FALSE(kept->has_value());
  EXPECT_FALSE(isThere("{lq}:deadlines"));
  EXPECT_EQ(*book().limits(), "");
  EXPECT_THAT(names(), ElementsAre("work_order k"));
}

TEST_F(Deadlines, WhatIsLookedAtInAMonthIsKnownUntilThen) {
  submit(record("k", "A-1"));
  submit(step("k", "dispatched"));
  const long long month = retention_.duplicates.count();
  Reckoned thing = reckoned(take().at(0), 24h * 60);
  thing.cycle = "work_order:1";
  keep({thing});
  for (const char* key : {"{lq}:clocks:work_order k", "{lq}:known:k", "{lq}:cycle:work_order:1"})
    EXPECT_GT(lives(key), month * 2) << key;
  submit(alert("a", "raised"));
  keep({reckoned(take().at(0), 24h * 60)});
  EXPECT_GT(lives("{lq}:life:alert a"), month * 2);
}

TEST_F(Deadlines, AreCountedByPeerWhereTheyAreNearOrPast) {
  submit(std::vector<Entry>{order("a"), order("b"), order("c")});
  auto things = take();
  ASSERT_EQ(things.size(), 3u);
  std::vector<Reckoned> made;
  for (const Thing& thing : things) made.push_back(reckoned(thing));
  made[0].near = Nearness::near;
  made[1].near = made[2].near = Nearness::past;
  keep(made);
  EXPECT_EQ(near("hotline").near, 1u);
  EXPECT_EQ(near("hotline").past, 2u);
  made[1].near = Nearness::none;
  made[1].formerPeer = "hotline";
  made[2].peer = "town";
  made[2].formerPeer = "hotline";
  keep({made[1], made[2]});
  EXPECT_EQ(near("hotline").near, 1u);
  EXPECT_EQ(near("hotline").past, 0u);
  EXPECT_EQ(near("town").past, 1u);
}

TEST_F(Deadlines, PagesNameAllAndTheirLimitsAreNoted) {
  std::vector<Entry> entries;
  for (int i = 0; i < 700; ++i) entries.push_back(order("k" + std::to_string(i)));
  submit(std::move(entries));
  std::set<std::string> marked;
  for (;;) {
    std::vector<Reckoned> all;
    for (const Thing& thing : take(200)) {
      marked.insert(thing.name);
      all.push_back(reckoned(thing));
    }
    if (all.empty()) break;
    keep(all);
  }
  EXPECT_EQ(marked.size(), 700u);
  std::set<std::string> paged;
  std::string from = "0";
  do {
    const auto page = book().page(from);
    ASSERT_TRUE(page.ok());
    paged.insert(page->names.begin(), page->names.end());
    from = page->next;
  } while (from != "0");
  EXPECT_EQ(paged, marked);
  const std::vector<Reckoned> none;
  ASSERT_TRUE(book().keep(right(), clock_.wall(), none, "v7").ok());
  EXPECT_EQ(*book().limits(), "v7");
  const auto named = take(10, {"work_order k5", "work_order k5", "work_order nothing"});
  ASSERT_EQ(named.size(), 2u);
  EXPECT_THAT(named[0].kept, Not(IsEmpty()));
  EXPECT_THAT(named[1].kept, IsEmpty());
}

// A key of another kind: that thing is told by name, the others are written.
TEST_F(Deadlines, OneDamagedThingHoldsUpNoOther) {
  submit(std::vector<Entry>{order("a"), order("b")});
  auto things = take();
  ASSERT_EQ(things.size(), 2u);
  ASSERT_TRUE(raw()->call({"RPUSH", "{lq}:clocks:work_order a", "x"}).ok());
  const std::vector<Reckoned> made{reckoned(things[0]), reckoned(things[1])};
  const auto kept = book().keep(right(), clock_.wall(), made, {});
  ASSERT_TRUE(kept.ok() && kept->has_value());
  ASSERT_EQ((**kept).size(), 1u);
  EXPECT_EQ((**kept)[0].name, "work_order a");
  EXPECT_THAT((**kept)[0].why, HasSubstr("WRONGTYPE"));
  EXPECT_THAT(names(), ElementsAre("work_order a"));
}

// What a script that was cut off left is marked by its repetition.
TEST_F(Deadlines, WhateverAcceptLeavesHalfDoneIsMarkedInTheEnd) {
  for (int n = 1; n < 300; ++n) {
    const std::string key = "k" + std::to_string(n);
    std::vector<Entry> entries{record(key, key, "1"), step(key, "dispatched")};
    ASSERT_TRUE(raw()->call({"DEL", "{lq}:unclocked"}).ok());
    bool isWhole = false;
    {
      const auto redis = raw();
      const auto* reply = runAccept(*redis, failingAt(Script::accept, n), entries, nullptr, false,
                                    {}, {"work_order"});
      isWhole = reply != nullptr && !reply->isError();
    }
    submit(std::vector<Entry>(entries));
    const auto things = take();
    ASSERT_EQ(things.size(), 1u) << n;
    EXPECT_THAT(things[0], AllOf(Field(&Thing::name, "work_order " + key),
                                 Field(&Thing::recordMark, Not(IsEmpty())),
                                 Field(&Thing::stepMark, Not(IsEmpty()))))
        << n;
    if (isWhole) return;
  }
  FAIL() << "the script has more commands";
}

// What the gateway itself has made of another record was sent by nobody.
TEST_F(Deadlines, AReminderCountsAsSentByNobody) {
  Entry reminder = record("k", "limit/k/1/due");
  reminder.record->type = "reminder";
  reminder.record->cause = ids_.next();
  reminder.record->event = R"({"specversion":"1.0","cause":"x","data":{}})";
  EXPECT_EQ(submit(reminder).status, ItemVerdict::Status::accepted);
  EXPECT_EQ(counts("hotline").accepted, 0u);
  const auto signs = queue_->signs()->last();
  ASSERT_TRUE(signs.ok());
  EXPECT_FALSE(signs->contains("hotline"));
  EXPECT_EQ(lease().size(), 1u) << "and goes its way as any";
  const std::string first = std::exchange(reminder.record->id, ids_.next());
  const ItemVerdict again = submit(reminder);
  EXPECT_EQ(again.status, ItemVerdict::Status::duplicate);
  EXPECT_EQ(again.id, first);
  EXPECT_EQ(counts("hotline").duplicates, 0u);
}

}  // namespace
}  // namespace lianqiao::queue
