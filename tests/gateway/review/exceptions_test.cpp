#include "support/queue_fixture.h"

namespace lianqiao::review {
namespace {

using Kind = queue::Settlement::Kind;
using ::testing::ElementsAre;
using namespace std::chrono_literals;

class Exceptions : public queue::QueueTest {
 protected:
  /// Until the sweeper of the present queue has seen time pass: what passes before counts as time
  /// that the gateway was down.
  void awaitSweeps() {
    const auto even = [redis = raw()] {
      const auto reply = redis->call({"GET", "{lq}:clock"});
      return reply.ok() ? std::string((*reply)->text) : std::string();
    };
    const std::string before = even();
    for (int i = 0; i < 60 && even() == before; ++i) {
      clock_.pass(1min);
      for (int j = 0; j < 20 && even() == before; ++j) queue::waitATick();
    }
  }
};

TEST_F(Exceptions, AQuarantinedItemIsKeptWhole) {
  clock_.pass(3s);
  const std::string id = submit(quarantined()).id;
  const auto found = queue_->records().exception(id);
  ASSERT_TRUE(found.ok() && found->has_value());
  const ExceptionInfo& item = **found;
  EXPECT_TRUE(item.inbound);
  EXPECT_EQ(item.peer, "hotline");
  EXPECT_EQ(item.code, "validate.schema");
  EXPECT_EQ(item.sourceId, "S-1");
  EXPECT_EQ(item.origin, "ledger.xlsx, row 12");
  EXPECT_EQ(item.body, R"({"bad":true})");
  EXPECT_EQ(item.evidence, "bad;raw");
  EXPECT_EQ(item.at, clock_.wall());
  EXPECT_EQ(item.detail,
            R"([{"code":"validate.schema","path":"/data/title","message":"is missing"}])");
  EXPECT_EQ(counts("hotline").quarantined, 1u);
}

TEST_F(Exceptions, ABuriedDeliveryIsAnExceptionAndLetsTheNextPass) {
  const std::string bad = submit(record("k", "1")).id;
  const std::string next = submit(record("k", "2")).id;
  settle(lease().at(0), Kind::buried);
  EXPECT_THAT(idsOf(lease()), ElementsAre(next));
  const auto found = queue_->records().exceptions({});
  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->size(), 1u);
  EXPECT_FALSE(found->at(0).inbound);
  EXPECT_EQ(found->at(0).recordId, bad);
  EXPECT_EQ(found->at(0).peer, "province");
  EXPECT_EQ(found->at(0).code, "deliver.timeout");
  EXPECT_EQ(found->at(0).detail, "no answer");
  EXPECT_EQ(queue_->records().exception(found->at(0).id)->value().body, R"({"raw":"one"})");
  EXPECT_EQ(trail(bad).deliveries.at(0).state, "buried");
}

TEST_F(Exceptions, ARequeuedDeliveryGoesBehindTheOthersOfItsKey) {
  const std::string bad = submit(record("k", "1")).id;
  settle(lease().at(0), Kind::buried);
  const std::string next = submit(record("k", "2")).id;
  clock_.pass(80h);
  const std::string exception = queue_->records().exceptions({})->at(0).id;
  EXPECT_TRUE(*queue_->records().requeue(exception, ""));
  const queue::Lease first = lease().at(0);
  EXPECT_EQ(first.recordId, next);
  settle(first);
  const queue::Lease again = lease().at(0);
  EXPECT_EQ(again.recordId, bad);
  EXPECT_EQ(again.attempt, 1);
  EXPECT_EQ(again.accepted, clock_.wall()) << "its age begins anew";
  settle(again);
  EXPECT_TRUE(queue_->records().exceptions({})->empty());
  EXPECT_TRUE(queue_->records().exceptionCounts()->empty());
  EXPECT_EQ(counts().buried, 0u);
  EXPECT_EQ(counts().delivered, 2u);
  EXPECT_FALSE(*queue_->records().requeue(exception, "")) << "only once";
}

TEST_F(Exceptions, ARequeuedDeliveryWithAFreeKeyIsDueAtOnce) {
  const std::string bad = submit(record("k", "1", "", "one", {"province", "grid"})).id;
  settle(lease().at(0), Kind::buried);
  settle(lease(1, "grid").at(0));
  EXPECT_TRUE(*queue_->records().requeue(queue_->records().exceptions({})->at(0).id, ""));
  settle(lease().at(0), Kind::delivered, "R");
  const Trail story = trail(bad);
  EXPECT_EQ(story.deliveries.at(0).state, "delivered");
  EXPECT_EQ(story.deliveries.at(0).attempts.size(), 1u) << "the story is kept";
}

TEST_F(Exceptions, AQuarantinedItemCannotBeRequeuedButDropped) {
  const std::string id = submit(quarantined()).id;
  EXPECT_FALSE(*queue_->records().requeue(id, ""));
  EXPECT_TRUE(*queue_->records().dropException(id));
  EXPECT_FALSE(*queue_->records().dropException(id));
  EXPECT_FALSE(queue_->records().exception(id)->has_value());
  EXPECT_TRUE(queue_->records().exceptionCounts()->empty());
}

TEST_F(Exceptions, AreCountedByPeerAndCause) {
  std::vector<queue::Entry> entries;
  entries.push_back(quarantined("validate.schema"));
  entries.push_back(quarantined("validate.schema"));
  entries.back().body = "another";
  entries.push_back(quarantined("normalize.bad_time"));
  submit(std::move(entries));
  const auto counted = queue_->records().exceptionCounts();
  ASSERT_TRUE(counted.ok());
  EXPECT_EQ(counted->at("hotline validate.schema"), 2u);
  EXPECT_EQ(counted->at("hotline normalize.bad_time"), 1u);
}

TEST_F(Exceptions, AreFilteredAndPaged) {
  std::vector<std::string> ids;
  for (int i = 0; i < 6; ++i) {
    queue::Entry entry = quarantined(i % 2 == 0 ? "validate.schema" : "normalize.missing");
    entry.body = std::to_string(i);
    ids.push_back(submit(std::move(entry)).id);
    clock_.pass(1h);
  }
  ExceptionFilter filter;
  filter.code = "validate.schema";
  filter.limit = 2;
  auto page = queue_->records().exceptions(filter);
  ASSERT_EQ(page->size(), 2u);
  EXPECT_EQ(page->at(0).id, ids[0]);
  EXPECT_EQ(page->at(1).id, ids[2]);
  filter.after = page->at(1).id;
  page = queue_->records().exceptions(filter);
  ASSERT_EQ(page->size(), 1u);
  EXPECT_EQ(page->at(0).id, ids[4]);
  ExceptionFilter times;
  times.from = clock_.wall() - 3h;
  times.to = clock_.wall() - 1h;
  EXPECT_EQ(queue_->records().exceptions(times)->size(), 2u);
  ExceptionFilter nobody;
  nobody.peer = "town";
  EXPECT_TRUE(queue_->records().exceptions(nobody)->empty());
}

TEST_F(Exceptions, AreDroppedAfterTheirRetention) {
  retention_.exceptions = 24h;
  reopen();
  awaitSweeps();
  submit(quarantined());
  clock_.pass(23h);
  queue::Entry later = quarantined();
  later.body = "later";
  const std::string young = submit(std::move(later)).id;
  clock_.pass(2h);
  for (int i = 0; i < 1000 && queue_->records().exceptions({})->size() > 1; ++i) queue::waitATick();
  ASSERT_EQ(queue_->records().exceptions({})->size(), 1u);
  EXPECT_EQ(queue_->records().exceptions({})->at(0).id, young);
  EXPECT_EQ(queue_->records().exceptionCounts()->at("hotline validate.schema"), 1u);
}

// The date of a machine was set a year ahead: nothing that a person must look at may go by that.
TEST_F(Exceptions, AJumpOfTheWallClockByAYearDropsNone) {
  const std::string inbound = submit(quarantined()).id;
  const std::string buried = submit(record("k", "1")).id;
  settle(lease().at(0), Kind::buried);
  EXPECT_EQ((*raw()->call({"PTTL", "{lq}:rec:" + buried}))->integer, -1)
      << "Redis' clock has no say";
  for (const bool restarted : {false, true}) {
    clock_.jumpWall(365 * 24h);
    if (restarted) reopen();
    for (int i = 0; i < 30; ++i) queue::waitATick();
    EXPECT_EQ(queue_->records().exceptions({})->size(), 2u)
        << (restarted ? "over a restart" : "while running");
  }
  awaitSweeps();
  clock_.pass(80 * 24h / 2);
  for (int i = 0; i < 30; ++i) queue::waitATick();
  EXPECT_TRUE(queue_->records().exception(inbound)->has_value());
  clock_.pass(60 * 24h);
  for (int i = 0; i < 1000 && !queue_->records().exceptions({})->empty(); ++i) queue::waitATick();
  EXPECT_TRUE(queue_->records().exceptions({})->empty()) << "they do go in the end";
  EXPECT_EQ((*raw()->call({"EXISTS", "{lq}:rec:" + buried}))->integer, 0);
}

TEST_F(Exceptions, ARecordStaysWhileAnyExceptionIsAboutIt) {
  const std::string id = submit(record("k", "1", "", "one", {"province", "grid"})).id;
  settle(lease().at(0), Kind::buried);
  settle(lease(1, "grid").at(0), Kind::buried);
  const auto found = queue_->records().exceptions({});
  ASSERT_EQ(found->size(), 2u);
  EXPECT_TRUE(*queue_->records().dropException(found->at(0).id));
  EXPECT_EQ((*raw()->call({"PTTL", "{lq}:rec:" + id}))->integer, -1);
  EXPECT_TRUE(*queue_->records().dropException(found->at(1).id));
  EXPECT_GT((*raw()->call({"PTTL", "{lq}:rec:" + id}))->integer, 0);
}

TEST_F(Exceptions, ADeliveryThatAPersonClosesStaysBuriedAndItsTrailSaysWhy) {
  const std::string id = submit(record("k", "1")).id;
  settle(lease().at(0), Kind::buried);
  const std::string exception = queue_->records().exceptions({})->at(0).id;
  EXPECT_TRUE(
      *queue_->records().dropException(exception, "closed by ops: the street has repaired it"));
  EXPECT_FALSE(*queue_->records().dropException(exception, "again"));
  EXPECT_TRUE(queue_->records().exceptionCounts()->empty());
  EXPECT_FALSE(*queue_->records().requeue(exception, "")) << "it is closed for good";
  const auto trail = queue_->records().trail(id);
  ASSERT_EQ(trail->size(), 1u);
  const TrailDelivery& delivery = trail->at(0).deliveries.at(0);
  EXPECT_EQ(delivery.state, "buried");
  ASSERT_EQ(delivery.attempts.size(), 2u) << "what was attempted stays told";
  EXPECT_THAT(delivery.attempts.front(), ::testing::HasSubstr(" deliver.timeout no answer"));
  EXPECT_THAT(delivery.attempts.back(),
              ::testing::HasSubstr(" deliver.cancelled closed by ops: the street has repaired it"));
}

TEST_F(Exceptions, ARecordThatWasReplayedAndDeliveredGoesAsOthersDo) {
  const std::string id = submit(record("k", "1", "", "one", {"province", "grid"})).id;
  settle(lease().at(0), Kind::buried);
  settle(lease(1, "grid").at(0));
  EXPECT_EQ((*raw()->call({"PTTL", "{lq}:rec:" + id}))->integer, -1);
  EXPECT_TRUE(*queue_->records().requeue(queue_->records().exceptions({})->at(0).id, ""));
  settle(lease().at(0));
  EXPECT_GT((*raw()->call({"PTTL", "{lq}:rec:" + id}))->integer, 0);
}

// A sender that tries again what is refused made an exception each time.
TEST_F(Exceptions, TheSameBadBytesAgainAreTheSameException) {
  const std::string first = submit(quarantined()).id;
  clock_.pass(1h);
  const ItemVerdict again = submit(quarantined());
  EXPECT_EQ(again.id, first);
  EXPECT_EQ(again.status, ItemVerdict::Status::quarantined);
  EXPECT_EQ(again.problems.size(), 1u);
  const auto found = queue_->records().exceptions({});
  ASSERT_EQ(found->size(), 1u);
  EXPECT_EQ(found->at(0).seen, 2u);
  EXPECT_EQ(queue_->records().exceptionCounts()->at("hotline validate.schema"), 1u);
  EXPECT_EQ(counts("hotline").quarantined, 2u) << "each was refused";
  EXPECT_NE(submit(quarantined("normalize.missing")).id, first) << "another cause";
  queue::Entry other = quarantined();
  other.evidence = "bad;raw;other";
  EXPECT_NE(submit(std::move(other)).id, first) << "other bytes";
  EXPECT_TRUE(*queue_->records().dropException(first));
  EXPECT_NE(submit(quarantined()).id, first) << "it was dealt with; now it is new";
}

TEST_F(Exceptions, AConflictSentAgainIsTheSameException) {
  submit(record("k", "S-1", "1", "one"));
  const std::string first = submit(record("k", "S-1", "1", "two")).id;
  const ItemVerdict again = submit(record("k", "S-1", "1", "two"));
  EXPECT_EQ(again.id, first);
  ASSERT_EQ(again.problems.size(), 1u);
  EXPECT_THAT(again.problems[0].message,
              ::testing::HasSubstr("came before with other content, as record"));
  EXPECT_EQ(queue_->records().exceptions({})->size(), 1u);
}

class Trails : public queue::QueueTest {};

TEST_F(Trails, AreFoundByAnyId) {
  const std::string id = submit(record("市/1", "S-1", "1", "内容")).id;
  EXPECT_EQ(trail("市/1").recordId, id) << "the key of an open one";
  settle(lease().at(0), Kind::delivered, "GJ-77");
  EXPECT_EQ(trail(id).recordId, id);
  EXPECT_EQ(trail("S-1").recordId, id);
  EXPECT_EQ(trail("GJ-77").recordId, id);
  EXPECT_EQ(trail(id).body, R"({"raw":"内容"})");
  EXPECT_TRUE(queue_->records().trail("nothing")->empty());
}

TEST_F(Trails, EveryRecordOfAKeyIsFoundAlsoOnceItIsDelivered) {
  const std::string order = submit(record("hotline:7", "7", "1", "order")).id;
  settle(lease().at(0), Kind::delivered, "GJ-1");
  const std::string step = submit(record("hotline:7", "7/signed", "1", "step")).id;
  settle(lease().at(0), Kind::delivered, "GJ-2");
  submit(record("hotline:8", "8"));
  const auto trails = queue_->records().trail("hotline:7");
  ASSERT_TRUE(trails.ok() && trails->size() == 2);
  EXPECT_EQ(trails->at(0).recordId, order);
  EXPECT_EQ(trails->at(1).recordId, step);
}

TEST_F(Trails, ABuriedDeliveryIsFoundByItsException) {
  const std::string id = submit(record("k", "S-1")).id;
  settle(lease().at(0), Kind::buried);
  const std::string exception = queue_->records().exceptions({})->at(0).id;
  EXPECT_EQ(trail(exception).recordId, id);
  EXPECT_EQ(trail(id).deliveries.at(0).exception, exception);
}

TEST_F(Trails, AClosedOrReplayedExceptionStillLeadsToItsRecord) {
  const auto bury = [&](const std::string& key) {
    submit(record(key, key));
    settle(lease().at(0), Kind::buried);
    return queue_->records().exceptions({})->at(0);
  };
  const ExceptionInfo closed = bury("k1");
  EXPECT_TRUE(*queue_->records().dropException(closed.id, "closed by ops: nobody lives there"));
  const ExceptionInfo replayed = bury("k2");
  EXPECT_TRUE(*queue_->records().requeue(replayed.id, ""));
  settle(lease().at(0));
  for (const ExceptionInfo& one : {closed, replayed}) {
    EXPECT_EQ(trail(one.id).recordId, one.recordId);
    EXPECT_FALSE(queue_->records().exception(one.id)->has_value());
    EXPECT_GT((*raw()->call({"PTTL", "{lq}:was:" + one.id}))->integer, 0);
  }
}

TEST_F(Trails, TheRevisionsOfAThingAreKnownWithTheirDeliveries) {
  const std::string first = submit(record("k", "S-1", "1", "one")).id;
  settle(lease().at(0), Kind::delivered, "GJ-1");
  const std::string second = submit(record("k", "S-1", "2", "two")).id;
  const auto known = queue_->records().revisions("hotline", "S-1", "province");
  ASSERT_TRUE(known.ok() && known->size() == 2);
  EXPECT_EQ(known->at(0).recordId, first);
  EXPECT_EQ(known->at(0).revision, "1");
  EXPECT_EQ(known->at(0).state, "delivered");
  EXPECT_EQ(known->at(1).recordId, second);
  EXPECT_EQ(known->at(1).state, "waiting");
  EXPECT_EQ(queue_->records().revisions("hotline", "S-1", "elsewhere")->at(0).state, "");
  EXPECT_TRUE(queue_->records().revisions("hotline", "unknown", "province")->empty());
}

TEST_F(Trails, EveryRecordOfASourceIdIsFound) {
  submit(record("k", "S-1", "1", "one"));
  submit(record("k", "S-1", "2", "two"));
  EXPECT_EQ(queue_->records().trail("S-1")->size(), 2u);
}

TEST_F(Trails, TellTheLastSixteenAttempts) {
  const std::string id = submit(record("k", "1")).id;
  EXPECT_EQ(trail(id).deliveries.at(0).state, "waiting");
  for (int i = 0; i < 20; ++i) {
    settle(lease().at(0), Kind::retry, {}, 1s);
    clock_.pass(1s);
  }
  TrailDelivery delivery = trail(id).deliveries.at(0);
  EXPECT_EQ(delivery.state, "retrying");
  ASSERT_EQ(delivery.attempts.size(), 16u);
  EXPECT_EQ(delivery.attempts.back(), "2024-05-29T16:26:59.000Z deliver.timeout no answer");
  const queue::Lease last = lease().at(0);
  EXPECT_EQ(last.attempt, 21);
  EXPECT_EQ(trail(id).deliveries.at(0).state, "leased");
  clock_.pass(1s);
  settle(last, Kind::delivered, "R 1");
  delivery = trail(id).deliveries.at(0);
  EXPECT_EQ(delivery.state, "delivered");
  EXPECT_EQ(delivery.receipt, "R 1");
  EXPECT_EQ(delivery.at, clock_.wall());
}

TEST_F(Trails, ADeliveredRecordIsKeptForItsRetentionThenGoes) {
  retention_.delivered = 200ms;
  reopen();
  const std::string id = submit(record("k", "S-1", "", "one", {"province", "grid"})).id;
  settle(lease().at(0));
  const auto redis = raw();
  const queue::Keys keys("lq");
  EXPECT_EQ((*redis->call({"PTTL", keys.record(id)}))->integer, -1) << "the grid has not got it";
  settle(lease(1, "grid").at(0));
  EXPECT_GT((*redis->call({"PTTL", keys.record(id)}))->integer, 0);
  for (int i = 0; i < 1000 && !queue_->records().trail(id)->empty(); ++i) queue::waitATick();
  EXPECT_TRUE(queue_->records().trail(id)->empty());
}

TEST_F(Exceptions, WhileNoneIsOldASweepLooksAtTheFirstOnly) {
  std::vector<queue::Entry> entries;
  for (int i = 0; i < 100; ++i) {
    entries.push_back(quarantined());
    entries.back().body = std::to_string(i);
  }
  submit(std::move(entries));
  const auto redis = raw();
  const auto calls = [&](const std::string& command) {
    const auto info = redis->call({"INFO", "commandstats"});
    const std::string text(info.ok() ? (*info)->text : "");
    const std::string name = "cmdstat_" + command + ":calls=";
    const std::size_t at = text.find(name);
    return at == std::string::npos ? 0 : std::atoi(text.c_str() + at + name.size());
  };
  ASSERT_TRUE(redis->call({"CONFIG", "RESETSTAT"}).ok());
  for (int i = 0; i < 2000 && calls("smembers") < 30; ++i) queue::waitATick();
  const int sweeps = calls("smembers");  // each has one
  ASSERT_GE(sweeps, 30);
  EXPECT_LE(calls("hget"), 2 * sweeps + 30) << "one look at a time, and what beats ask";
  EXPECT_LT(calls("evalsha"), sweeps) << "beats only";
}

TEST_F(Exceptions, ARecordWhoseExceptionIsDroppedBeforeItsOtherDeliveryStillExpires) {
  const queue::Entry entry = record("k", "1", "", "one", {"province", "grid"});
  const std::string id = entry.record->id;
  submit(entry);
  settle(lease().at(0), queue::Settlement::Kind::buried);
  const auto buried = queue_->records().exceptions({});
  ASSERT_TRUE(buried.ok());
  ASSERT_TRUE(queue_->records().dropException(buried->at(0).id).ok());
  settle(lease(1, "grid").at(0));
  const auto redis = raw();  // its answers live as long as it
  const auto left = redis->call({"PTTL", "{lq}:rec:" + id});
  ASSERT_TRUE(left.ok());
  EXPECT_GT((*left)->number(), 0) << "no expiry: it would stay for ever";
}

/// The share of a peer is what is there, whatever brought it and took it away.
TEST_F(Exceptions, SharesFollowWhatIsThere) {
  const auto share = [this](const std::string& peer = "hotline") {
    auto shares = queue_->records().exceptionShares();
    EXPECT_TRUE(shares.ok());
    const auto found = shares->find(peer);
    return found == shares->end() ? queue::ExceptionShare() : found->second.inbound;
  };
  queue::Entry first = quarantined();
  const std::string id = submit(first).id;
  submit(quarantined());  // the same again is counted there
  EXPECT_EQ(share().count, 1u);
  EXPECT_GE(share().bytes, first.body.size() + first.evidence.size());
  queue::Entry second = quarantined("normalize.missing");
  second.body = std::string(10'000, 'x');
  const std::string large = submit(second).id;
  EXPECT_EQ(share().count, 2u);
  EXPECT_GT(share().bytes, 10'000u);
  ASSERT_TRUE(*queue_->records().dropException(large));
  ASSERT_FALSE(*queue_->records().dropException(large));
  EXPECT_EQ(share().count, 1u);
  EXPECT_LT(share().bytes, 10'000u);
  reopen();
  EXPECT_EQ(share().count, 1u) << "counted once";
  ASSERT_TRUE(*queue_->records().dropException(id));
  EXPECT_EQ(share().count, 0u);
  EXPECT_EQ(share().bytes, 0u);
}

/// What a version without shares has left is counted at the first start, once.
TEST_F(Exceptions, SharesOfAnOlderLayoutAreCountedAtTheStart) {
  submit(quarantined());
  submit(quarantined("normalize.missing"));
  submit(record("k", "1"));
  settle(lease().at(0), Kind::buried);
  const auto redis = raw();
  const auto before = queue_->records().exceptionShares();
  ASSERT_TRUE(before.ok());
  const auto all = queue_->records().exceptions({});
  ASSERT_TRUE(all.ok());
  for (const ExceptionInfo& one : *all)
    ASSERT_TRUE(redis->call({"HDEL", "{lq}:exc:" + one.id, "size"}).ok());
  ASSERT_TRUE(redis->call({"DEL", "{lq}:share"}).ok());
  for (int i = 0; i < 2; ++i) {
    reopen();
    const auto after = queue_->records().exceptionShares();
    ASSERT_TRUE(after.ok());
    EXPECT_EQ(after->at("hotline").inbound.count, 2u);
    EXPECT_EQ(after->at("hotline").inbound.bytes, before->at("hotline").inbound.bytes);
    EXPECT_EQ(after->at("province").deliveries.count, 1u);
    EXPECT_EQ(after->at("province").deliveries.bytes, before->at("province").deliveries.bytes);
  }
}

TEST_F(Exceptions, WhereTheyCannotBeCountedTheStartIsRefusedAndSaysWhy) {
  submit(quarantined());
  ASSERT_TRUE(raw()->call({"DEL", "{lq}:share", "{lq}:excs"}).ok());
  ASSERT_TRUE(raw()->call({"SET", "{lq}:excs", "foreign"}).ok());
  queue_.reset();
  const auto opened = storage::RedisWorkQueue::open(settings_, retention_, options(), clock_, ids_);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, "queue.unavailable");
  EXPECT_THAT(opened.error().detail, ::testing::HasSubstr("WRONGTYPE"));
}

/// Nobody counted what a platform refused: its exceptions, and the records that they keep, grew
/// without end. Rule: they count for the peer that they are owed to, from the burial to the end.
TEST_F(Exceptions, SharesOfDeliveriesFollowWhatIsThere) {
  const auto share = [this] {
    auto shares = queue_->records().exceptionShares();
    EXPECT_TRUE(shares.ok());
    return (*shares)["province"].deliveries;
  };
  queue::Entry large = record("k1", "1");
  large.body = "{\"a\":\"" + std::string(10'000, 'x') + "\"}";
  submit(large);
  settle(lease().at(0), Kind::buried);
  EXPECT_EQ(share().count, 1u);
  EXPECT_GT(share().bytes, 10'000u) << "what it keeps counts";
  submit(record("k2", "2"));
  settle(lease().at(0), Kind::buried);
  EXPECT_EQ(share().count, 2u);
  const auto all = queue_->records().exceptions({}).value();
  ASSERT_EQ(all.size(), 2u);
  ASSERT_TRUE(*queue_->records().requeue(all[0].id, ""));
  EXPECT_EQ(share().count, 1u);
  EXPECT_LT(share().bytes, 10'000u);
  ASSERT_FALSE(*queue_->records().requeue(all[0].id, ""));
  reopen();
  EXPECT_EQ(share().count, 1u);
  ASSERT_TRUE(*queue_->records().dropException(all[1].id));
  EXPECT_EQ(share().count, 0u);
  EXPECT_EQ(share().bytes, 0u);
}

using ReviewWithoutRedis = queue::OutsideRedisTest;

TEST_F(ReviewWithoutRedis, EveryQuestionIsAnsweredByWhy) {
  open();
  submit(record("k", "1"));
  RecordStore& records = queue_->records();
  ASSERT_TRUE(records.counts().ok());
  server_.reset();
  const std::string why = "queue.unavailable";
  const auto codeOf = [](const auto& answer) {
    return answer.ok() ? std::string("ok") : answer.error().code;
  };
  for (int i = 0; i < 2; ++i) {  // over a connection that was there, and over none
    EXPECT_EQ(codeOf(records.depth("province")), why);
    EXPECT_EQ(codeOf(records.counts()), why);
    EXPECT_EQ(codeOf(records.exceptions({})), why);
    EXPECT_EQ(codeOf(records.exceptionCounts()), why);
    EXPECT_EQ(codeOf(records.exceptionShares()), why);
    EXPECT_EQ(codeOf(records.exception("e")), why);
    EXPECT_EQ(codeOf(records.requeue("e", "")), why);
    EXPECT_EQ(codeOf(records.dropException("e", "")), why);
    EXPECT_EQ(codeOf(records.revisions("hotline", "1", "province")), why);
    EXPECT_EQ(codeOf(records.steps("k", "id", "province")), why);
    EXPECT_EQ(codeOf(records.held()), why);
    EXPECT_EQ(codeOf(records.release("hotline", "views")), why);
    EXPECT_EQ(codeOf(records.trail("k")), why);
  }
}

}  // namespace
}  // namespace lianqiao::review
