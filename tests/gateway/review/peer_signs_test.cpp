// When a peer was last heard of, and when it was away, outlives the process.
#include "review/peer_signs.h"

#include <algorithm>
#include <limits>

#include "support/queue_fixture.h"

namespace lianqiao::review {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;
using Kind = queue::Settlement::Kind;

class PeerSignsTest : public queue::QueueTest {
 protected:
  LastSigns last(const std::string& peer) {
    auto all = queue_->signs()->last();
    EXPECT_TRUE(all.ok()) << (all.ok() ? "" : all.error().detail);
    return all.ok() ? (*all)[peer] : LastSigns();
  }
  /// Runs of HSET on `signs`, and of all commands, since the last call.
  long long calls(std::string_view name) {
    const auto redis = raw();
    const auto info = redis->call({"INFO", "commandstats"});
    const std::string mark = "cmdstat_" + std::string(name) + ":calls=";
    const std::size_t at = (*info)->text.find(mark);
    return at == std::string_view::npos
               ? 0
               : std::strtoll((*info)->text.data() + at + mark.size(), nullptr, 10);
  }
};

TEST_F(PeerSignsTest, TellsWhenAPeerLastSentAndLastConfirmedOverRestarts) {
  EXPECT_FALSE(last("hotline").in);
  submit(record("k", "S-1"));
  const WallTime sent = clock_.wall();
  EXPECT_EQ(last("hotline").in, sent);
  EXPECT_FALSE(last("hotline").out);
  clock_.pass(5s);
  settle(lease().at(0));
  EXPECT_EQ(last("province").out, sent + 5s);
  EXPECT_FALSE(last("province").in);
  reopen();
  EXPECT_EQ(last("hotline").in, sent);
  EXPECT_EQ(last("province").out, sent + 5s);
}

TEST_F(PeerSignsTest, ARepetitionAndWhatIsQuarantinedAreHeardOf) {
  submit(record("k", "S-1"));
  clock_.pass(1s);
  submit(record("k", "S-1"));
  EXPECT_EQ(last("hotline").in, clock_.wall());
  clock_.pass(1s);
  submit(quarantined());
  EXPECT_EQ(last("hotline").in, clock_.wall());
}

TEST_F(PeerSignsTest, AFailedDeliveryIsNoSign) {
  submit(record("k", "S-1"));
  settle(lease().at(0), Kind::retry);
  EXPECT_FALSE(last("province").out);
}

// What a record costs: one write for a group, however many records and peers are in it.
TEST_F(PeerSignsTest, AGroupWritesThemOnce) {
  std::vector<queue::Entry> entries;
  for (int i = 0; i < 50; ++i)
    entries.push_back(record("k" + std::to_string(i), "S-" + std::to_string(i)));
  submit(std::move(entries));
  // Repetitions: nothing else is written with HSET but their contents. A beat of the node may fall
  // between, but not into each of ten.
  long long least = std::numeric_limits<long long>::max();
  for (int group = 0; group < 10; ++group) {
    std::vector<queue::Entry> same;
    for (int i = 0; i < 50; ++i)
      same.push_back(record("k" + std::to_string(i), "S-" + std::to_string(i)));
    const long long before = calls("hset");
    submit(std::move(same));
    least = std::min(least, calls("hset") - before);
  }
  EXPECT_EQ(least, 50 + 1);
}

TEST_F(PeerSignsTest, KeepsTheHoursInWhichItWasHeardOf) {
  PeerSigns& signs = *queue_->signs();
  ASSERT_TRUE(signs.noteHour("hotline", 100, {}).ok());
  ASSERT_TRUE(signs.noteHour("hotline", 101, {}).ok());
  ASSERT_TRUE(signs.noteHour("hotline", 101, {}).ok());
  reopen();
  EXPECT_THAT(*queue_->signs()->hours("hotline"), ElementsAre(100, 101));
  const std::array<std::int64_t, 1> gone = {100};
  ASSERT_TRUE(queue_->signs()->noteHour("hotline", 102, gone).ok());
  EXPECT_THAT(*queue_->signs()->hours("hotline"), ElementsAre(101, 102));
  EXPECT_THAT(*queue_->signs()->hours("another"), IsEmpty());
}

TEST_F(PeerSignsTest, AnOutageHasItsBeginItsEndAndTheNodeThatSawIt) {
  const WallTime begin = clock_.wall();
  ASSERT_TRUE(
      queue_->signs()->noteOutage("grid", {begin, {}, false, "node a", "deliver.connect"}).ok());
  reopen();
  auto found = queue_->signs()->outages("grid");
  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->size(), 1u);
  EXPECT_FALSE(found->front().end);
  ASSERT_TRUE(queue_->signs()
                  ->noteOutage("grid", {begin, begin + 7min, false, "node a", "deliver.connect"})
                  .ok());
  found = queue_->signs()->outages("grid");
  ASSERT_EQ(found->size(), 1u);
  EXPECT_EQ(found->front().end, begin + 7min);
  EXPECT_EQ(found->front().begin, begin);
  EXPECT_EQ(found->front().node, "node a");
  EXPECT_EQ(found->front().code, "deliver.connect");
  EXPECT_FALSE(found->front().inbound);
}

TEST_F(PeerSignsTest, TheLast32OutagesAreKept) {
  PeerSigns& signs = *queue_->signs();
  const WallTime begin = clock_.wall();
  for (int i = 0; i < 40; ++i)
    ASSERT_TRUE(signs.noteOutage("grid", {begin + i * 1min, {}, true, "a", "c"}).ok());
  // The end of one that is known makes no other one go.
  ASSERT_TRUE(signs.noteOutage("grid", {begin + 39min, begin + 40min, true, "a", "c"}).ok());
  const auto found = signs.outages("grid");
  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->size(), PeerSigns::kMostOutages);
  EXPECT_EQ(found->front().begin, begin + 39min);
  EXPECT_EQ(found->front().end, begin + 40min);
  EXPECT_EQ(found->back().begin, begin + 8min);
}

}  // namespace
}  // namespace lianqiao::review
