// Whose the history is, where several nodes share a queue, and how it opens later.
#include "runtime/kept_history.h"

#include <fstream>

#include "support/queue_fixture.h"

namespace lianqiao::runtime {
namespace {

using namespace std::chrono_literals;
using test::eventually;
using ::testing::HasSubstr;

class KeptHistoryTest : public queue::OutsideRedisTest {
 protected:
  struct Node {
    std::unique_ptr<storage::WorkQueue> queue;
    std::unique_ptr<KeptHistory> history;
  };

  Node node(const std::string& name) {
    storage::QueueOptions made = options();
    made.node = name;
    Node node;
    auto opened = storage::RedisWorkQueue::open(settings_, retention_, made, clock_, ids_);
    EXPECT_TRUE(opened.ok()) << (opened.ok() ? "" : opened.error().detail);
    if (!opened.ok()) return node;
    node.queue = std::move(*opened);
    config::GatewayConfig config;
    config.node = name;
    config.schemas = LIANQIAO_SOURCE_DIR "/schemas";
    node.history = std::make_unique<KeptHistory>(config, folder(name), *node.queue, nullptr, clock_,
                                                 lines_, 0ms);
    return node;
  }
  [[nodiscard]] std::filesystem::path folder(const std::string& name) const {
    const auto folder = folder_.path() / name;
    std::filesystem::create_directories(folder);
    return folder;
  }
  static bool writes(const Node& node) { return node.history->state().writing; }

  observe::Log lines_;
};

TEST_F(KeptHistoryTest, OfTwoNodesOneWritesAndTheOtherSaysWhich) {
  Node first = node("one");
  ASSERT_TRUE(eventually([&] { return writes(first); }));
  EXPECT_EQ(first.history->state().writer, "one");
  Node second = node("two");
  ASSERT_TRUE(eventually([&] { return second.history->state().split; }));
  EXPECT_EQ(second.history->state().writer, "one");
  EXPECT_FALSE(writes(second));
  // Also while that node is away: what it has read is in its own store alone.
  first = Node();
  second = Node();
  second = node("two");
  ASSERT_TRUE(eventually([&] { return second.history->state().split; }));
  EXPECT_FALSE(writes(second));
  first = node("one");
  EXPECT_TRUE(eventually([&] { return writes(first); }));
}

TEST_F(KeptHistoryTest, ARebuildTakesOverFromANodeThatIsGone) {
  Node first = node("one");
  ASSERT_TRUE(eventually([&] { return writes(first); }));
  queue_ = std::move(first.queue);
  // What was read last stays in the journal: the second is read, the first is made up for.
  const std::string id = submit(record("k", "S-1")).id;
  const std::string last = submit(record("k", "S-2")).id;
  const auto isKept = [](const Node& by, const std::string& record) {
    const auto shown = by.history->store()->show(record);
    return shown.ok() && shown->has_value();
  };
  ASSERT_TRUE(eventually([&] { return isKept(first, last); }));
  first.history.reset();
  queue_.reset();
  Node second = node("two");
  ASSERT_TRUE(eventually([&] { return second.history->state().split; }));
  second.history->rebuild();
  // Until it is known that the other one is dead.
  const auto beat = [&] {
    const auto redis = raw();
    const auto told = redis->call({"HGET", "{lq}:beats", "two"});
    return told.ok() ? std::string((*told)->text) : std::string();
  };
  ASSERT_TRUE(eventually([&] {
    const std::string before = beat();
    clock_.pass(1s);
    return eventually([&] { return beat() != before; }) && writes(second) &&
           !second.history->state().refilling;
  }));
  EXPECT_EQ(second.history->state().writer, "two");
  EXPECT_EQ(second.history->state().gaps, 1U);
  EXPECT_EQ(second.history->state().refilled, 1U);
  EXPECT_TRUE(isKept(second, id));
  EXPECT_TRUE(isKept(second, last));
}

TEST_F(KeptHistoryTest, AStoreThatIsMadeAnewOnItsNodeGoesOn) {
  Node one = node("one");
  ASSERT_TRUE(eventually([&] { return writes(one); }));
  one = Node();
  std::filesystem::remove_all(folder("one") / "history");
  one = node("one");
  EXPECT_TRUE(eventually([&] { return writes(one); }));
}

TEST_F(KeptHistoryTest, WhatCannotBeOpenedIsTriedAgain) {
  const auto place = folder("one") / "history";
  std::ofstream(place) << "a file in the folder's place";
  const Node one = node("one");
  EXPECT_EQ(one.history->store(), nullptr);
  const auto failing = one.history->state().failing;
  ASSERT_TRUE(failing.has_value());
  EXPECT_THAT(failing->detail, HasSubstr("cannot be made"));
  std::filesystem::remove(place);
  EXPECT_TRUE(eventually([&] { return writes(one); }));
  EXPECT_NE(one.history->store(), nullptr);
  EXPECT_FALSE(one.history->state().failing.has_value());
}

TEST_F(KeptHistoryTest, TheKeyOfAnotherStoreIsRecognised) {
  Node one = node("one");
  ASSERT_TRUE(eventually([&] { return writes(one); }));
  one = Node();
  const Node other = node("other");
  ASSERT_NE(other.history->store(), nullptr);
  std::filesystem::copy_file(folder("other") / "history" / "key", folder("one") / "history" / "key",
                             std::filesystem::copy_options::overwrite_existing);
  one = node("one");
  ASSERT_TRUE(one.history->state().failing.has_value());
  EXPECT_THAT(one.history->state().failing->detail, HasSubstr("is that of another store"));
}

}  // namespace
}  // namespace lianqiao::runtime
