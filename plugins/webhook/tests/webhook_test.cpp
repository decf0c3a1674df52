#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <stdexcept>

#include "conformance/fake_host.h"
#include "lianqiao/descriptor.h"
#include "webhook/webhook_mock.h"
#include "webhook/webhook_sink.h"

extern "C" const lianqiao::Descriptor* lianqiao_descriptor();

namespace lianqiao::webhook {
namespace {

using namespace std::chrono_literals;

Settings settings() {
  Settings s;
  for (const char* name : {"key_header", "sign_id", "sign_service_id", "code_field",
                           "receipt_field", "list_url", "list_items", "list_total", "list_id",
                           "list_time", "manifest_url", "fetch_url", "fetch_item"})
    s.set(name, std::string());
  for (const char* name : {"headers", "retry_codes", "refused_codes", "refused_words",
                           "throttled_codes", "rejected_codes"})
    s.set(name, std::vector<std::string>());
  for (const char* name : {"token", "key", "sign_secret", "signature_key"}) s.set(name, Secret());
  for (const char* name : {"count_header", "part_header", "digest_header", "signature_header"})
    s.describe(name);
  s.set("digest_hash", std::string("sha256"));
  s.set("batch_bytes", std::int64_t{8 << 20});
  s.set("url", std::string("http://peer.test/events"));
  s.set("method", std::string("POST"));
  s.set("sign_scheme", std::string("none"));
  s.set("idempotency_header", std::string("Idempotency-Key"));
  s.set("ok_codes", std::vector<std::string>{"0"});
  s.set("other_codes", std::string("rejected"));
  s.set("empty_answer", std::string("retry"));
  s.set("batch", std::int64_t{1});
  s.set("batch_form", std::string("array"));
  s.set("mock_replies", true);
  return s;
}

Deadline soon() { return std::chrono::steady_clock::now() + 5s; }

struct Sent {
  json::Document document;
  Delivery delivery;
  explicit Sent(std::string_view text, std::string_view key = "r1.peer") {
    EXPECT_TRUE(json::parse(text, document).ok());
    delivery = {.recordId = "r1",
                .key = "k",
                .type = "work_order",
                .idempotencyKey = key,
                .attempt = 1,
                .payload = document.root,
                .payloadText = text,
                .record = document.root};
  }
};

TEST(WebhookSink, SendsThePayloadAsItIsWithItsStableKey) {
  test::FakeHost host;
  host.answer(200, "{}");
  Settings s = settings();
  s.set("token", Secret("t-secret"));
  s.set("headers", std::vector<std::string>{"X-Area: 411681"});
  WebhookSink sink(s, host);
  Sent sent(R"({"a":1.10})");
  EXPECT_EQ(sink.deliver(sent.delivery, soon()).verdict, Verdict::delivered);
  const HttpCall call = host.lastCall();
  EXPECT_EQ(call.body, R"({"a":1.10})");
  EXPECT_EQ(call.headers.get("idempotency-key"), "r1.peer");
  EXPECT_EQ(call.headers.get("Authorization"), "Bearer t-secret");
  EXPECT_EQ(call.headers.get("X-Area"), "411681");
}

TEST(WebhookSink, RefusesAnEntryOfHeadersThatIsNoHeaderField) {
  test::FakeHost host;
  for (const char* entry :
       {"X-Area 411681", "", ": 1", "X Area: 1", "X-Area: 1\r\nX-More: 2", "区: 1"}) {
    Settings s = settings();
    s.set("headers", std::vector<std::string>{"X-First: 1", entry});
    try {
      WebhookSink sink(s, host);
      ADD_FAILURE() << "taken: " << entry;
    } catch (const std::invalid_argument& refused) {
      EXPECT_NE(std::string_view(refused.what()).find("entry 2 of headers"),
                std::string_view::npos);
      EXPECT_EQ(std::string_view(refused.what()).find("411681"), std::string_view::npos)
          << "may be a secret";
    }
  }
}

TEST(WebhookSink, ReadsTheVerdictOfA200FromItsBody) {
  test::FakeHost host;
  Settings s = settings();
  s.set("code_field", std::string("result.code"));
  s.set("ok_codes", std::vector<std::string>{"0", "true"});
  s.set("retry_codes", std::vector<std::string>{"busy"});
  s.set("refused_codes", std::vector<std::string>{"E-106"});
  s.set("receipt_field", std::string("result.id"));
  WebhookSink sink(s, host);
  Sent sent("{}");
  const struct {
    const char* body;
    Verdict want;
  } cases[] = {
      {R"({"result":{"code":0,"id":"T9"}})", Verdict::delivered},
      {R"({"result":{"code":true}})", Verdict::delivered},
      {R"({"result":{"code":"busy"}})", Verdict::retry},
      {R"({"result":{"code":"E-106"}})", Verdict::refused},
      {R"({"result":{"code":"bad field"}})", Verdict::rejected},
      {R"({"other":1})", Verdict::retry},
      {"<html>", Verdict::retry},
  };
  for (const auto& row : cases) {
    host.answer(200, row.body);
    EXPECT_EQ(sink.deliver(sent.delivery, soon()).verdict, row.want) << row.body;
  }
  host.answer(200, R"({"result":{"code":0,"id":"T9"}})");
  EXPECT_EQ(sink.deliver(sent.delivery, soon()).receipt, "T9");
}

// What an answer without a body means is the peer's to say, by a setting; what cannot be read is no
// "no JSON": the message says which encoding came.
TEST(WebhookSink, TakesAnEmptyAnswerAsTheSettingSays) {
  for (const bool delivers : {false, true}) {
    test::FakeHost host;
    Settings s = settings();
    s.set("code_field", std::string("code"));
    s.set("empty_answer", std::string(delivers ? "delivered" : "retry"));
    WebhookSink sink(s, host);
    Sent sent("{}");
    for (const int status : {200, 204}) {
      host.answer(status, "");
      const Outcome outcome = sink.deliver(sent.delivery, soon());
      EXPECT_EQ(outcome.verdict, delivers ? Verdict::delivered : Verdict::retry);
      if (!delivers) {
        EXPECT_NE(outcome.detail.find("empty_answer"), std::string::npos);
      }
    }
    host.onSend([](const HttpCall&) -> Result<HttpResponse> {
      HttpResponse response;
      response.unread = "it came in the encoding br";
      return response;
    });
    const Outcome unread = sink.deliver(sent.delivery, soon());
    EXPECT_EQ(unread.verdict, Verdict::retry) << "it was not empty";
    EXPECT_NE(unread.detail.find("the encoding br"), std::string::npos);
  }
  test::FakeHost host;
  host.answer(204, "");
  WebhookSink byStatus(settings(), host);
  Sent sent("{}");
  EXPECT_EQ(byStatus.deliver(sent.delivery, soon()).verdict, Verdict::delivered);
}

TEST(WebhookSink, FindsTheBadOneWhenAWholeBatchIsRejected) {
  test::FakeHost host;
  Settings s = settings();
  s.set("batch", std::int64_t{10});
  host.onSend([](const HttpCall& call) -> Result<HttpResponse> {
    HttpResponse response;
    response.status = call.body.find("bad") == std::string::npos ? 200 : 400;
    return response;
  });
  WebhookSink sink(s, host);
  Sent good(R"({"x":"good"})", "1"), bad(R"({"x":"bad"})", "2"), fine(R"({"x":"fine"})", "3");
  const std::vector<Delivery> all{good.delivery, bad.delivery, fine.delivery};
  const auto outcomes = sink.deliverBatch(all, soon());
  ASSERT_EQ(outcomes.size(), 3u);
  EXPECT_EQ(outcomes[0].verdict, Verdict::delivered);
  EXPECT_EQ(outcomes[1].verdict, Verdict::rejected);
  EXPECT_EQ(outcomes[2].verdict, Verdict::delivered);
}

// Common servers take 4 to 8 KiB of head. Whatever `batch` is and however long the keys are, the
// head stays below 4 KiB, and each record goes once and in order.
TEST(WebhookSink, NeverFillsTheHeadWithTheKeysOfABatch) {
  for (const std::size_t keyBytes : {20u, 45u, 101u, 1536u, 3072u, 3073u}) {
    for (const std::size_t count : {1u, 2u, 3u, 200u, 1000u}) {
      test::FakeHost host;
      Settings s = settings();
      s.set("batch", std::int64_t{1000});
      std::vector<std::string> told;
      host.onSend([&](const HttpCall& call) -> Result<HttpResponse> {
        std::size_t head = 0;
        for (const auto& [name, value] : call.headers.all()) head += name.size() + value.size() + 4;
        if (keyBytes <= 3072) {
          EXPECT_LT(head, 4096u - 512u) << "room for host, length and the like";
        }
        std::string_view keys = call.headers.get("Idempotency-Key");
        const auto commas = static_cast<std::size_t>(std::count(keys.begin(), keys.end(), ','));
        json::Document body;
        EXPECT_TRUE(json::parse(call.body, body));
        EXPECT_EQ(body.root.size(), commas + 1) << "a key for each record";
        for (std::size_t i = 0; i <= commas; ++i) {
          told.emplace_back(keys.substr(0, keys.find(',')));
          keys.remove_prefix(std::min(keys.find(','), keys.size() - 1) + 1);
        }
        return HttpResponse{200, {}, ""};
      });
      WebhookSink sink(s, host);
      std::vector<std::string> keys;
      for (std::size_t i = 0; i < count; ++i) {
        keys.push_back(std::to_string(i));
        keys.back().insert(0, keyBytes - keys.back().size(), 'k');
      }
      std::deque<Sent> sent;
      std::vector<Delivery> all;
      for (const std::string& key : keys) all.push_back(sent.emplace_back("{}", key).delivery);
      for (const Outcome& outcome : sink.deliverBatch(all, soon()))
        EXPECT_EQ(outcome.verdict, Verdict::delivered);
      EXPECT_EQ(told, keys) << keyBytes << " bytes, " << count << " records";
    }
  }
}

TEST(WebhookSink, AsksAPeerThatCannotTakeTheFirstPartNotAtOnceForTheRest) {
  test::FakeHost host;
  Settings s = settings();
  s.set("batch", std::int64_t{1000});
  host.onSend([](const HttpCall&) -> Result<HttpResponse> { return HttpResponse{503, {}, ""}; });
  WebhookSink sink(s, host);
  const std::string key(1600, 'k');
  Sent a("{}", key), b("{}", key), c("{}", key);
  const std::vector<Delivery> all{a.delivery, b.delivery, c.delivery};
  const auto outcomes = sink.deliverBatch(all, soon());
  ASSERT_EQ(outcomes.size(), 3u);
  for (const Outcome& outcome : outcomes) EXPECT_EQ(outcome.verdict, Verdict::throttled);
  EXPECT_EQ(host.calls().size(), 1u);
}

/// Digests and MACs of [{"a":1},{"a":2}] as the openssl command makes them.
TEST(WebhookSink, SaysOfABatchHowManyItHoldsAndBearsItsDigestAndSignature) {
  struct Case {
    const char* hash;
    const char* digest;
    const char* mac;
  };
  for (const Case& c :
       {Case{"sha256", "99fadecef60e156ff21aff799671271e5fba37d003cce74da416587190ad9b14",
             "75949f7719f50aa12e992d5b9de734d5be71a3508a4289572877fb00ce806c88"},
        Case{"sm3", "775b73894d84ef2b7543babcbe5854f9fdca04ecd7056b5b51dedffdcb941ea7",
             "d216c3ce8a5f7cb1a2412d19aafc48370ff40d32cde83230378f929722cb7ea7"}}) {
    Settings s = settings();
    s.set("batch", std::int64_t{500});
    s.set("idempotency_header", std::string());
    s.set("count_header", std::string("X-Count"));
    s.set("part_header", std::string("X-Part"));
    s.set("digest_header", std::string("X-Digest"));
    s.set("digest_hash", std::string(c.hash));
    s.set("signature_header", std::string("X-Signature"));
    s.set("signature_key", Secret("batch-key-1"));
    test::FakeHost host;
    host.answer(200, "");
    WebhookSink sink(s, host);
    Sent a(R"({"a":1})", "k1"), b(R"({"a":2})", "k2");
    sink.deliverBatch(std::vector<Delivery>{a.delivery, b.delivery}, soon());
    const HttpCall call = host.lastCall();
    EXPECT_EQ(call.headers.get("X-Count"), "2");
    EXPECT_EQ(call.headers.get("X-Part"), "1/1");
    EXPECT_EQ(call.headers.get("X-Digest"), c.digest);
    EXPECT_EQ(call.headers.get("X-Signature"), c.mac);
  }
}

TEST(WebhookSink, CutsABatchByItsBytesAndNumbersTheParts) {
  Settings s = settings();
  s.set("batch", std::int64_t{10'000});
  s.set("batch_bytes", std::int64_t{100});
  s.set("idempotency_header", std::string());
  s.set("count_header", std::string("X-Count"));
  s.set("part_header", std::string("X-Part"));
  test::FakeHost host;
  host.onSend([](const HttpCall&) -> Result<HttpResponse> { return HttpResponse{200, {}, ""}; });
  WebhookSink sink(s, host);
  const std::string payload = R"({"a":")" + std::string(32, 'x') + "\"}";  // two fill a part
  const std::string large = R"({"a":")" + std::string(200, 'y') + "\"}";
  std::deque<Sent> sent;
  std::vector<Delivery> all;
  for (const std::string* text : {&payload, &payload, &payload, &large, &payload})
    all.push_back(sent.emplace_back(*text).delivery);
  for (const Outcome& outcome : sink.deliverBatch(all, soon()))
    EXPECT_EQ(outcome.verdict, Verdict::delivered);
  std::vector<std::string> parts;
  for (const HttpCall& call : host.calls()) {
    parts.push_back(std::string(call.headers.get("X-Part")) + ": " +
                    std::string(call.headers.get("X-Count")));
    EXPECT_TRUE(call.body.size() <= 100 || call.headers.get("X-Count") == "1");
  }
  EXPECT_EQ(parts, (std::vector<std::string>{"1/4: 2", "2/4: 1", "3/4: 1", "4/4: 1"}));
}

TEST(WebhookSink, NamesWhatItsMarksLack) {
  const auto whyNot = [](const char* name, const char* value) -> std::string {
    Settings s = settings();
    s.set(name, std::string(value));
    test::FakeHost host;
    try {
      const WebhookSink sink(s, host);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_NE(whyNot("signature_header", "X-Signature").find("signature_key"), std::string::npos);
  EXPECT_NE(whyNot("digest_header", "X Digest").find("digest_header"), std::string::npos);
}

TEST(WebhookMock, HoldsABatchToItsMarks) {
  Settings s = settings();
  s.set("batch", std::int64_t{5});
  s.set("count_header", std::string("X-Count"));
  s.set("digest_header", std::string("X-Digest"));
  s.set("signature_header", std::string("X-Signature"));
  s.set("signature_key", Secret("right"));
  WebhookMock mock(s);
  for (const char* key : {"right", "wrong"}) {
    s.set("signature_key", Secret(key));
    test::FakeHost host;
    host.onSend([&](const HttpCall& call) -> Result<HttpResponse> {
      return mock.handle(test::asRequest(call), {});
    });
    WebhookSink sink(s, host);
    Sent a("{}", "a"), b("{}", "b");
    const std::vector<Delivery> both{a.delivery, b.delivery};
    const bool right = std::string_view(key) == "right";
    for (const Outcome& outcome : sink.deliverBatch(both, soon()))
      EXPECT_EQ(outcome.verdict, right ? Verdict::delivered : Verdict::rejected) << key;
  }
}

TEST(WebhookMock, TakesWhatTheSinkSendsAndKnowsWhatComesTwice) {
  for (const char* form : {"array", "ndjson"}) {
    Settings s = settings();
    s.set("token", Secret("t"));
    s.set("code_field", std::string("code"));
    s.set("receipt_field", std::string("data.id"));
    s.set("batch", std::int64_t{5});
    s.set("batch_form", std::string(form));
    WebhookMock mock(s);
    test::FakeHost host;
    host.onSend([&](const HttpCall& call) -> Result<HttpResponse> {
      return mock.handle(test::asRequest(call), {});
    });
    WebhookSink sink(s, host);
    Sent a(R"({"eventKey":"k1"})", "a"), b(R"({"eventKey":"k2"})", "b");
    const std::vector<Delivery> both{a.delivery, b.delivery};
    for (const Outcome& outcome : sink.deliverBatch(both, soon()))
      EXPECT_EQ(outcome.verdict, Verdict::delivered) << outcome.detail;
    EXPECT_EQ(mock.taken().distinct, 2u);
    sink.deliver(a.delivery, soon());
    EXPECT_EQ(mock.taken().distinct, 2u);
    EXPECT_EQ(mock.taken().doubled, 1u);
  }
}

TEST(WebhookMock, ListsWhatItTookOfADay) {
  Settings s = settings();
  s.set("token", Secret("t"));
  s.set("code_field", std::string("code"));
  s.set("receipt_field", std::string("id"));
  s.set("list_url", std::string("http://peer.test/held?d={day}&p={page}&n={size}"));
  s.set("list_items", std::string("data.list"));
  s.set("list_total", std::string("data.total"));
  s.set("list_id", std::string("id"));
  s.set("list_page_size", std::int64_t{2});
  WebhookMock mock(s);
  test::FakeHost host;
  host.onSend([&](const HttpCall& call) -> Result<HttpResponse> {
    return mock.handle(test::asRequest(call), host.now());
  });
  WebhookSink sink(s, host);
  std::vector<std::string> receipts;
  for (const char* key : {"a", "b", "c", "a"}) {
    Sent sent(R"({"status":"done"})", key);
    receipts.push_back(sink.deliver(sent.delivery, soon()).receipt);
  }
  const auto role = lianqiao_descriptor()->makeCounterpart(s, host);
  HeldQuery query;
  query.fields = {"status"};
  for (const auto& [day, count] : {std::pair("2026-01-01", 3U), std::pair("2026-01-02", 0U)}) {
    query.day = day;
    std::vector<std::string> ids;
    std::string after;
    do {
      const auto page = role->list(query, after, soon());
      ASSERT_TRUE(page.ok()) << page.error().detail;
      EXPECT_EQ(page->total, count);
      for (const HeldItem& item : page->items) {
        ids.push_back(item.id);
        EXPECT_EQ(item.fields, std::vector<std::string>{"done"});
      }
      after = page->next;
    } while (!after.empty());
    EXPECT_EQ(ids, std::vector<std::string>(receipts.begin(), receipts.begin() + count));
  }
}

TEST(WebhookMock, RefusesAnotherToken) {
  Settings s = settings();
  s.set("token", Secret("right"));
  WebhookMock mock(s);
  s.set("token", Secret("wrong"));
  test::FakeHost host;
  host.onSend([&](const HttpCall& call) -> Result<HttpResponse> {
    return mock.handle(test::asRequest(call), {});
  });
  WebhookSink sink(s, host);
  Sent sent("{}");
  EXPECT_EQ(sink.deliver(sent.delivery, soon()).verdict, Verdict::refused);
  EXPECT_EQ(mock.taken().refused, 1u);
}

}  // namespace
}  // namespace lianqiao::webhook
