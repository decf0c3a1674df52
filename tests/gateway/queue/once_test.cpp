// What is alike and comes soon after joins the order that the first has made (derivations, `once`).
#include <gmock/gmock.h>

#include <algorithm>
#include <csignal>
#include <thread>

#include "halves.h"
#include "lianqiao/json.h"

namespace lianqiao::queue {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;
using Kind = Settlement::Kind;

/// An alert, from which an order is derived, or a step of the order of another.
Entry alertOf(base::IdSource& ids, const std::string& name, const std::string& camera,
              std::chrono::milliseconds within = 60s) {
  const auto entryOf = [&ids, &name](const std::string& key, const std::string& source,
                                     const std::string& event) {
    Entry entry;
    record::Record& made = entry.record.emplace();
    made.id = ids.next();
    made.peer = "video";
    made.type = "work_order";
    made.key = key;
    made.sourceId = source;
    made.fingerprint = "2:" + name + event;
    made.event = R"({"specversion":"1.0","id":")" + made.id + R"(","subject":)";
    json::writeText(key, made.event);
    made.event += event + '}';
    made.destinations = {"province"};
    entry.body = "{}";
    return entry;
  };
  Entry alert = entryOf("video:" + name, name, R"(,"data":{"alert":")" + name + "\"}");
  const std::string key = "video:\"whistle\"/" + name;
  Entry order = entryOf(key, "rule/" + name, R"(,"data":{"order":1})");
  order.level = 1;
  std::string quoted;
  json::writeText(key, quoted);
  Entry step = entryOf(key, "rule/" + name,
                       R"(,"data":{"orderKey":)" + quoted + R"(,"of":")" + name + "\"}");
  step.level = 1;
  step.record->type = "work_order_step";
  step.record->step = "supplemented";
  step.record->lifeOf = "work_order";
  order.joins.push_back(std::move(step));
  order.alike = "rule:" + camera;
  order.within = within;
  alert.derived.push_back(std::move(order));
  return alert;
}

class Once : public Halves {
 protected:
  Entry alert(const std::string& name, const std::string& camera = "c1") {
    return alertOf(ids_, name, camera);
  }
  /// What has gone out, without alerts: "order of <key>", "<alert> joins <key>".
  std::vector<std::string> delivered() {
    std::vector<std::string> seen;
    for (std::vector<Lease> leases = lease(); !leases.empty(); leases = lease()) {
      for (const Lease& one : leases) {
        settle(one);
        const std::string what = whatIs(one);
        if (!what.empty()) seen.push_back(what);
      }
    }
    return seen;
  }
  static std::string whatIs(const Lease& one) {
    json::Document event;
    EXPECT_TRUE(json::parse(one.event, event)) << one.event;
    const json::Value* const data = event.root.find("data");
    const std::string subject(event.root.find("subject")->text());
    EXPECT_EQ(subject, one.key);
    if (data->find("order") != nullptr) return "order of " + subject;
    if (const json::Value* const key = data->find("orderKey")) {
      EXPECT_EQ(key->text(), subject);
      return std::string(data->find("of")->text()) + " joins " + subject;
    }
    return {};
  }
  static std::string orderOf(const std::string& name) {
    return "order of video:\"whistle\"/" + name;
  }
  static std::string joins(const std::string& name, const std::string& first) {
    return name + " joins video:\"whistle\"/" + first;
  }
};

TEST_F(Once, WhatIsAlikeJoinsTheFirstOrder) {
  submit(alert("1"));
  submit(alert("2"));
  submit(alert("3", "c2"));
  EXPECT_THAT(delivered(), UnorderedElementsAre(orderOf("1"), joins("2", "1"), orderOf("3")));
}

TEST_F(Once, JoinsWithinOneGroupToo) {
  submit(std::vector<Entry>{alert("1"), alert("2"), alert("3")});
  EXPECT_THAT(delivered(), ElementsAre(orderOf("1"), joins("2", "1"), joins("3", "1")));
}

TEST_F(Once, MakesAnotherOrderWhenTheTimeIsOver) {
  submit(alertOf(ids_, "1", "c1", 1ms));
  std::this_thread::sleep_for(20ms);
  submit(alert("2"));
  submit(alert("3"));
  EXPECT_THAT(delivered(), UnorderedElementsAre(orderOf("1"), orderOf("2"), joins("3", "2")));
}

TEST_F(Once, ARepetitionChangesNothing) {
  submit(alert("1"));
  submit(alert("2"));
  EXPECT_THAT(delivered(), UnorderedElementsAre(orderOf("1"), joins("2", "1")));
  for (const char* name : {"1", "2", "1"})
    EXPECT_EQ(submit(alert(name)).status, ItemVerdict::Status::duplicate);
  (void)raw()->call({"DEL", "{lq}:once:rule:c1"});
  for (const char* name : {"1", "2"})
    EXPECT_EQ(submit(alert(name)).status, ItemVerdict::Status::duplicate);
  EXPECT_THAT(delivered(), ElementsAre());
}

TEST_F(Once, ARevisionOfTheFirstRevisesItsOrder) {
  submit(alert("1"));
  delivered();
  Entry revised = alert("1");
  revised.record->fingerprint += "changed";
  revised.derived[0].record->fingerprint += "changed";
  submit(std::move(revised));
  EXPECT_THAT(delivered(), ElementsAre(orderOf("1")));
}

TEST_F(Once, MakesAnotherOrderWhereTheFirstIsClosed) {
  submit(alert("1"));
  delivered();
  Entry closed = record("video:\"whistle\"/1", "closing");
  closed.record->type = "work_order_step";
  closed.record->step = "closed";
  closed.record->lifeOf = "work_order";
  closed.record->event = R"({"subject":"video:\"whistle\"/1","data":{}})";
  submit(std::move(closed));
  delivered();
  submit(alert("2"));
  EXPECT_THAT(delivered(), ElementsAre(orderOf("2")));
  EXPECT_EQ(quarantinedCount(), 0u);
}

TEST_F(Once, MayBeSentAgainUnderItsIds) {
  const std::vector<Entry> entries = {alert("1"), alert("2")};
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(trySubmit({entries, {}, true}).ok());
  EXPECT_THAT(delivered(), UnorderedElementsAre(orderOf("1"), joins("2", "1")));
  EXPECT_TRUE((*raw()->call({"KEYS", "{lq}:again:*"}))->items.empty());
  EXPECT_EQ((*raw()->call({"KEYS", "{lq}:rec:*"}))->items.size(), 4u);
}

// Whatever command of the step Redis refuses, what is sent again is there once: each alert has its
// order, or is evidence of one.
TEST_F(Once, EachAlertIsAnOrderOrEvidenceOnceAfterAnyCommandFailed) {
  constexpr int kMoreThanThereAre = 90;
  int failed = 0;
  for (int n = 1; n <= kMoreThanThereAre; ++n) {
    const auto group = [&] {
      const std::string camera = "c" + std::to_string(n);
      return std::vector<Entry>{alert("a" + camera, camera), alert("b" + camera, camera)};
    };
    const bool ended = endsAt(n, group());
    failed += ended ? 1 : 0;
    submit(group());
    const std::vector<std::string> seen = delivered();
    ASSERT_EQ(seen.size(), 2u) << "command " << n;
    const auto orders = std::count_if(seen.begin(), seen.end(),
                                      [](const auto& one) { return one.starts_with("order"); });
    EXPECT_GE(orders, 1) << "command " << n;
    if (n < kMoreThanThereAre) continue;
    EXPECT_FALSE(ended);
    EXPECT_EQ(orders, 1);
  }
  EXPECT_GT(failed, 20) << "the script has fewer commands than it needs";
}

// Two nodes take alerts of the same cameras while Redis is killed again and again. What is not
// answered is sent again, as senders do.
TEST_F(Once, OfSeveralNodesOneMakesTheOrderWhateverDies) {
  storage::QueueOptions other = options();
  other.node = "other";
  config::RedisSettings outside;
  outside.managed = false;
  outside.url = "unix://" + (folder_.path() / "redis" / "redis.sock").string();
  auto opened = storage::RedisWorkQueue::open(outside, retention_, other, clock_, ids_);
  ASSERT_TRUE(opened.ok()) << opened.error().detail;
  storage::WorkQueue* const nodes[] = {queue_.get(), opened->get()};
  constexpr int kCameras = 10;
  constexpr int kEach = 6;
  std::atomic<int> answered{0};
  std::vector<std::jthread> senders;
  for (int node = 0; node < 2; ++node) {
    senders.emplace_back([&, node] {
      for (int i = 0; i < kCameras * kEach; ++i) {
        const std::string camera = "c" + std::to_string(i % kCameras);
        const std::string name = camera + "-" + std::to_string(node) + "-" + std::to_string(i);
        while (true) {
          std::promise<bool> promise;
          std::vector<Entry> entries;
          entries.push_back(alertOf(ids_, name, camera, 600s));
          nodes[node]->submissions().submit({std::move(entries), {}}, [&](const auto& result) {
            promise.set_value(result.ok());
          });
          if (promise.get_future().get()) break;
          std::this_thread::sleep_for(5ms);
        }
        ++answered;
      }
    });
  }
  for (int kills = 0; kills < 3; ++kills) {
    const int before = answered;
    while (answered < before + 15 && answered < 2 * kCameras * kEach)
      std::this_thread::sleep_for(1ms);
    kill(serverPid(), SIGKILL);
    std::this_thread::sleep_for(300ms);
  }
  senders.clear();
  EXPECT_TRUE(test::eventually([this] { return queue_->records().counts().ok(); }))
      << "Redis is back from the last kill";
  std::map<std::string, int> orders;
  int evidence = 0;
  for (const std::string& one : delivered()) {
    if (one.starts_with("order of")) {
      ++orders[one.substr(one.find('/') + 1, 2)];
    } else {
      EXPECT_EQ(one.substr(0, 2), one.substr(one.find('/') + 1, 2)) << one;
      ++evidence;
    }
  }
  EXPECT_EQ(orders.size(), static_cast<std::size_t>(kCameras));
  for (const auto& [camera, count] : orders) EXPECT_EQ(count, 1) << camera;
  EXPECT_EQ(evidence, 2 * kCameras * kEach - kCameras);
}

}  // namespace
}  // namespace lianqiao::queue
