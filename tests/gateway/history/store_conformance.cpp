// What every store of the history must do, whatever it keeps it in.
#include "gateway/history/store_conformance.h"

namespace lianqiao::history {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

TEST_P(StoreConformance, ShowsWhatWasWritten) {
  std::vector<BatchRecord> records{scribe_.order({.sourceId = "SL7", .to = {"county", "town"}})};
  records[0].content.evidence = std::string("\x00\xFF raw", 6);
  const record::StoredRecord stored = records[0].content;
  write({scribe_.accepted(records)}, records);
  const auto trail = shown(stored.id);
  ASSERT_TRUE(trail && trail->record);
  EXPECT_EQ(trail->record->id, stored.id);
  EXPECT_EQ(trail->record->peer, "city");
  EXPECT_EQ(trail->record->type, "work_order");
  EXPECT_EQ(trail->record->key, "city:SL7");
  EXPECT_EQ(trail->record->sourceId, "SL7");
  EXPECT_EQ(trail->record->division, "411702001000");
  EXPECT_EQ(trail->record->configuration, "v1");
  EXPECT_EQ(trail->record->accepted, stored.accepted);
  EXPECT_EQ(trail->event, stored.event);
  EXPECT_EQ(trail->body, stored.body);
  EXPECT_EQ(trail->evidence, stored.evidence);
  ASSERT_EQ(trail->deliveries.size(), 2U);
  for (const Delivery& one : trail->deliveries) EXPECT_EQ(one.state, DeliveryState::owed);
  EXPECT_FALSE(shown(scribe_.id()).has_value());
  EXPECT_FALSE(shown("no id").has_value());
  expectWhole();
}

TEST_P(StoreConformance, TellsWhatBecameOfADelivery) {
  const std::string id = keep({});
  record::JournalEntry tries = scribe_.entry();
  tries.attempts = {Scribe::failed(id, 1)};
  clock_.advance(2s);
  record::JournalEntry last = scribe_.entry();
  last.configuration = "v2";
  last.attempts = {Scribe::failed(id, 2), Scribe::delivered(id, "R-77")};
  last.attempts[1].number = 3;
  write({tries, last});
  const auto trail = shown(id);
  ASSERT_TRUE(trail && trail->deliveries.size() == 1);
  EXPECT_EQ(trail->deliveries[0].state, DeliveryState::delivered);
  EXPECT_EQ(trail->deliveries[0].attempts, 3);
  EXPECT_EQ(trail->deliveries[0].receipt, "R-77");
  EXPECT_EQ(trail->deliveries[0].configuration, "v2");
  EXPECT_EQ(trail->deliveries[0].at, last.at);
  ASSERT_EQ(trail->attempts.size(), 2U);
  EXPECT_EQ(trail->attempts[0].at, tries.at);
  EXPECT_EQ(trail->attempts[0].code, "deliver.connect");
  EXPECT_EQ(trail->attempts[0].detail, "nobody listens");
  EXPECT_EQ(trail->attempts[1].number, 2);
}

TEST_P(StoreConformance, TellsOfAnExceptionAndItsEnd) {
  const std::string id = keep({});
  const std::string exception = scribe_.id();
  record::JournalEntry entry = scribe_.entry();
  entry.attempts = {Scribe::buried(id, exception)};
  write({entry});
  auto trail = shown(id);
  ASSERT_TRUE(trail && trail->exceptions.size() == 1);
  EXPECT_EQ(trail->deliveries[0].state, DeliveryState::buried);
  EXPECT_EQ(trail->exceptions[0].code, "deliver.rejected");
  EXPECT_EQ(trail->exceptions[0].record, id);
  EXPECT_EQ(trail->exceptions[0].ended, WallTime());

  clock_.advance(1min);
  record::JournalEntry ended = scribe_.entry();
  ended.ended = {{exception, "closed", "wang: told them at 13800138000"}};
  write({ended});
  trail = shown(id);
  ASSERT_TRUE(trail && trail->exceptions.size() == 1);
  EXPECT_EQ(trail->deliveries[0].state, DeliveryState::closed);
  EXPECT_EQ(trail->exceptions[0].ended, ended.at);
  EXPECT_EQ(trail->exceptions[0].how, "closed");
  EXPECT_EQ(trail->exceptions[0].note, "wang: told them at 138****8000");
}

TEST_P(StoreConformance, RequeuedDeliveriesAreOwedAgain) {
  const std::string id = keep({});
  const std::string exception = scribe_.id();
  record::JournalEntry entry = scribe_.entry();
  entry.attempts = {Scribe::buried(id, exception)};
  entry.ended = {{exception, "requeued", "wang"}};
  write({entry});
  EXPECT_EQ(shown(id)->deliveries[0].state, DeliveryState::owed);
  EXPECT_THAT(found({.state = DeliveryState::owed}), ElementsAre(id));
  EXPECT_THAT(found({.state = DeliveryState::buried}), IsEmpty());
  // What had been is told after what came next.
  entry = scribe_.entry();
  entry.attempts = {Scribe::delivered(id, "R-1")};
  write({entry});
  const auto trail = shown(id);
  ASSERT_TRUE(trail && trail->exceptions.size() == 1);
  EXPECT_EQ(trail->deliveries[0].state, DeliveryState::delivered);
  EXPECT_EQ(trail->deliveries[0].receipt, "R-1");
  EXPECT_EQ(trail->exceptions[0].id, exception);
  EXPECT_EQ(trail->exceptions[0].how, "requeued");
  EXPECT_EQ(trail->exceptions[0].note, "wang");
  expectWhole();
}

TEST_P(StoreConformance, KeepsWhatWasQuarantined) {
  record::StoredException exception{scribe_.id(),  "city",      "validate.schema",
                                    "[{}]",        "SL-broken", "POST /v1/peers/city/items",
                                    clock_.wall(), "{\"a\":1}", "raw"};
  record::JournalEntry entry = scribe_.entry();
  entry.quarantined = {exception.id};
  entry.seenAgain = {exception.id};
  write({entry}, {}, {exception});
  const auto trail = shown(exception.id);
  ASSERT_TRUE(trail && !trail->record && trail->exceptions.size() == 1);
  const ExceptionTrail& one = trail->exceptions[0];
  EXPECT_EQ(one.code, "validate.schema");
  EXPECT_EQ(one.sourceId, "SL-broken");
  EXPECT_EQ(one.origin, "POST /v1/peers/city/items");
  EXPECT_EQ(one.detail, "[{}]");
  EXPECT_EQ(one.body, "{\"a\":1}");
  EXPECT_EQ(one.evidence, "raw");
  EXPECT_EQ(one.seen, 2U);
  EXPECT_THAT(found({.word = "SL-broken"}), ElementsAre(exception.id));
  EXPECT_THAT(found({.word = exception.id}), ElementsAre(exception.id));
  EXPECT_THAT(counted("2026-11-20"), ElementsAre(Pair("city  quarantined", 1)));
}

/// Writes down what it is shown: "id state" where it was owed, "id" where not.
class NotingVisitor final : public ScanVisitor {
 public:
  std::vector<std::string> seen;
  std::size_t bodies = 0;
  std::size_t most = SIZE_MAX;

  Wish look(const Envelope& record, const Delivery* owed) override {
    if (seen.size() >= most) return Wish::end;
    seen.push_back(record.id);
    if (owed != nullptr) seen.back().append(" ").append(deliveryStateName(owed->state));
    return record.gone ? Wish::next : Wish::contents;
  }
  void take(std::string_view event, std::string_view body) override {
    if (!event.empty() && !body.empty()) ++bodies;
  }
};

TEST_P(StoreConformance, ScansWhatCameFromAPeerOrWasOwedToIt) {
  const WallTime begin = clock_.wall();
  const std::string early = keep({.sourceId = "A", .to = {"county", "town"}});
  const WallTime later = clock_.wall();
  const std::string sent = keep({.sourceId = "B"});
  const std::string step = keep({.sourceId = "C", .type = "work_order_step"});
  const std::string other = keep({.sourceId = "D", .peer = "town"});
  const WallTime end = clock_.wall();
  record::JournalEntry entry = scribe_.entry();
  entry.attempts = {Scribe::delivered(sent, "R-1")};
  write({entry});
  const auto scanned = [&](const Scan& scan) {
    NotingVisitor visitor;
    EXPECT_TRUE(store_->scan(scan, visitor).ok());
    EXPECT_EQ(visitor.bodies, visitor.seen.size());
    return visitor.seen;
  };
  EXPECT_THAT(scanned({"city", false, {}, begin, end}), UnorderedElementsAre(early, sent, step));
  EXPECT_THAT(scanned({"city", false, {"work_order"}, begin, end}), ElementsAre(early, sent));
  EXPECT_THAT(scanned({"city", false, {"work_order"}, later, end}), ElementsAre(sent));
  EXPECT_THAT(scanned({"city", false, {}, begin, later}), ElementsAre(early));
  EXPECT_THAT(scanned({"town", true, {}, begin, end}), ElementsAre(early + " owed"));
  EXPECT_THAT(
      scanned({"county", true, {}, begin, end}),
      UnorderedElementsAre(early + " owed", sent + " delivered", step + " owed", other + " owed"));
  EXPECT_THAT(scanned({"county", true, {"dispute"}, begin, end}), IsEmpty());
  EXPECT_THAT(scanned({"nobody", false, {}, begin, end}), IsEmpty());
  EXPECT_THAT(scanned({"", false, {}, begin, end}), UnorderedElementsAre(early, sent, step, other));
  EXPECT_THAT(scanned({"", false, {"work_order_step"}, begin, end}), ElementsAre(step));
}

TEST_P(StoreConformance, AScanPassesMonthsAndPagesAndEndsWhenItsVisitorDoes) {
  std::vector<BatchRecord> records;
  const WallTime begin = clock_.wall();
  for (int i = 0; i < 10'500; ++i) {
    records.push_back(scribe_.order({.sourceId = "M" + std::to_string(i)}));
    clock_.advance(1ms);
  }
  const record::JournalEntry entry = scribe_.accepted(records);
  write({entry}, std::move(records));
  clock_.advance(24h * 31);
  keep({.sourceId = "next month"});
  NotingVisitor all;
  ASSERT_TRUE(store_->scan({"city", false, {}, begin, clock_.wall()}, all).ok());
  EXPECT_EQ(all.seen.size(), 10'501U);
  EXPECT_EQ(all.bodies, 10'501U);
  NotingVisitor few;
  few.most = 3;
  ASSERT_TRUE(store_->scan({"city", false, {}, begin, clock_.wall()}, few).ok());
  EXPECT_EQ(few.seen.size(), 3U);
}

TEST_P(StoreConformance, CountsRepetitionsAndShowsThem) {
  const std::string id = keep({});
  record::JournalEntry entry = scribe_.entry();
  entry.repeated = {{"city", id}, {"city", id}, {"town", id}};
  write({entry});
  const auto trail = shown(id);
  ASSERT_TRUE(trail.has_value());
  std::map<std::string, std::uint64_t> times;
  for (const RepetitionCount& one : trail->repetitions) times[one.peer] = one.times;
  EXPECT_THAT(times, ElementsAre(Pair("city", 2), Pair("town", 1)));
  EXPECT_EQ(counted("2026-11-20")["city work_order duplicate"], 2U);
  expectWhole();
}

TEST_P(StoreConformance, AnUpdateInPlaceShowsTheLatestContent) {
  const std::string id = keep({.content = "旧的内容在此"});
  std::vector<BatchRecord> records{scribe_.order({.content = "新的内容在此"}, id)};
  record::JournalEntry entry = scribe_.entry();
  entry.updated = {id};
  write({entry}, records);
  const auto trail = shown(id);
  ASSERT_TRUE(trail && trail->record);
  EXPECT_TRUE(trail->record->updated);
  EXPECT_EQ(trail->event, records[0].content.event);
  EXPECT_THAT(found({.text = "新的"}), ElementsAre(id));
  EXPECT_THAT(found({.text = "旧的"}), IsEmpty()) << "it does not stand in it any more";
  EXPECT_EQ(counted("2026-11-20")["city work_order in"], 1U);
  expectWhole();
}

TEST_P(StoreConformance, AnUpdateOfAnUnknownRecordBringsItsContent) {
  const std::vector<BatchRecord> records{scribe_.order({})};
  record::JournalEntry entry = scribe_.entry();
  entry.updated = {records[0].content.id};
  write({entry}, records);
  const auto trail = shown(records[0].content.id);
  ASSERT_TRUE(trail && trail->record);
  EXPECT_FALSE(trail->record->gone);
  EXPECT_TRUE(trail->record->updated);
  EXPECT_EQ(trail->record->type, "work_order");
  EXPECT_EQ(trail->event, records[0].content.event);
  expectWhole();
}

TEST_P(StoreConformance, CountsADayInTheZoneOfTheStore) {
  clock_.setWall(timeOf("2026-11-20T15:59:59Z"));
  const std::string id = keep({});
  clock_.setWall(timeOf("2026-11-20T16:00:00Z"));
  const std::string next = keep({.sourceId = "B"});
  record::JournalEntry entry = scribe_.entry();
  entry.attempts = {Scribe::delivered(id, "R"), Scribe::failed(next, 1),
                    Scribe::buried(next, scribe_.id())};
  write({entry});
  EXPECT_THAT(counted("2026-11-20"), ElementsAre(Pair("city work_order in", 1)));
  EXPECT_THAT(counted("2026-11-21"),
              UnorderedElementsAre(Pair("city work_order in", 1), Pair("county work_order out", 1),
                                   Pair("county work_order buried", 1)));
  EXPECT_FALSE(store_->counts("yesterday").ok());
}

TEST_P(StoreConformance, WhatIsWrittenAgainStandsThereOnce) {
  std::vector<BatchRecord> records{scribe_.order({})};
  record::JournalEntry first = scribe_.accepted(records);
  record::JournalEntry second = scribe_.entry();
  second.repeated = {{"city", records[0].content.id}};
  for (int i = 0; i < 3; ++i) write({first, second}, records);
  EXPECT_EQ(store_->position(), second.position);
  EXPECT_EQ(found({.peer = "city"}).size(), 1U);
  EXPECT_EQ(counted("2026-11-20")["city work_order duplicate"], 1U);
  open();
  EXPECT_EQ(store_->position(), second.position);
  write({first, second}, records);
  EXPECT_EQ(counted("2026-11-20")["city work_order duplicate"], 1U);
  expectWhole();
}

TEST_P(StoreConformance, ARecordWhoseContentIsGoneIsKeptByItsId) {
  std::vector<BatchRecord> records{scribe_.order({})};
  const std::string id = records[0].content.id;
  write({scribe_.accepted(records)});  // without the content
  record::JournalEntry entry = scribe_.entry();
  entry.attempts = {Scribe::delivered(id, "R")};
  write({entry});
  auto trail = shown(id);
  ASSERT_TRUE(trail && trail->record);
  EXPECT_TRUE(trail->record->gone);
  EXPECT_EQ(trail->deliveries[0].receipt, "R");
  // Refilled, from what still lives, it is one record and counts once.
  write({scribe_.accepted(records)}, records);
  trail = shown(id);
  EXPECT_FALSE(trail->record->gone);
  EXPECT_EQ(trail->event, records[0].content.event);
  EXPECT_EQ(trail->deliveries[0].receipt, "R");
  EXPECT_EQ(found({.peer = "city"}).size(), 1U);
  expectWhole();
}

TEST_P(StoreConformance, AnAttemptOfAnUnknownRecordIsKeptAndNotCountedAsAccepted) {
  std::vector<BatchRecord> records{scribe_.order({})};
  const std::string id = records[0].content.id;
  record::JournalEntry entry = scribe_.entry();
  entry.attempts = {Scribe::delivered(id, "R")};
  write({entry});
  ASSERT_TRUE(shown(id).has_value());
  EXPECT_EQ(shown(id)->record->configuration, "") << "of the attempt, not of its acceptance";
  EXPECT_EQ(shown(id)->deliveries[0].configuration, "v1");
  EXPECT_THAT(counted("2026-11-20"), ElementsAre(Pair("county  out", 1)));
  entry = scribe_.accepted(records);
  entry.configuration = "v2";
  write({entry}, records);
  EXPECT_EQ(shown(id)->record->configuration, "v2");
  entry = scribe_.entry();
  entry.configuration = "v3";
  entry.updated = {id};
  write({entry}, records);
  EXPECT_EQ(shown(id)->record->configuration, "v2");
  EXPECT_EQ(counted("2026-11-20")["city work_order in"], 1U);
  expectWhole();
}

TEST_P(StoreConformance, ErasesOnePersonAndWritesItDown) {
  const std::string gone = keep({.sourceId = "A", .content = "独特内容甲乙丙丁"});
  const std::string kept = keep({.sourceId = "B", .phone = "13900139000"});
  record::JournalEntry entry = scribe_.entry();
  entry.attempts = {Scribe::delivered(gone, "R-1")};
  write({entry});
  const Act act{clock_.wall(), "wang", "erase", "request 2026-17"};
  const auto erased = store_->erase("138 0013 8000", act);
  ASSERT_TRUE(erased.ok()) << erased.error().detail;
  EXPECT_EQ(*erased, 1U);
  const auto trail = shown(gone);
  ASSERT_TRUE(trail && trail->record);
  EXPECT_TRUE(trail->record->erased);
  EXPECT_EQ(trail->event + trail->body + trail->evidence, "");
  EXPECT_EQ(trail->deliveries.size(), 1U);
  EXPECT_THAT(found({.number = "13800138000"}), IsEmpty());
  EXPECT_THAT(found({.text = "独特"}), IsEmpty());
  EXPECT_THAT(found({.word = "A"}), ElementsAre(gone)) << "its ids stay";
  EXPECT_THAT(found({.word = "R-1"}), ElementsAre(gone));
  EXPECT_THAT(found({.number = "13900139000"}), ElementsAre(kept));
  EXPECT_THAT(shown(kept)->event, HasSubstr("13900139000"));
  const auto acts = store_->acts(10);
  ASSERT_TRUE(acts.ok() && acts->size() == 1);
  EXPECT_EQ((*acts)[0].why, "request 2026-17");
  EXPECT_FALSE(store_->erase("8000", act).ok());
  expectWhole();
}

TEST_P(StoreConformance, KeepsWhatWasSentAndItsDigest) {
  const std::string id = keep({});
  record::JournalEntry entry = scribe_.entry();
  entry.attempts = {Scribe::delivered(id, "R"), Scribe::delivered(id, "", "town")};
  entry.attempts[0].digest = "fedcba9876543210";
  for (int i = 0; i < 2; ++i) {
    const Batch batch{{entry}, {}, {}, {{id, "county", "{\"单号\":1}"}}};
    ASSERT_TRUE(store_->write(batch).ok());
  }
  EXPECT_EQ(*store_->sent(id, "county"), "{\"单号\":1}");
  EXPECT_EQ(*store_->sent(id, "town"), std::nullopt);
  EXPECT_EQ(*store_->sent(scribe_.id(), "county"), std::nullopt);
  EXPECT_EQ(*store_->sent("no id", "county"), std::nullopt);
  const auto trail = shown(id);
  ASSERT_TRUE(trail && trail->deliveries.size() == 2);
  for (const Delivery& one : trail->deliveries)
    EXPECT_EQ(one.digest, one.peer == "county" ? "fedcba9876543210" : "");
  expectWhole();
  open();
  EXPECT_EQ(*store_->sent(id, "county"), "{\"单号\":1}");
}

TEST_P(StoreConformance, WhatWasSentGoesBeforeItsRecord) {
  settings_.sent = 24h * 30;
  open();
  const std::string id = keep({});
  record::JournalEntry entry = scribe_.entry();
  entry.attempts = {Scribe::delivered(id, "R")};
  ASSERT_TRUE(store_->write({{entry}, {}, {}, {{id, "county", "sent"}}}).ok());
  ASSERT_TRUE(store_->retire(timeOf("2026-12-30T00:00:00Z")).ok());
  EXPECT_EQ(*store_->sent(id, "county"), "sent");
  ASSERT_TRUE(store_->retire(timeOf("2026-12-31T00:00:00Z")).ok());
  EXPECT_EQ(*store_->sent(id, "county"), std::nullopt);
  EXPECT_TRUE(shown(id).has_value());
  settings_.sent = 0h;
  open();
  record::JournalEntry again = scribe_.entry();
  again.attempts = {Scribe::delivered(id, "R")};
  ASSERT_TRUE(store_->write({{again}, {}, {}, {{id, "county", "sent"}}}).ok());
  EXPECT_EQ(*store_->sent(id, "county"), std::nullopt) << "none is kept";
}

TEST_P(StoreConformance, ErasingAPersonTakesWhatWasSentWithIt) {
  const std::string gone = keep({.sourceId = "A"});
  const std::string kept = keep({.sourceId = "B", .phone = "13900139000"});
  record::JournalEntry entry = scribe_.entry();
  entry.attempts = {Scribe::delivered(gone, "R"), Scribe::delivered(kept, "S")};
  ASSERT_TRUE(
      store_->write({{entry}, {}, {}, {{gone, "county", "one"}, {kept, "county", "two"}}}).ok());
  ASSERT_TRUE(store_->erase("13800138000", {clock_.wall(), "wang", "erase", "asked"}).ok());
  EXPECT_EQ(*store_->sent(gone, "county"), std::nullopt);
  EXPECT_EQ(*store_->sent(kept, "county"), "two");
  expectWhole();
}

TEST_P(StoreConformance, KeepsWhatAPeerAnsweredToAFailure) {
  const std::string id = keep({});
  record::JournalEntry entry = scribe_.entry();
  entry.attempts = {Scribe::failed(id, 1)};
  entry.attempts[0].answer = R"({"error":"no such unit"})";
  write({entry});
  const auto trail = shown(id);
  ASSERT_TRUE(trail && trail->attempts.size() == 1);
  EXPECT_EQ(trail->attempts[0].answer, R"({"error":"no such unit"})");
}

TEST_P(StoreConformance, ARefillBringsRecordsWithoutPositions) {
  keep({.sourceId = "known"});
  const record::JournalPosition before = store_->position();
  std::vector<BatchRecord> records{scribe_.order({.sourceId = "lost"})};
  const std::string id = records[0].content.id;
  record::JournalEntry accepted, delivered;
  accepted.at = records[0].content.accepted;
  accepted.accepted = {id};
  delivered.at = accepted.at + std::chrono::minutes(1);
  delivered.attempts = {Scribe::delivered(id, "R-lost")};
  ASSERT_TRUE(store_->noteGap({before, before, clock_.wall(), {}}).ok());
  EXPECT_EQ(*store_->unknown({id}), std::vector<std::string>{id});
  ASSERT_TRUE(store_->refill({{accepted, delivered}, records, {}, {}}).ok());
  EXPECT_EQ(*store_->unknown({id}), std::vector<std::string>());
  ASSERT_TRUE(store_->noteRefilled(1).ok());
  EXPECT_EQ(store_->position(), before);
  EXPECT_EQ(shown(id)->deliveries.at(0).receipt, "R-lost");
  EXPECT_THAT(found({.word = "lost"}), ElementsAre(id));
  EXPECT_EQ(counted("2026-11-20")["city work_order in"], 2U);
  EXPECT_EQ(counted("2026-11-20")["county work_order out"], 1U);
  // What the journal tells of it afterwards is new.
  record::JournalEntry entry = scribe_.entry();
  entry.repeated = {{"city", id}};
  write({entry});
  EXPECT_EQ(shown(id)->repetitions.size(), 1U);
  open();
  ASSERT_EQ(store_->state().gaps.size(), 1U);
  EXPECT_EQ(store_->state().gaps[0].refilled, 1U);
  expectWhole();
}

TEST_P(StoreConformance, ErasesWhatWasQuarantinedOfAPersonToo) {
  std::vector<record::StoredException> exceptions(2);
  record::JournalEntry entry = scribe_.entry();
  for (auto& [number, one] :
       {std::pair<std::string, record::StoredException&>{"13800138000", exceptions[0]},
        {"13900139000", exceptions[1]}}) {
    one = {scribe_.id(),
           "city",
           "validate.schema",
           "[{}]",
           "SL-broken",
           "a file",
           clock_.wall(),
           "{\"tel\":\"" + number + "\"}",
           ""};
    entry.quarantined.push_back(one.id);
  }
  write({entry}, {}, exceptions);
  EXPECT_THAT(found({.number = "13800138000"}), ElementsAre(exceptions[0].id));
  const auto erased = store_->erase("13800138000", {clock_.wall(), "wang", "erase", "asked"});
  ASSERT_TRUE(erased.ok());
  EXPECT_EQ(*erased, 1U);
  EXPECT_THAT(found({.number = "13800138000"}), IsEmpty());
  const auto gone = shown(exceptions[0].id);
  ASSERT_TRUE(gone && gone->exceptions.size() == 1);
  EXPECT_EQ(gone->exceptions[0].body, "");
  EXPECT_EQ(gone->exceptions[0].code, "validate.schema");
  EXPECT_THAT(shown(exceptions[1].id)->exceptions.at(0).body, HasSubstr("13900139000"));
  EXPECT_THAT(found({.word = "SL-broken"}),
              UnorderedElementsAre(exceptions[0].id, exceptions[1].id));
  expectWhole();
}

TEST_P(StoreConformance, WritesDownWhatPersonsDid) {
  ASSERT_TRUE(store_->noteAct({clock_.wall(), "wang", "shown in clear", "a caller asks"}).ok());
  open();
  const auto acts = store_->acts(10);
  ASSERT_TRUE(acts.ok() && acts->size() == 1);
  EXPECT_EQ((*acts)[0].who, "wang");
}

TEST_P(StoreConformance, IsTheSameStoreWhenItIsOpenedAgain) {
  const std::string identity = store_->identity();
  EXPECT_THAT(identity, ::testing::MatchesRegex("[0-9a-z/]+")) << "no blank";
  open();
  EXPECT_EQ(store_->identity(), identity);
}

TEST_P(StoreConformance, KeepsVersionsOfTheConfigurationAndGaps) {
  ASSERT_TRUE(store_->keepConfiguration("v1", "peers: []").ok());
  ASSERT_TRUE(store_->keepConfiguration("v1", "something else").ok());
  ASSERT_TRUE(store_->noteGap({{1, 2}, {3, 4}, clock_.wall(), {}}).ok());
  open();
  const auto kept = store_->configuration("v1");
  ASSERT_TRUE(kept.ok());
  EXPECT_EQ(*kept, "peers: []");
  EXPECT_EQ(*store_->configuration("v2"), std::nullopt);
  ASSERT_EQ(store_->state().gaps.size(), 1U);
  EXPECT_EQ(store_->state().gaps[0].upTo, (record::JournalPosition{3, 4}));
}

TEST_P(StoreConformance, RetiresMonthsThatArePastTheirTime) {
  settings_.retention = {{"orders", 24h * 30}};
  open();
  const std::string order = keep({.sourceId = "A"});
  const std::string alert = keep({.sourceId = "B", .type = "alert"});
  EXPECT_EQ(*store_->retire(timeOf("2026-12-30T00:00:00Z")), 0U);
  EXPECT_EQ(*store_->retire(timeOf("2026-12-31T00:00:00Z")), 1U);
  EXPECT_FALSE(shown(order).has_value());
  EXPECT_TRUE(shown(alert).has_value());
  EXPECT_THAT(found({.peer = "city"}), ElementsAre(alert));
  open();
  EXPECT_FALSE(shown(order).has_value());
  expectWhole();
}

}  // namespace
}  // namespace lianqiao::history
