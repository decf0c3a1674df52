#include "admin/api.h"

#include <signal.h>

#include <fstream>

#include "admin/client.h"
#include "base/rfc3339.h"
#include "intake/replay.h"
#include "lianqiao/codes.h"
#include "record/redact.h"
#include "redis/redis_connection.h"
#include "runtime/admin_port.h"
#include "support/service_fixture.h"

namespace lianqiao::admin {
namespace {

using namespace std::chrono_literals;
using test::badOrderOf;
using test::orderOf;
using ::testing::HasSubstr;
using ::testing::Not;

class AdminTest : public test::ServiceTest, protected Operations {
 protected:
  void SetUp() override {
    ServiceTest::SetUp();
    resend_ = std::make_unique<resend::Resend>(
        queue_->resends(), queue_->records(), [] { return nullptr; },
        [](const std::string&) { return true; }, clock_, ids_);
    api_ = std::make_unique<Api>(Backend{*queue_, *this, *resend_, clock_, "node", clock_.wall()});
    auto server = runtime::AdminPort::start(
        {.address = "127.0.0.1", .port = 0, .tls = {}}, token_,
        [this](const HttpRequest& request) { return api_->handle(request); });
    ASSERT_TRUE(server.ok()) << server.error().detail;
    server_ = std::move(*server);
    node_ = {"127.0.0.1", server_->port(), 0, "admin-token"};
  }
  void TearDown() override {
    if (server_) server_->stop();
  }

  [[nodiscard]] HistoryState historyState() const override { return history_; }
  [[nodiscard]] history::HistoryStore* historyStore() const override { return nullptr; }
  [[nodiscard]] std::vector<report::Report> reports() const override { return {}; }
  void rebuildHistory() override {}
  Result<SentPayload> sent(const history::Trail&, const history::Delivery&) override {
    return SentPayload();
  }
  [[nodiscard]] std::vector<PeerFacts> peers() const override {
    return {{.name = "hotline", .title = "热线", .adapter = "a", .receives = true, .polls = true},
            {.name = "grid", .title = "网格", .adapter = "b", .delivers = true},
            {.name = "province", .title = "省", .adapter = "c", .pull = true}};
  }
  [[nodiscard]] PeerState delivery(const std::string&) const override { return {"ok", {}, {}}; }
  [[nodiscard]] PeerState polling(const std::string&) const override {
    return {.state = "ok", .cause = {}, .detail = {}, .since = {}, .unread = said_};
  }
  [[nodiscard]] std::vector<Refusing> refusing() const override { return {}; }
  [[nodiscard]] std::vector<observe::RefusedCaller> refusedCallers() const override { return {}; }
  [[nodiscard]] std::uint64_t refusedCallersGone() const override { return 0; }
  [[nodiscard]] std::optional<Silence> silence(const std::string&) const override { return {}; }
  [[nodiscard]] std::vector<std::string> ignored(const std::string&) const override {
    return ignored_;
  }
  [[nodiscard]] std::string mask(const std::string& event) const override {
    return pipeline_->masked(event);
  }
  [[nodiscard]] std::string metricsText() const override { return "m 1\n"; }
  Result<ReplayAnswer> replayOne(const std::string& id, ReplayOptions mode) override {
    mode_ = mode;
    const intake::EntryMaker entries(*pipeline_, clock_, ids_);
    auto item = intake::Replay(queue_->submissions(), queue_->records(), entries)
                    .one(id, {mode.preview, mode.force});
    if (!item) return item.error();
    return ReplayAnswer{{{item->id, item->peer, "failing", item->code, item->message}}, {}, {}};
  }
  Result<ReplayAnswer> replayPage(const review::ExceptionFilter& filter,
                                  ReplayOptions mode) override {
    mode_ = mode;
    filter_ = filter;
    return page_;
  }
  ReloadAnswer reloadConfiguration() override { return {}; }
  Resumed resume(const std::string& peer) override {
    Resumed resumed{2, true, false, 7};
    if (peer == "grid") resumed.away = Error{"queue.unavailable", "Redis is away"};
    return resumed;
  }
  Result<ReconcileAnswer> reconcile(const ReconcileWish& wish) override {
    if (wish.day.empty()) return Error{codes::kMalformed, "no day"};
    reconciled_ += wish.peer + " " + wish.day + " " + wish.direction + (wish.fetch ? " fetch" : "");
    return ReconcileAnswer{false, wish.csv ? "a,b\n" : R"({"equal":false})"};
  }
  [[nodiscard]] std::vector<ReconciledLine> reconciled(const std::string& peer) const override {
    if (peer != "hotline") return {};
    ReconciledLine line;
    line.direction = "out";
    line.day = "2026-11-30";
    line.ours = 1204;
    line.theirs = 1201;
    line.onlyOurs = 3;
    return {line};
  }
  void noteClosed(const review::ExceptionInfo& exception, const std::string& note) override {
    closed_ += exception.id + " " + note + "\n";
  }
  void noteResend(const review::ResendList& list) override {
    shown_ += "resend by " + list.wish.by + ": " + list.wish.why + "\n";
  }
  void noteRawShown(const std::string& what, const std::string& by) override {
    shown_ += what + " to " + by + "\n";
  }

  HttpResponse ask(const std::string& method, const std::string& target) {
    auto response = call(node_, method, target);
    EXPECT_TRUE(response.ok()) << (response.ok() ? "" : response.error().detail);
    return response.ok() ? *response : HttpResponse{};
  }

  Result<ReplayAnswer> page_ = ReplayAnswer{};  // the answer to the next replay
  ReplayOptions mode_;                          // of the last
  review::ExceptionFilter filter_;
  std::string said_;  // by the source of "hotline", of what it does not read
  HistoryState history_;
  std::string closed_;
  std::string reconciled_;  // what was told of those
  std::string shown_;       // which raw items to whom
  std::vector<std::string> ignored_;
  const Secret token_{"admin-token"};
  std::unique_ptr<resend::Resend> resend_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<runtime::AdminPort> server_;
  NodeFile node_;
};

TEST_F(AdminTest, ResumeIsForPeersThatAreConfigured) {
  EXPECT_EQ(ask("POST", "/v1/peers/hotline/resume").body,
            R"({"peer":"hotline","suspects":2,"deliveries":true,"polls":false,"retries":7})");
  EXPECT_THAT(ask("POST", "/v1/peers/grid/resume").body,
              HasSubstr(R"("error":{"code":"queue.unavailable","message":"Redis is away"})"));
  EXPECT_EQ(ask("POST", "/v1/peers/nobody/resume").status, 404);
  EXPECT_EQ(ask("GET", "/v1/peers/hotline/resume").status, 404);
  EXPECT_EQ(ask("POST", "/v1/peers/resume").status, 404);
}

TEST_F(AdminTest, ResumeNamesThePeersWhereThereIsNoneOfThatName) {
  const HttpResponse answer = ask("POST", "/v1/peers/hotlin/resume");
  EXPECT_EQ(answer.status, 404);
  EXPECT_THAT(answer.body, HasSubstr("intake.unknown_peer"));
  EXPECT_EQ(messageOf(answer),
            "There is no peer hotlin; configured: grid, hotline, province. Did you mean hotline?");
}

TEST_F(AdminTest, NothingButHealthIsToldWithoutTheToken) {
  node_.token = "wrong";
  for (const char* target : {"/v1/status", "/metrics", "/v1/exceptions", "/v1/trail/x"}) {
    const HttpResponse answer = ask("GET", target);
    EXPECT_EQ(answer.status, 401) << target;
    EXPECT_THAT(answer.body, HasSubstr("intake.unauthenticated"));
  }
  EXPECT_EQ(ask("POST", "/v1/replay").status, 401);
  EXPECT_EQ(ask("GET", "/health").status, 200);
}

TEST_F(AdminTest, TheSumsOfTheStatusAreWhatThePeersHave) {
  submit({orderOf("a"), orderOf("b"), badOrderOf("c")});
  submit({orderOf("a")});
  const std::string body = ask("GET", "/v1/status").body;
  EXPECT_THAT(body, HasSubstr(R"("accepted":2,"duplicates":1,"quarantined":1)"));
  EXPECT_THAT(
      body,
      HasSubstr(
          R"("totals":{"accepted":2,"duplicates":1,"quarantined":1,"owed":4,"delivered":0,"buried":0,"open":4,"exceptions":1})"));
}

TEST(AdminClient, ARefusalWithoutWordsIsNotTakenForNothing) {
  HttpResponse answer;
  answer.status = 414;
  EXPECT_THAT(messageOf(answer), HasSubstr("HTTP 414"));
}

TEST_F(AdminTest, ATrailShowsNoPersonalData) {
  const std::string id = submit({orderOf("a")}).at(0).id;
  for (const std::string& by : {id, std::string("a")}) {
    const HttpResponse answer = ask("GET", "/v1/trail/" + by);
    EXPECT_EQ(answer.status, 200) << by;
    EXPECT_THAT(answer.body, HasSubstr(id));
    EXPECT_THAT(answer.body, HasSubstr("\"peer\":\"grid\""));
    EXPECT_THAT(answer.body, Not(HasSubstr("王小明")));
    EXPECT_THAT(answer.body, Not(HasSubstr("13800012345")));
  }
  EXPECT_EQ(ask("GET", "/v1/trail/nothing").status, 404);
}

TEST_F(AdminTest, ATrailMasksPersonsInKeysAndSourceIds) {
  std::string order = orderOf("1001/王小明/13800012345");
  order.replace(order.find("N1001/王小明/13800012345"),
                std::string("N1001/王小明/13800012345").size(), "N1001");
  const std::string id = submit({order}).at(0).id;
  for (const std::string& by : {id, std::string("hotline:1001/王小明/13800012345")}) {
    const HttpResponse answer = ask("GET", "/v1/trail/" + percentEncode(by));
    EXPECT_EQ(answer.status, 200) << by;
    EXPECT_THAT(answer.body, HasSubstr("1001/王**/138****2345"));
    EXPECT_THAT(answer.body, Not(HasSubstr("王小明")));
    EXPECT_THAT(answer.body, Not(HasSubstr("13800012345")));
  }
  const std::string unknown = ask("GET", "/v1/trail/" + percentEncode("x/王小明")).body;
  EXPECT_THAT(unknown, HasSubstr("intake.not_found"));
  EXPECT_THAT(unknown, Not(HasSubstr("王小明")));
}

TEST_F(AdminTest, NumbersOfPersonsInAPeersReasonAreMasked) {
  const std::string id = submit({orderOf("a")}).at(0).id;
  auto leases = queue_->deliveries().lease("province", 1, 30s);
  ASSERT_TRUE(leases.ok() && leases->size() == 1);
  queue::Settlement refused;
  refused.kind = queue::Settlement::Kind::buried;
  refused.lease = leases->front();
  refused.code = codes::kRejected;
  refused.detail = "查无此人 13912345678";
  ASSERT_TRUE(queue_->deliveries().settleNow({refused}).ok());
  for (const std::string& view : {std::string("/v1/exceptions"), "/v1/trail/" + id}) {
    const std::string body = ask("GET", view).body;
    EXPECT_THAT(body, HasSubstr("查无此人 139****5678")) << view;
    EXPECT_THAT(body, Not(HasSubstr("13912345678"))) << view;
  }
}

TEST_F(AdminTest, ATrailLeadsFromAQuarantinedItemsIdToItsStory) {
  const std::string id = submit({badOrderOf("7/王小明")}).at(0).id;
  for (const std::string& by : {id, std::string("7/王小明"), std::string("hotline:7/王小明")}) {
    const HttpResponse answer = ask("GET", "/v1/trail/" + percentEncode(by));
    EXPECT_EQ(answer.status, 200) << by;
    EXPECT_THAT(answer.body, HasSubstr(R"("records":[],"exceptions":[{"id":")" + id));
    EXPECT_THAT(answer.body, HasSubstr("normalize.unmapped_code"));
    EXPECT_THAT(answer.body, Not(HasSubstr("王小明")));
  }
}

/// Rule: what a peer sent can be read as long as its record or exception is kept, by who asks for
/// it in as many words, and the log says who did.
TEST_F(AdminTest, RawItemsAreShownWhereTheyAreAskedForAndTheLogSaysToWhom) {
  const std::string order = orderOf("a"), bad = badOrderOf("b");
  const std::string id = submit({order}).at(0).id, exception = submit({bad}).at(0).id;
  for (const std::string& view : {"/v1/trail/" + id, "/v1/trail/" + exception,
                                  std::string("/v1/exceptions"), "/v1/exceptions/" + exception}) {
    EXPECT_THAT(ask("GET", view).body, Not(HasSubstr("\"raw\""))) << view;
    EXPECT_TRUE(shown_.empty()) << view;
    json::Document document;
    const std::string body = ask("GET", view + "?raw=true&by=wang").body;
    ASSERT_TRUE(json::parse(body, document)) << body;
    std::string sent;
    json::writeText(view.ends_with(id) ? order : bad, sent);
    EXPECT_THAT(body, HasSubstr(R"("raw":{"body":)" + sent)) << view;
    EXPECT_THAT(shown_, HasSubstr("wang")) << view;
    shown_.clear();
  }
}

/// The rule: what would not be shown is not read.
TEST_F(AdminTest, RawItemsPastTheBoundOfAnAnswerAreNotRead) {
  const intake::EntryMaker entries(*pipeline_, clock_, ids_);
  const auto store = [&](const std::string& order, char fill) {
    expression::Workspace workspace;
    RawItem item;
    item.body = order;
    queue::Submission submission;
    submission.entries.push_back(entries.make("hotline", std::move(item), workspace));
    submission.entries[0].body.assign(12u << 20, fill);
    std::promise<bool> stored;
    queue_->submissions().submit(
        std::move(submission),
        [&](const Result<std::vector<ItemVerdict>>& verdicts) { stored.set_value(verdicts.ok()); });
    EXPECT_TRUE(stored.get_future().get());
  };
  for (char fill = 'a'; fill < 'f'; ++fill) {
    store(badOrderOf("bad"), fill);
    std::string revision = orderOf("good");  // its time tells one from another
    revision.replace(revision.find("08:05:07"), 8, std::string("08:05:1") + char(fill - 'a' + '0'));
    store(revision, fill);
  }
  redis::RedisAddress address;
  address.socket = (folder_.path() / "redis" / "redis.sock").string();
  const auto redis = redis::RedisConnection::open(address);
  ASSERT_TRUE(redis.ok());
  const auto given = [&] {
    const auto told = (*redis)->call({"INFO", "stats"});
    constexpr std::string_view kName = "total_net_output_bytes:";
    const std::string text(told.ok() ? (*told)->text : std::string_view());
    return std::strtoull(text.c_str() + text.find(kName) + kName.size(), nullptr, 10);
  };
  const auto before = given();
  const std::string body = ask("GET", "/v1/exceptions?raw=true").body;
  EXPECT_LT(given() - before, 40u << 20) << "of 60 MiB";
  EXPECT_THAT(body, HasSubstr(R"("raw":null)"));
  EXPECT_THAT(body, HasSubstr("bbbb"));
  const auto trails = queue_->records().trail("good");
  ASSERT_TRUE(trails.ok());
  EXPECT_EQ(trails->size(), 5u);
  std::size_t held = 0;
  for (const review::Trail& trail : *trails) held += trail.body.size();
  EXPECT_EQ(held, 24u << 20);
}

TEST_F(AdminTest, AHeldLeafStandsInTheStatusUntilItIsReleasedOrIgnored) {
  redis::RedisAddress address;
  address.socket = (folder_.path() / "redis" / "redis.sock").string();
  const auto redis = redis::RedisConnection::open(address);
  ASSERT_TRUE(redis.ok());
  ASSERT_TRUE((*redis)->call({"HSET", "{lq}:held", "hotline views", "7"}).ok());
  const std::string told = R"("held":[{"peer":"hotline","path":"views","updates":7}])";
  EXPECT_THAT(ask("GET", "/v1/status").body, HasSubstr(told));
  ignored_ = {"views"};
  EXPECT_THAT(ask("GET", "/v1/status").body, HasSubstr(R"("held":[])"));
  ignored_ = {};
  EXPECT_EQ(ask("POST", "/v1/peers/hotline/release?path=other").status, 404);
  EXPECT_EQ(ask("POST", "/v1/peers/hotline/release?path=views").body,
            R"({"peer":"hotline","path":"views","delivered":0,"left":0})");
  EXPECT_THAT(ask("GET", "/v1/status").body, HasSubstr(R"("held":[])"));
}

// Rule: what was quarantined unread stands in the status for as long as its exception is there, and
// once, also where its source says the same.
TEST_F(AdminTest, FilesThatWereQuarantinedUnreadStandInTheStatusUntilSomebodyClosesThem) {
  queue::Submission submission;
  for (const char* origin : {"a.xlsx, sheet 说明", "/srv/town", "张13800012345.csv"}) {
    queue::Entry entry;
    entry.quarantined = queue::Quarantined{};
    entry.quarantined->id = ids_.next();
    entry.quarantined->peer = "hotline";
    entry.quarantined->origin = origin;
    entry.quarantined->code = codes::kBadFile;
    entry.body = std::string(origin);
    submission.entries.push_back(std::move(entry));
  }
  const std::string sheet = submission.entries.front().quarantined->id;
  std::promise<void> stored;
  queue_->submissions().submit(std::move(submission),
                               [&stored](const auto&) { stored.set_value(); });
  stored.get_future().wait();
  said_ = "/srv/town: 1 is not read: minutes.docx fits no pattern";
  const std::string status = ask("GET", "/v1/status").body;
  EXPECT_THAT(status, HasSubstr(R"("unread_files":[{"exception":")" + sheet +
                                R"(","origin":"a.xlsx, sheet 说明"},{)"));
  EXPECT_THAT(status, Not(HasSubstr("13800012345")));
  EXPECT_THAT(status, Not(HasSubstr(R"("origin":"/srv/town")")));
  ASSERT_TRUE(queue_->records().dropException(sheet).value());
  EXPECT_THAT(ask("GET", "/v1/status").body, Not(HasSubstr("说明")));
}

// The rule: what the status shows can be named to the command that it names.
TEST_F(AdminTest, ALeafIsReleasedByThePathThatTheStatusShows) {
  redis::RedisAddress address;
  address.socket = (folder_.path() / "redis" / "redis.sock").string();
  const auto redis = redis::RedisConnection::open(address);
  ASSERT_TRUE(redis.ok());
  const auto hold = [&](const std::string& path) {
    ASSERT_TRUE((*redis)->call({"HSET", "{lq}:held", "hotline " + path, "7"}).ok());
  };
  hold("of 13800012345/views");
  const std::string masked = record::maskNumbers("of 13800012345/views");
  EXPECT_THAT(ask("GET", "/v1/status").body, HasSubstr(R"("path":")" + masked + '"'));
  hold("of 13800092345/views");
  const std::string target = "/v1/peers/hotline/release?path=" + percentEncode(masked);
  const HttpResponse twice = ask("POST", target);
  EXPECT_EQ(twice.status, 400) << twice.body;
  EXPECT_EQ(ask("POST", "/v1/peers/hotline/release?path=of%2013800092345/views").status, 200);
  EXPECT_EQ(ask("POST", target).status, 200);
  EXPECT_THAT(ask("GET", "/v1/status").body, HasSubstr(R"("held":[])"));
}

TEST_F(AdminTest, ExceptionsAreFilteredAndReplayedById) {
  const std::string id = submit({badOrderOf("a")}).at(0).id;
  EXPECT_THAT(ask("GET", "/v1/exceptions").body, HasSubstr(id));
  EXPECT_THAT(ask("GET", "/v1/exceptions").body, Not(HasSubstr("13800012345")));
  EXPECT_THAT(ask("GET", "/v1/exceptions?peer=hotline&code=normalize.unmapped_code").body,
              HasSubstr(id));
  EXPECT_THAT(ask("GET", "/v1/exceptions?peer=grid").body, Not(HasSubstr(id)));
  EXPECT_THAT(ask("GET", "/v1/exceptions?code=validate.schema").body, Not(HasSubstr(id)));
  for (const char* bad : {"limit=0", "limit=5x", "limit=1001", "from=yesterday"}) {
    EXPECT_EQ(ask("GET", std::string("/v1/exceptions?") + bad).status, 400) << bad;
  }
  EXPECT_THAT(ask("POST", "/v1/exceptions/" + id + "/replay").body,
              HasSubstr(R"("replayed":0,"duplicates":0,"failed":1)"));
  EXPECT_EQ(ask("GET", "/v1/exceptions/" + id).status, 200);
  EXPECT_EQ(ask("POST", "/v1/exceptions/nothing/replay").status, 404);
}

TEST_F(AdminTest, AFilterNarrowsTheCausesToo) {
  submit({badOrderOf("a"), badOrderOf("a")});
  const std::string cause = R"({"peer":"hotline","code":"normalize.unmapped_code","count":1})";
  EXPECT_THAT(ask("GET", "/v1/exceptions").body, HasSubstr(R"("causes":[)" + cause + "]"));
  EXPECT_THAT(ask("GET", "/v1/exceptions?peer=hotline").body, HasSubstr(cause));
  EXPECT_THAT(ask("GET", "/v1/exceptions?peer=grid").body, HasSubstr(R"("causes":[])"));
  EXPECT_THAT(ask("GET", "/v1/exceptions?code=validate.schema").body, HasSubstr(R"("causes":[])"));
}

TEST_F(AdminTest, TellsHowOftenTheSameExceptionCame) {
  submit({badOrderOf("a")});
  submit({badOrderOf("a")});
  EXPECT_THAT(ask("GET", "/v1/exceptions").body, HasSubstr(R"("seen":2)"));
}

TEST_F(AdminTest, NamesThePeersWhereThereIsNoneOfThatName) {
  for (const HttpResponse& answer :
       {ask("GET", "/v1/exceptions?peer=hotlin"), ask("POST", "/v1/replay?peer=hotlin")}) {
    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(
        messageOf(answer),
        "There is no peer hotlin; configured: grid, hotline, province. Did you mean hotline?");
  }
}

TEST_F(AdminTest, APersonClosesAnExceptionForGoodAndSaysWhy) {
  const std::string id = submit({badOrderOf("a")}).at(0).id;
  const std::string close = "/v1/exceptions/" + id + "/close";
  EXPECT_EQ(ask("POST", close).status, 400) << "without a reason";
  EXPECT_EQ(ask("GET", "/v1/exceptions/" + id).status, 200);
  const std::string how = "?by=li&reason=" + percentEncode("测试数据，\n13800012345");
  const HttpResponse answer = ask("POST", close + how);
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr(id));
  EXPECT_EQ(closed_, id + " closed by li: 测试数据， 138****2345\n");
  const HttpResponse second = ask("POST", close + "?by=wang&reason=too");
  EXPECT_EQ(second.status, 404) << "there is nothing more to close";
  EXPECT_THAT(messageOf(second), HasSubstr("There is no exception " + id + " any more: at "));
  EXPECT_THAT(messageOf(second), HasSubstr(" it was closed by li: 测试数据， 138****2345."));
  EXPECT_EQ(messageOf(ask("POST", "/v1/exceptions/" + id + "/replay")), messageOf(second));
  EXPECT_THAT(ask("GET", "/v1/exceptions").body, HasSubstr(R"({"causes":[],"items":[]})"));
  node_.token = "wrong";
  EXPECT_EQ(ask("POST", close + how).status, 401);
}

TEST_F(AdminTest, WhatWasDeliveredIsSentAgainByAListThatIsFrozenFirst) {
  const std::string id = submit({orderOf("a")}).at(0).id;
  const std::string peer = queue_->records().trail(id)->at(0).deliveries.at(0).peer;
  auto leases = queue_->deliveries().lease(peer, 1, 30s);
  ASSERT_TRUE(leases.ok() && leases->size() == 1);
  queue::Settlement settlement;
  settlement.lease = std::move(leases->at(0));
  ASSERT_TRUE(queue_->deliveries().settleNow({settlement}).ok());

  EXPECT_EQ(ask("POST", "/v1/resends?by=li").status, 400) << "without a reason";
  const HttpResponse made =
      ask("POST", "/v1/resends?by=li&reason=" + percentEncode("他们丢了 13800012345"));
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string list = "/v1/resends/" + made.body.substr(7, 26);
  EXPECT_EQ(ask("POST", list + "/deliveries").status, 400) << "neither ids nor a day";
  const auto added = call(node_, "POST", list + "/deliveries?peer=" + peer, 30s,
                          R"({"ids":[")" + id + R"(","13800012345"]})");
  ASSERT_TRUE(added.ok());
  EXPECT_THAT(added->body,
              HasSubstr(R"({"deliveries":1,"taken":2,"refused":[{"id":"138****2345")"));
  EXPECT_THAT(ask("GET", list).body, HasSubstr(R"("over":false,"result":"resent"})"));
  const HttpResponse ran = ask("POST", list + "/run?most=10");
  EXPECT_THAT(ran.body, HasSubstr(R"("by":"li","reason":"他们丢了 138****2345")"));
  EXPECT_THAT(ran.body, HasSubstr(R"("done":1,"refused":0,"failed":0,"left":0,"items":[]})"));
  EXPECT_EQ(shown_, "resend by li: 他们丢了 138****2345\n");
  EXPECT_THAT(ask("GET", "/v1/trail/" + id).body, HasSubstr("deliver.resent by li: 他们丢了"));
  EXPECT_EQ(call(node_, "POST", list + "/deliveries?peer=" + peer, 30s, R"({"ids":["x"]})")->status,
            400)
      << "it is frozen";
  EXPECT_EQ(ask("POST", "/v1/resends/01HZ0000000000000000000000/run").status, 404);
  EXPECT_EQ(ask("GET", "/v1/resends").status, 404);
}

TEST_F(AdminTest, AReasonThatCannotBeTakenWholeIsRefusedAndTheExceptionStays) {
  const std::string id = submit({badOrderOf("a")}).at(0).id;
  const auto close = [&](const std::string& reason, const char* by = "") {
    return ask("POST", "/v1/exceptions/" + id + "/close?by=" + percentEncode(by) +
                           "&reason=" + percentEncode(reason));
  };
  const HttpResponse gbk = close("\xB2\xE2\xCA\xD4");
  EXPECT_EQ(gbk.status, 400);
  EXPECT_THAT(messageOf(gbk), HasSubstr("reason is not UTF-8. Set the terminal's encoding"));
  EXPECT_THAT(messageOf(close("x", "\xB2\xE2")), HasSubstr("by is not UTF-8"));
  std::string longest;
  while (longest.size() < 3 * 189) longest += "长";
  const HttpResponse tooLong = close(longest + "411702198001010016");
  EXPECT_EQ(tooLong.status, 400);
  EXPECT_EQ(messageOf(tooLong), "reason is longer than 200 characters; say it in fewer.");
  EXPECT_EQ(ask("GET", "/v1/exceptions/" + id).status, 200);
  EXPECT_EQ(closed_, "");
  EXPECT_EQ(close(longest + "13800012345").status, 200);
  EXPECT_EQ(closed_, id + " closed by hand: " + longest + "138****2345\n");
}

TEST_F(AdminTest, AReplayTakesItsFilterAndModeAndTellsEveryResult) {
  page_ = ReplayAnswer{{{"01A", "hotline", "accepted", {}, {}},
                        {"01B", "hotline", "duplicate", {}, {}},
                        {"01C", "grid", "requeued", {}, {}},
                        {"01D", "hotline", "failing", "validate.schema", "why"},
                        {"01E", "grid", "superseded", {}, "later"}},
                       "01E",
                       {}};
  const HttpResponse answer =
      ask("POST",
          "/v1/replay?peer=hotline&code=validate.schema&from=2026-01-31T08:00:00%2B08:00"
          "&to=2026-02-01T00:00:00Z&limit=5&after=019&preview=true&force=true");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body,
              HasSubstr(R"("replayed":2,"duplicates":1,"failed":1,"superseded":1,"items":[)"));
  EXPECT_THAT(
      answer.body,
      HasSubstr(
          R"({"id":"01D","peer":"hotline","result":"failing","code":"validate.schema","message":"why"})"));
  EXPECT_THAT(answer.body, HasSubstr(R"("next":"01E"})"));
  EXPECT_TRUE(mode_.preview && mode_.force);
  EXPECT_EQ(filter_.peer, "hotline");
  EXPECT_EQ(filter_.code, "validate.schema");
  EXPECT_EQ(filter_.limit, 5u);
  EXPECT_EQ(filter_.after, "019");
  EXPECT_EQ(filter_.from, base::parseTime("2026-01-31T00:00:00Z"));
  EXPECT_EQ(filter_.to, base::parseTime("2026-02-01T00:00:00Z"));
  EXPECT_EQ(ask("POST", "/v1/replay?from=yesterday").status, 400);
}

TEST_F(AdminTest, AReplayThatStopsOnTheWayTellsWhatWasDone) {
  page_ = ReplayAnswer{
      {{"01A", "hotline", "accepted", {}, {}}}, {}, Error{"queue.unavailable", "away"}};
  const HttpResponse answer = ask("POST", "/v1/replay");
  EXPECT_EQ(answer.status, 200);
  EXPECT_FALSE(mode_.preview || mode_.force);
  EXPECT_THAT(answer.body, HasSubstr(R"("replayed":1)"));
  EXPECT_THAT(answer.body, HasSubstr(R"("error":{"code":"queue.unavailable","message":"away"})"));
  page_ = Error{"queue.unavailable", "away"};
  EXPECT_EQ(ask("POST", "/v1/replay").status, 503);
}

TEST_F(AdminTest, ReconcilesADayAndTellsWhetherItIsEqual) {
  const HttpResponse json =
      ask("POST", "/v1/peers/hotline/reconcile?day=2026-11-30&direction=in&fetch=true");
  EXPECT_EQ(json.status, 200);
  EXPECT_EQ(json.body, R"({"equal":false})");
  EXPECT_EQ(json.headers.get("Lianqiao-Equal"), "false");
  EXPECT_EQ(reconciled_, "hotline 2026-11-30 in fetch");
  const HttpResponse csv = ask("POST", "/v1/peers/hotline/reconcile?day=2026-11-30&format=csv");
  EXPECT_EQ(csv.body, "a,b\n");
  EXPECT_EQ(csv.headers.get("Content-Type"), "text/csv; charset=utf-8");
  EXPECT_EQ(ask("POST", "/v1/peers/hotline/reconcile").status, 400);
  EXPECT_EQ(ask("POST", "/v1/peers/nobody/reconcile?day=2026-11-30").status, 404);
  EXPECT_EQ(ask("GET", "/v1/peers/hotline/reconcile?day=2026-11-30").status, 404);
}

TEST_F(AdminTest, StatusHasTheLastReconciledDayOfAPeer) {
  EXPECT_THAT(ask("GET", "/v1/status").body,
              HasSubstr(R"("reconciled":[{"direction":"out","daily":false,"day":"2026-11-30",)"
                        R"("at":"1970-01-01T00:00:00.000Z","equal":false,"ours":1204,)"
                        R"("theirs":1201,"only_ours":3,"only_theirs":0,"differing":0,"open":0}])"));
}

TEST_F(AdminTest, TheNodeFileIsReadBackAndIsForItsOwnerAlone) {
  ASSERT_TRUE(writeNodeFile(folder_.path(), node_).ok());
  const auto read = readNodeFile(folder_.path());
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->port, node_.port);
  EXPECT_EQ(read->token, "admin-token");
  using std::filesystem::perms;
  const perms rights = std::filesystem::status(folder_.path() / "run" / "node.json").permissions();
  EXPECT_EQ(rights & (perms::group_all | perms::others_all), perms::none);
  removeNodeFile(folder_.path());
  const auto gone = readNodeFile(folder_.path());
  ASSERT_FALSE(gone.ok());
  EXPECT_THAT(gone.error().detail, HasSubstr((folder_.path() / "run/node.json").string()));
  EXPECT_THAT(gone.error().detail, HasSubstr("lianqiao run"));
}

TEST_F(AdminTest, StatusTellsThatRedisIsAwayInsteadOfShowingZeros) {
  pid_t redis = 0;
  std::ifstream(folder_.path() / "redis" / "redis.pid") >> redis;
  ::kill(redis, SIGSTOP);
  const HttpResponse status = ask("GET", "/v1/status");
  ::kill(redis, SIGCONT);
  EXPECT_EQ(status.status, 200);
  EXPECT_THAT(status.body, HasSubstr("\"queue_available\":false"));
  EXPECT_THAT(status.body, HasSubstr("\"queue_error\":\"Redis at "));
  EXPECT_THAT(status.body, Not(HasSubstr("accepted")));
}

}  // namespace
}  // namespace lianqiao::admin
