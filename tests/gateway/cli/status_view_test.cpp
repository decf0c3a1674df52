#include "cli/status_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lianqiao::cli {
namespace {

using ::testing::HasSubstr;

TEST(StatusView, ShowsTheWorstFirstAndSaysWhy) {
  const std::string view = statusView(
      R"({"queue_available":true,"peers":[{"name":"fine","in":{"accepted":5,"duplicates":1,"quarantined":0}},)"
      R"({"name":"odd","exceptions":2,"in":{"accepted":5,"duplicates":1,"quarantined":2}},)"
      R"({"name":"down","out":{"delivered":3,"waiting":4,"leased":0,"retrying":1,"buried":0,"oldest_seconds":300,)"
      R"("state":"resting","cause":"deliver.connect","fault":"network","detail":"connection refused"}}],)"
      R"("totals":{"accepted":10,"owed":8,"delivered":3,"open":5,"quarantined":9,"buried":0,"exceptions":2,"duplicates":2}})");
  EXPECT_LT(view.find("down"), view.find("odd"));
  EXPECT_LT(view.find("odd"), view.find("fine"));
  EXPECT_THAT(view,
              HasSubstr("  down: resting, the network, deliver.connect: connection refused\n"));
  EXPECT_THAT(view, HasSubstr("5min"));
  EXPECT_THAT(view,
              HasSubstr("TOTAL accepted=10 owed=8 delivered=3 open=5 exceptions=2 duplicates=2"));
}

TEST(StatusView, TellsSinceWhenHowManyWaitAndThatNothingIsLost) {
  const std::string view = statusView(
      R"({"queue_available":true,"peers":[{"name":"grid","out":{"delivered":3,"waiting":4,"leased":1,)"
      R"("retrying":1,"oldest_seconds":5400,"state":"paused","cause":"deliver.refused","fault":"credential",)"
      R"("detail":"401","since":"2026-02-01T02:14:00.000+08:00"}}]})");
  EXPECT_THAT(view, HasSubstr("  grid: paused since 2026-02-01T02:14:00.000+08:00, a credential, "
                              "deliver.refused: 401\n"
                              "    6 wait for it, the oldest for 90min; nothing is lost.\n"));
}

TEST(StatusView, SaysOfASessionSinceWhenItIsOpenOrWhyItIsNot) {
  const std::string view = statusView(
      R"({"queue_available":true,"peers":[{"name":"mqtt","in":{"accepted":5,"state":"ok","session":)"
      R"({"open":true,"open_since":"2026-02-01T02:14:00.000Z","last_heard":"2026-02-01T03:00:00.000Z","opened":1}}},)"
      R"({"name":"viid","in":{"accepted":0,"state":"failing","cause":"deliver.refused","fault":"credential",)"
      R"("detail":"401","session":{"open":false,"opened":0,"lost_at":"2026-02-01T02:15:00.000Z",)"
      R"("lost_cause":"deliver.refused","lost_fault":"credential","lost_detail":"401"}}}]})");
  EXPECT_THAT(view, HasSubstr("  mqtt: session open since 2026-02-01T02:14:00.000Z, last heard of "
                              "2026-02-01T03:00:00.000Z.\n"));
  EXPECT_THAT(view, HasSubstr("  viid: failing, a credential, deliver.refused: 401\n"));
  EXPECT_THAT(view, HasSubstr("  viid: session not open; last lost 2026-02-01T02:15:00.000Z: a "
                              "credential, deliver.refused.\n"));
}

TEST(StatusView, SaysHowAPeerWasLastReconciled) {
  const std::string view = statusView(
      R"({"queue_available":true,"peers":[{"name":"county","reconciled":[{"direction":"out","daily":true,)"
      R"("day":"2026-11-30","at":"2026-12-01T03:30:00.000Z","equal":false,"ours":1204,"theirs":1201,)"
      R"("only_ours":3,"only_theirs":0,"differing":1,"open":2},{"direction":"in","daily":true}]},)"
      R"({"name":"town","reconciled":[{"direction":"in","day":"2026-11-30","at":"t","equal":true,"ours":7}]},)"
      R"({"name":"dead","reconciled":[{"direction":"in","day":"2026-11-30","at":"t","equal":false,)"
      R"("code":"deliver.connect","detail":"refused"}]}]})");
  EXPECT_THAT(view, HasSubstr("  county: reconciled out of 2026-11-30: 1204 at our side, 1201 at "
                              "theirs; they lack 3, we lack 0, 1 differ; open 2 "
                              "(2026-12-01T03:30:00.000Z).\n"));
  EXPECT_THAT(view, HasSubstr("  town: reconciled in of 2026-11-30: equal, 7; open 0 (t).\n"));
  EXPECT_THAT(view, HasSubstr("  dead: reconciled in of 2026-11-30: deliver.connect: refused; "));
}

TEST(StatusView, NamesTheLeafThatIsNotDeliveredAndWhatToDo) {
  const std::string view = statusView(
      R"({"queue_available":true,"peers":[],"held":[{"peer":"app","path":"views","updates":7}]})");
  EXPECT_THAT(view, HasSubstr("  app: `views` changes alone again and again; 7 changes were kept "
                              "and not delivered."));
  EXPECT_THAT(view, HasSubstr("lianqiao release app 'views'\n"));
}

// The rule: what we write down to be pasted runs nothing that a sender has named.
TEST(StatusView, APathIsOneWordOfTheShellWhateverItsNameIs) {
  const std::string view = statusView(
      R"({"queue_available":true,"peers":[],"held":[{"peer":"app","path":"/a$(id)`id`;' x","updates":7}]})");
  EXPECT_THAT(view, HasSubstr("lianqiao release app '/a$(id)`id`;'\\'' x'\n"));
}

TEST(StatusView, ShowsWhatIsOwedToARemovedPeer) {
  const std::string view = statusView(
      R"({"queue_available":true,"peers":[{"name":"old","exceptions":0,"out":{"delivered":3,"waiting":7,)"
      R"("leased":0,"retrying":0,"oldest_seconds":60,"state":"removed","cause":"config.invalid",)"
      R"("fault":"us","detail":"7 deliveries wait for a peer that is no longer configured"}}]})");
  EXPECT_THAT(view, HasSubstr("old              removed"));
  EXPECT_THAT(view, HasSubstr("7 wait for it"));
}

TEST(StatusView, TellsHowLongAgoSomethingPassedWithin100Columns) {
  const std::string view = statusView(
      R"({"queue_available":true,"peers":[{"name":"sixteen-letters-","last_in_seconds":7199,"last_out_seconds":45,)"
      R"("exceptions":1234567890,"in":{"accepted":123456789,"duplicates":123456789,"state":"ok"},)"
      R"("out":{"delivered":123456789,"waiting":1234567,"oldest_seconds":7199,"state":"scheduled"}}]})");
  EXPECT_THAT(view, HasSubstr("LAST IN LAST OUT\n"));
  EXPECT_THAT(view, HasSubstr("119min      45s\n"));
  for (std::size_t at = 0, lines = 0; lines < 2; ++lines) {
    const std::size_t end = view.find('\n', at);
    EXPECT_LE(end - at, 100u) << view.substr(at, end - at);
    at = end + 1;
  }
}

TEST(StatusView, NamesSilenceRefusedCallersTheNextTryAndWhomToCall) {
  const std::string view = statusView(
      R"({"queue_available":true,"refused_callers":[{"address":"10.9.9.9","times":2,"last":"L","code":"intake.unknown_peer",)"
      R"("detail":"Called /v1/peers/hotlin/records"}],"peers":[{"name":"app","silent":{"seconds":10800,"detail":"why"},)"
      R"("contact":{"name":"王工","phone":"0394-123"},"in":{"state":"failing","cause":"deliver.connect","detail":"d",)"
      R"("next_try":"2026-02-01T03:00:00.000Z"},"refused_callers":[{"address":"10.0.0.1","times":3,"last":"T",)"
      R"("code":"intake.unauthenticated","detail":"no token"},{"address":"10.0.0.2"}]}]})");
  EXPECT_THAT(view, HasSubstr("    Next try at 2026-02-01T03:00:00.000Z.\n"));
  EXPECT_THAT(view, HasSubstr("    Its contact: 王工 0394-123.\n"));
  EXPECT_THAT(view, HasSubstr("  app: silent for 3h, longer than usual: why.\n"));
  EXPECT_THAT(view, HasSubstr("  app: refused 10.0.0.1, 3 time(s), last T, intake.unauthenticated: "
                              "no token; and 1 more\n"));
  EXPECT_THAT(view, HasSubstr("  No peer's name: refused 10.9.9.9, 2 time(s)"));
}

TEST(StatusView, APeerThatIsSilentIsNotOk) {
  const std::string view = statusView(
      R"({"queue_available":true,"peers":[{"name":"fine","in":{"state":"ok"}},)"
      R"({"name":"app","silent":{"seconds":10800,"detail":"why"},"in":{"state":"ok"}}]})");
  EXPECT_THAT(view, HasSubstr("app              silent "));
  EXPECT_LT(view.find("app "), view.find("fine "));
}

TEST(StatusView, IsNeverWellWhileAnybodyIsRefused) {
  EXPECT_TRUE(saysSomebodyIsRefused(R"({"queue_available":false})"));
  EXPECT_TRUE(saysSomebodyIsRefused(
      R"({"queue_available":true,"obstacle":{"code":"queue.memory","detail":"full"}})"));
  EXPECT_TRUE(saysSomebodyIsRefused(
      R"({"queue_available":true,"refusing":[{"peer":"app","code":"intake.exceptions_full"}]})"));
  EXPECT_TRUE(saysSomebodyIsRefused(R"({"queue_available":true,"spool":{"aside":1}})"));
  EXPECT_FALSE(saysSomebodyIsRefused(
      R"({"queue_available":true,"refusing":[],"spool":{"aside":0},"peers":[]})"));
  EXPECT_FALSE(saysSomebodyIsRefused("<html>"));
}

TEST(StatusView, SaysWhoIsRefusedAndWhy) {
  const std::string view = statusView(
      R"({"queue_available":true,"obstacle":{"code":"queue.memory","detail":"raise redis.memory","since":"T"},)"
      R"("refusing":[{"peer":"","code":"queue.full","detail":"the spool is full"},)"
      R"({"peer":"app","code":"intake.exceptions_full","detail":"lianqiao replay"}],"peers":[]})");
  EXPECT_THAT(view,
              HasSubstr("  Redis takes no records since T, queue.memory: raise redis.memory\n"));
  EXPECT_THAT(view, HasSubstr("  Refused: everybody, queue.full: the spool is full\n"));
  EXPECT_THAT(view, HasSubstr("  Refused: app, intake.exceptions_full: lianqiao replay\n"));
}

TEST(StatusView, SaysThatRedisIsAway) {
  EXPECT_THAT(statusView(R"({"queue_available":false,"peers":[]})"),
              HasSubstr("Redis does not answer"));
  EXPECT_THAT(statusView("<html>"), HasSubstr("cannot be read"));
}

TEST(StatusView, ShowsWhichServerTheSentinelsName) {
  EXPECT_THAT(statusView(R"({"queue_available":true,"redis_primary":"10.0.0.2:6379","peers":[]})"),
              HasSubstr("Redis: the sentinels' primary is 10.0.0.2:6379."));
}

TEST(StatusView, ShowsTheSpoolWhileItHoldsSomething) {
  const std::string view = statusView(
      R"({"queue_available":false,"spool":{"requests":12,"bytes":3145728,"limit":1073741824,)"
      R"("aside":1,"oldest_seconds":300},"queue_error":"away"})");
  EXPECT_THAT(view, HasSubstr("records are kept in the spool"));
  EXPECT_THAT(view, HasSubstr("12 requests wait for Redis, the oldest for 5min; 3 of 1024 MiB."));
  EXPECT_THAT(view, HasSubstr("1 requests are refused by Redis for good"));
  EXPECT_THAT(
      statusView(
          R"({"queue_available":true,"spool":{"requests":0,"bytes":0,"limit":9,"aside":0},"peers":[]})"),
      ::testing::Not(HasSubstr("pool")));
}

// It was archived or left lying without a word on any screen.
TEST(StatusView, WhatASourceDoesNotReadIsNamedThoughAllElseIsWell) {
  const std::string view = statusView(
      R"({"queue_available":true,"peers":[{"name":"town","exceptions":1,)"
      R"("in":{"accepted":3,"duplicates":0,"state":"ok","detail":"","unread":"1 file: minutes.docx"}}]})");
  EXPECT_THAT(view, HasSubstr("  town: not read: 1 file: minutes.docx\n"));
}

// A cover sheet was one of many exceptions, and the status showed a folder in which all was well.
TEST(StatusView, FilesAndSheetsThatWereQuarantinedUnreadAreNamedWithWhatToDo) {
  const std::string view = statusView(
      R"({"queue_available":true,"peers":[{"name":"town","exceptions":9,"unread_files":[)"
      R"({"exception":"01A","origin":"a.xlsx, sheet 说明"},{"exception":"01B","origin":"b.csv"}],)"
      R"("more_unread_files":true,"in":{"accepted":3,"state":"ok"}}]})");
  EXPECT_THAT(view, HasSubstr("  town: not read: a.xlsx, sheet 说明 (exception 01A); b.csv "
                              "(exception 01B); and more. Drop them again, mended, then lianqiao "
                              "close what is settled.\n"));
}

}  // namespace
}  // namespace lianqiao::cli
