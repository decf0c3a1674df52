#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "gateway/history/history_fixture.h"

namespace lianqiao::history {

/// What a journal of a busy morning says, over a border of months, and what of it must be found.
struct Oracle {
  std::vector<Batch> batches;
  std::map<std::string, std::string> events;    ///< Of each record.
  std::map<std::string, std::string> receipts;  ///< Of those that were delivered.
  std::map<std::string, std::uint64_t> repeated;
  std::set<std::string> quarantined;

  Oracle(Scribe& scribe, test::ManualClock& clock, int count) {
    std::mt19937 random(11);
    std::vector<std::string> ids;
    for (int i = 0; i < count; ++i) {
      Batch& batch = batches.emplace_back();
      for (int k = 0; k < 20; ++k) one(scribe, batch, ids, random);
      clock.advance(std::chrono::minutes(1));
    }
  }

 private:
  void one(Scribe& scribe, Batch& batch, std::vector<std::string>& ids, std::mt19937& random) {
    std::vector<BatchRecord> records;
    for (int i = 0; i < 3; ++i)
      records.push_back(
          scribe.order({.sourceId = "SL" + std::to_string(ids.size() + records.size()),
                        .type = random() % 3 == 0 ? "alert" : "work_order"}));
    record::JournalEntry entry = scribe.accepted(records);
    for (BatchRecord& record : records) {
      events[record.content.id] = record.content.event;
      ids.push_back(record.content.id);
      batch.records.push_back(std::move(record));
    }
    const std::string& again = ids[random() % ids.size()];
    entry.repeated = {{"city", again}};
    ++repeated[again];
    const std::string& sent = ids[random() % ids.size()];
    entry.attempts = {Scribe::delivered(sent, "R-" + std::to_string(random()))};
    receipts[sent] = entry.attempts[0].receipt;
    entry.quarantined = {scribe.id()};
    quarantined.insert(entry.quarantined[0]);
    batch.exceptions.push_back(
        {entry.quarantined[0], "city", "validate.schema", "[]", "x", "", entry.at, "{}", ""});
    batch.entries.push_back(std::move(entry));
  }
};

/// Compares a store with what the oracle says, whatever died while it was written.
template <typename Fixture>
class HistoryJudge : public Fixture {
 protected:
  /// A process that opens the store and writes; it is killed some time after so many steps, of
  /// which opening is the first, or ends. True where it was done.
  bool writeInAChild(OpenStore* by, const Oracle& oracle, int steps,
                     std::chrono::microseconds after) {
    int ends[2];
    if (::pipe(ends) != 0) return ADD_FAILURE() << "no pipe", true;
    const pid_t child = ::fork();
    if (child == 0) {
      auto store = by(
          this->settings_, [](LogLevel, std::string_view) {}, this->clock_);
      if (!store.ok() || ::write(ends[1], "o", 1) != 1) ::_exit(2);
      ::_exit(goOn(**store, oracle, ends[1]) ? 0 : 1);
    }
    ::close(ends[1]);
    char byte = 0;
    for (int i = 0; i < steps && ::read(ends[0], &byte, 1) == 1; ++i) {
    }
    ::usleep(static_cast<useconds_t>(after.count()));
    ::kill(child, SIGKILL);
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0) << "a write failed";
    return WIFEXITED(status);
  }
  /// Writes on from the store's position, as the reader of a journal does; tells of each batch by a
  /// byte.
  static bool goOn(HistoryStore& store, const Oracle& oracle, int told = -1) {
    for (const Batch& batch : oracle.batches) {
      if (batch.entries.back().position <= store.position()) continue;
      if (!store.write(batch).ok()) return false;
      if (told >= 0 && ::write(told, "b", 1) != 1) return false;
    }
    return true;
  }
  void expectAll(const Oracle& oracle) {
    std::uint64_t in = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t quarantined = 0;
    for (const char* day : {"2026-11-30", "2026-12-01"})
      for (const auto& [what, number] : this->counted(day)) {
        if (what.ends_with(" in")) in += number;
        if (what.ends_with(" duplicate")) duplicates += number;
        if (what.ends_with(" quarantined")) quarantined += number;
      }
    EXPECT_EQ(in, oracle.events.size());
    EXPECT_EQ(quarantined, oracle.quarantined.size());
    std::uint64_t repetitions = 0;
    for (const auto& [id, times] : oracle.repeated) repetitions += times;
    EXPECT_EQ(duplicates, repetitions);
    for (const auto& [id, event] : oracle.events) expectOne(oracle, id, event);
    for (const std::string& id : oracle.quarantined) EXPECT_TRUE(this->shown(id).has_value());
  }
  void expectOne(const Oracle& oracle, const std::string& id, const std::string& event) {
    const auto trail = this->shown(id);
    ASSERT_TRUE(trail && trail->record) << id;
    EXPECT_EQ(trail->event, event);
    const auto times = oracle.repeated.find(id);
    EXPECT_EQ(trail->repetitions.empty() ? 0 : trail->repetitions[0].times,
              times == oracle.repeated.end() ? 0 : times->second);
    const auto receipt = oracle.receipts.find(id);
    ASSERT_EQ(trail->deliveries.size(), 1U);
    EXPECT_EQ(trail->deliveries[0].receipt,
              receipt == oracle.receipts.end() ? "" : receipt->second);
  }
};

}  // namespace lianqiao::history
