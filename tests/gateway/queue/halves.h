#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "half_script.h"
#include "queue/lapses.h"
#include "queue/mend.h"
#include "support/queue_fixture.h"
#include "support/shipped_lives.h"

namespace lianqiao::queue {

/// A queue whose scripts end at their n-th command.
class Halves : public QueueTest {
 protected:
  Halves() { lives_ = test::shippedLives(); }
  using Seen = std::map<std::string, std::vector<std::string>>;  ///< "peer key": contents in order.
  /// Of a group(): five records, one of them to two peers, and two that are derived.
  static constexpr std::size_t kOwed = 8;

  /// What every kind of write has a part in: a line of three, a high one, two destinations, a step,
  /// a key that its receiver may name, an exception, a record that is derived and one from that.
  std::vector<Entry> group(const std::string& name) {
    std::vector<Entry> entries;
    for (const char* one : {"1", "2", "3"})
      entries.push_back(record(name, name + "-" + one, "", name + "-" + one));
    entries.front().record->reference = name + "-own";
    entries.push_back(high(record(name, name + "-4", "", name + "-4", {"province", "city"})));
    for (const int level : {1, 2}) {
      const std::string derived = name + "-d" + std::to_string(level);
      entries.front().derived.push_back(record(derived, derived, "", derived));
      entries.front().derived.back().level = level;
    }
    Entry step = record("order-" + name, name + "-5", "", name + "-5");
    step.record->type = "work_order_step";
    step.record->lifeOf = "work_order";
    step.record->step = "signed";
    step.record->keyHolders = {"province"};
    entries.push_back(std::move(step));
    entries.push_back(quarantined("validate.schema"));
    entries.back().body = "{\"bad\":\"" + name + "\"}";
    return entries;
  }

  /// Runs accept as it is but for the n-th command. False: it has no n-th and went through.
  bool endsAt(int n, const std::vector<Entry>& entries, bool answered = false) {
    const std::string text = failingAt(Script::accept, n);
    EXPECT_FALSE(text.empty());
    const CursorUpdate cursor{"hotline", "c" + std::to_string(n), ""};
    const auto redis = raw();
    const redis::RedisReply* reply = runAccept(*redis, text, entries, &cursor, answered);
    EXPECT_NE(reply, nullptr);
    return reply != nullptr && reply->isError();
  }

  /// As the sweep does, whatever its hour.
  long long mend(const std::string& peer) {
    const auto redis = raw();
    const auto done = mendLines(*redis, Keys("lq"), peer, {0, 1000, clock_.wall(), true});
    EXPECT_TRUE(done.ok()) << (done.ok() ? "" : done.error().detail);
    return done.ok() ? done->found : -1;
  }
  void mendAll() {
    for (int i = 0; i < 2; ++i)
      for (const char* peer : {"province", "city"}) mend(peer);
  }

  /// As time does with leases that nobody settles.
  void lapseAll() {
    const auto redis = raw();
    std::vector<std::pair<std::string, std::string>> held;
    {
      const auto all = redis->call({"HGETALL", "{lq}:leases:province"});
      for (std::size_t i = 0; i + 1 < (*all)->items.size(); i += 2)
        held.emplace_back((*all)->items[i].text, (*all)->items[i + 1].text);
    }
    std::vector<Lapse> gone;
    for (const auto& [id, token] : held) gone.push_back({"province", id, token, {}});
    ASSERT_TRUE(sendLapses(*redis, Keys("lq"), gone, clock_.wall(), 1h, "100 v1", ids_).ok());
  }

  /// Delivers all there is, and remembers under which ids each content went to each peer.
  void deliver(Seen& seen) {
    for (const char* peer : {"province", "city"})
      while (true) {
        const std::vector<Lease> leases = lease(100, peer);
        if (leases.empty()) break;
        for (const Lease& one : leases) {
          const std::string content = one.event.substr(one.event.rfind(":\"") + 2);
          seen[std::string(peer) + " " + one.key].push_back(content.substr(0, content.find('"')));
          ids_seen_[content].insert(one.recordId);
          settle(one);
        }
      }
  }
  void expectOnceAndInOrder(const Seen& seen, int n) {
    for (const auto& [line, contents] : seen) {
      EXPECT_TRUE(std::is_sorted(contents.begin(), contents.end())) << line << " at " << n;
      const std::set<std::string> once(contents.begin(), contents.end());
      EXPECT_EQ(once.size(), contents.size()) << line << " at " << n;
    }
    for (const auto& [content, ids] : ids_seen_) EXPECT_EQ(ids.size(), 1u) << content;
  }
  void expectNothingLeft(int n) {
    const auto redis = raw();
    for (const char* key :
         {"{lq}:open:province", "{lq}:open:city", "{lq}:busy:province", "{lq}:busy:city"}) {
      const auto there = redis->call({"EXISTS", key});
      EXPECT_EQ((*there)->integer, 0) << key << " at " << n;
    }
    // What stays in a line whose key is free would be the head of the next line, and never leased.
    const auto lines = redis->call({"KEYS", "{lq}:wait:*"});
    EXPECT_TRUE((*lines)->items.empty()) << (*lines)->items.front().text << " at " << n;
  }
  std::size_t quarantinedCount() {
    review::ExceptionFilter filter;
    filter.limit = 1000;
    const auto found = queue_->records().exceptions(filter);
    EXPECT_TRUE(found.ok());
    return found.ok() ? found->size() : 0;
  }
  /// By cause and by peer no more exceptions are counted than there are: one that is counted twice
  /// would stay so for good. One whose count was cut off is missed until nothing is left.
  void expectNoneCountedTwice(int n) {
    const auto redis = raw();
    std::map<std::string, long long> there;  // by field of excn, and of share
    const auto index = redis->call({"ZRANGE", "{lq}:excs", "0", "-1"});
    for (const redis::RedisReply& entry : (*index)->items) {
      const std::string text(entry.text), cause = text.substr(text.find(' ') + 1);
      ++there["excn " + cause];
      const bool inbound =
          (*redis->call({"HGET", "{lq}:exc:" + text.substr(0, text.find(' ')), "in"}))->text == "1";
      ++there["share " + cause.substr(0, cause.find(' ')) + (inbound ? " n" : " dn")];
    }
    for (const std::string hash : {"excn", "share"}) {
      const auto counts = redis->call({"HGETALL", "{lq}:" + hash});
      for (std::size_t i = 0; i + 1 < (*counts)->items.size(); i += 2) {
        const std::string field = hash + " " + std::string((*counts)->items[i].text);
        if (hash == "share" && !field.ends_with('n')) continue;  // bytes
        EXPECT_LE((*counts)->items[i + 1].number(), there[field]) << field << " at " << n;
      }
    }
  }
  static std::size_t countOf(const Seen& seen) {
    std::size_t count = 0;
    for (const auto& [line, contents] : seen) count += contents.size();
    return count;
  }

  std::map<std::string, std::set<std::string>> ids_seen_;
};

}  // namespace lianqiao::queue
