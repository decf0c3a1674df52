// The same for what comes after acceptance: whatever command of settle, lease or mend Redis
// refuses, nothing is lost, what was confirmed is seen twice at most, each key keeps its order, and
// what a person must look at is there once.
#include "halves.h"

namespace lianqiao::queue {
namespace {

using Kind = Settlement::Kind;

class HalfSettled : public Halves {
 protected:
  static constexpr const char* kKinds[] = {"d", "m", "r", "b", "u", "l", "x"};

  /// For each kind of settlement a key with two records; that of "m" goes to two peers, that of "x"
  /// has two strikes.
  void submitAll(const std::string& name) {
    std::vector<Entry> entries;
    for (const std::string kind : kKinds)
      for (const char* one : {"1", "2"}) {
        const std::string content = name + "-" + kind + "-" + one;
        Entry entry = record(name + "-" + kind, content, "", content);
        if (kind == "m") entry.record->destinations = {"province", "city"};
        heads_[content] = entry.record->id;
        entries.push_back(std::move(entry));
      }
    submit(std::move(entries));
    const std::string struck = heads_[name + "-x-1"];
    ASSERT_TRUE(raw()->call({"HSET", "{lq}:rec:" + struck, "x:province", "2 0"}).ok());
  }
  static std::string contentOf(const Lease& lease) {
    const std::string content = lease.event.substr(lease.event.rfind(":\"") + 2);
    return content.substr(0, content.find('"'));
  }
  void add(redis::RedisCommand& command, const Lease& lease) {
    const std::string content = contentOf(lease);
    const char kind = content.at(content.size() - 3);
    if (kind == 'l') return addLapse(command, {"province", lease.recordId, lease.entry, {}}, {});
    if (kind == 'x')
      return addLapse(command, {"province", lease.recordId, lease.entry, "hung"}, ids_.next());
    Settlement settlement;
    settlement.kind = kind == 'r'   ? Kind::retry
                      : kind == 'b' ? Kind::buried
                      : kind == 'u' ? Kind::returned
                                    : Kind::delivered;
    settlement.lease = lease;
    if (settlement.kind == Kind::delivered) {
      settlement.receipt = "R-" + content;
      settlement.reference = settlement.receipt;
      confirmed_.insert(content);
    } else {
      settlement.code = "deliver.rejected";
      settlement.detail = "no such office";
    }
    std::size_t answerRoom = 0;
    addSettlement(command, settlement, 0, ids_.next(), 1h, answerRoom);
  }
  /// Settles all of `leases` in one group, each as its kind is, but its n-th command ends it.
  bool settleEndsAt(int n, const std::vector<Lease>& leases) {
    redis::RedisCommand command;
    beginText(command, failingAt(Script::settle, n), Keys("lq"),
              3 + leases.size() * kSettlementWords);
    command.word("1717000000000");
    command.word("3600000");
    command.word("1000 v1");
    for (const Lease& one : leases) add(command, one);
    const auto redis = raw();
    return redis->exchange(command)->back()->isError();
  }
  /// By content, those that are there.
  std::map<std::string, review::ExceptionInfo> exceptions() {
    review::ExceptionFilter filter;
    filter.limit = 1000;
    const auto found = queue_->records().exceptions(filter);
    EXPECT_TRUE(found.ok());
    std::map<std::string, review::ExceptionInfo> all;
    for (const review::ExceptionInfo& one : *found)
      for (const auto& [content, id] : heads_)
        if (id == one.recordId) {
          EXPECT_TRUE(all.emplace(content, one).second) << content << " is there twice";
        }
    EXPECT_EQ(all.size(), found->size()) << "of what?";
    return all;
  }

  std::map<std::string, std::string> heads_;  ///< Content → id of the record.
  std::set<std::string> confirmed_;           ///< What the peer had when the script ended.
};

TEST_F(HalfSettled, WhatAnyCommandFailedToSettleIsLostNowhereAndDoubledOnce) {
  int n = 1;
  for (bool ended = true; ended && n < 300; ++n) {
    const std::string name = "n" + std::to_string(1000 + n);
    submitAll(name);
    confirmed_.clear();
    const std::vector<Lease> leases = lease(100);
    ASSERT_EQ(leases.size(), 7u) << n;
    ended = settleEndsAt(n, leases);
    lapseAll();
    mendAll();
    Seen seen;
    deliver(seen);
    const auto buried = exceptions();
    for (const std::string kind : kKinds)
      for (const char* one : {"1", "2"}) {
        const std::string content = name + "-" + kind + "-" + one;
        const auto& line = seen["province " + name + "-" + kind];
        const auto times = std::count(line.begin(), line.end(), content);
        const auto known = confirmed_.count(content) + buried.count(content);
        EXPECT_EQ(times, known == 0 ? 1 : confirmed_.count(content) ? times : 0) << content;
        EXPECT_LE(times, 1) << content << ": once more at most";
        EXPECT_EQ((*raw()->call({"HEXISTS", "{lq}:leases:province", heads_[content]}))->integer, 0);
        const bool kept = buried.contains(content);
        const auto left = (*raw()->call({"PTTL", "{lq}:rec:" + heads_[content]}))->integer;
        EXPECT_EQ(left > 0, !kept) << content << " at " << n << ": it goes when it is settled";
        const auto told = trail(heads_[content]);
        const auto& delivery = told.deliveries.at(0);
        if (kept) {
          EXPECT_EQ(delivery.exception, buried.at(content).id);
        }
        if (delivery.receipt.empty()) continue;
        const auto byReceipt = queue_->records().trail(delivery.receipt);
        ASSERT_TRUE(byReceipt.ok());
        EXPECT_EQ(byReceipt->size(), 1u) << delivery.receipt << " leads nowhere";
      }
    expectOnceAndInOrder(seen, n);
    expectNothingLeft(n);
    expectNoneCountedTwice(n);
    for (const auto& [content, one] : buried) {
      const bool strikes = content.at(content.size() - 3) == 'x';
      EXPECT_EQ(one.code, strikes ? "deliver.strikes" : "deliver.rejected");
      EXPECT_THAT(one.detail, ::testing::HasSubstr(strikes ? "hung" : "no such office"));
      EXPECT_TRUE(queue_->records().dropException(one.id).value());
    }
    if (!ended) {
      EXPECT_EQ(buried.size(), 2u);
    }
  }
  EXPECT_GT(n, 40) << "the script has fewer commands than it needs";
}

TEST_F(HalfSettled, RetriesAndSuspectsThatAnyCommandFailedToLeaseAreDeliveredOnceInOrder) {
  int n = 1;
  for (; n < 100; ++n) {
    const std::string name = "n" + std::to_string(1000 + n);
    submitAll(name);
    for (const Lease& one : lease(100)) settle(one, Kind::retry);
    for (const char* kind : {"d", "b"}) {
      const std::string rec = "{lq}:rec:" + heads_[name + "-" + kind + "-1"];
      ASSERT_TRUE(raw()->call({"HSET", rec, "x:province", "2 0"}).ok());
    }
    redis::RedisCommand command;
    beginText(command, failingAt(Script::lease, n), Keys("lq"), 4);
    for (const char* word : {"province", "100", "1717000000000", "gone.0 1.1"}) command.word(word);
    const auto redis = raw();
    const bool ended = redis->exchange(command)->back()->isError();
    lapseAll();
    clock_.pass(2s);  // one of two suspects waits for the other
    Seen seen;
    for (int i = 0; i < 3; ++i) {
      mendAll();
      deliver(seen);
      clock_.pass(2s);
    }
    EXPECT_EQ(countOf(seen), 16u) << "command " << n;
    expectOnceAndInOrder(seen, n);
    expectNothingLeft(n);
    if (!ended) break;
  }
  EXPECT_GT(n, 5) << "the script has fewer commands than it needs";
}

TEST_F(HalfSettled, AMendThatEndsAtAnyCommandIsFinishedByTheNext) {
  int n = 1;
  for (; n < 100; ++n) {
    const std::string name = "n" + std::to_string(1000 + n);
    submit(group(name));
    settle(lease(1).at(0), Kind::retry);
    const auto redis = raw();
    for (const char* key : {"{lq}:ready:province:h", "{lq}:ready:province:n", "{lq}:due:province"})
      ASSERT_TRUE(redis->call({"DEL", key}).ok());
    ASSERT_TRUE(redis->call({"HDEL", "{lq}:busy:province", "order-" + name}).ok());
    redis::RedisCommand command;
    beginText(command, failingAt(Script::mend, n), Keys("lq"), 5);
    for (const char* word : {"province", "0", "1000", "1717000000000", ""}) command.word(word);
    const redis::RedisReply* const answer = redis->exchange(command)->back();
    // What it fails with of one record hides that one and ends nothing.
    const bool ended =
        answer->isError() || (answer->items.size() == 4 && answer->items[2].number() > 0);
    mendAll();
    Seen seen;
    deliver(seen);
    EXPECT_EQ(countOf(seen), kOwed) << "command " << n;
    expectOnceAndInOrder(seen, n);
    expectNothingLeft(n);
    if (!ended) break;
  }
  EXPECT_GT(n, 15) << "the script has fewer commands than it needs";
}

}  // namespace
}  // namespace lianqiao::queue
