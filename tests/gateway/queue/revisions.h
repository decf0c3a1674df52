#pragma once

#include <string>
#include <vector>

#include "support/queue_fixture.h"
#include "support/shipped_lives.h"

namespace lianqiao::queue {

/// What is one revision of a thing and what is a repetition, by the rules of FORMAT.md,
/// "Duplicates" and "Counters".
class Revisions : public QueueTest {
 protected:
  Revisions() { lives_ = test::shippedLives(); }
  /// A revision of thing S-1 as the pipeline makes it, with this rest (a JSON object).
  Entry revision(const std::string& rest, const std::string& mapped = R"({"title":"t")",
                 const std::string& paths = "sourceFields", const std::string& time = {}) {
    return revisionOf("S-1", rest, mapped, paths, time);
  }
  Entry revisionOf(const std::string& thing, const std::string& rest,
                   const std::string& mapped = R"({"title":"t")",
                   const std::string& paths = "sourceFields", const std::string& time = {}) {
    Entry entry = record("hotline:" + thing, thing, "", mapped + rest);
    record::Record& made = *entry.record;
    const std::string received = "2026-01-01T00:00:" + std::to_string(10 + count_++) + "Z";
    made.event = R"({"specversion":"1.0","id":")" + made.id + R"(","time":")" +
                 (time.empty() ? received : time) + R"(","receivedtime":")" + received +
                 R"(","data":)" + mapped + R"(,"sourceFields":)" + rest + "}}";
    made.rest = paths;
    entry.body = R"({"raw":)" + rest + "}";
    return entry;
  }
  std::string held(const std::string& field) {
    return std::string((*raw()->call({"HGET", "{lq}:held", field}))->text);
  }
  /// As a 0.1 left it: one thing with one content.
  void formerLedger(const std::string& name, const std::string& field, const std::string& value) {
    const auto redis = raw();
    ASSERT_TRUE(redis->call({"HSET", "{lq}:dup:hotline:" + name, field, value}).ok());
    ASSERT_TRUE(redis->call({"PEXPIRE", "{lq}:dup:hotline:" + name, "600000"}).ok());
  }
  Entry asNow(const std::string& sourceId, const std::string& revision, const std::string& former) {
    Entry entry = record("hotline:S-1", sourceId, revision, "now-with-all-leaves");
    entry.record->formerFingerprint = former;
    return entry;
  }

  int count_ = 0;
};

}  // namespace lianqiao::queue
