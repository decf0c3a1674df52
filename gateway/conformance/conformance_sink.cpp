#include <atomic>
#include <thread>

#include "conformance/conformance_parts.h"

namespace lianqiao::conformance {

namespace {

using namespace std::chrono_literals;

// A sink before a platform that always says the same.
class Stage {
 public:
  Stage(const ConformanceCase& conformance, const Settings& settings, Result<HttpResponse> said)
      : sink_case_(*conformance.sink) {
    host_.onSend([this, said = std::move(said)](const HttpCall& call) -> Result<HttpResponse> {
      if (sink_case_.prelude) {
        if (auto answer = sink_case_.prelude(call)) return *std::move(answer);
      }
      const std::lock_guard lock(mutex_);
      deliveries_.push_back(call);
      return said;
    });
    auto sink =
        attempt("makeSink", [&] { return conformance.descriptor->makeSink(settings, host_); });
    if (sink) sink_ = std::move(*sink);
  }

  Outcome deliver(Ears& ears, std::string key = "idem-0001") {
    const SampleDelivery sample(sink_case_.payload, std::move(key));
    const auto outcome =
        attempt("deliver", [&] { return sink_->deliver(sample.get(), deadline_); });
    for (const Deadline given : host_.deadlines()) {
      EXPECT_LE(given, deadline_) << "a call may not outlive the deadline of its delivery";
    }
    ears.hear(host_);
    if (!outcome) return {};
    ears.hear("an outcome", *outcome);
    return *outcome;
  }

  [[nodiscard]] std::vector<HttpCall> deliveries() const {
    const std::lock_guard lock(mutex_);
    return deliveries_;
  }
  Sink& sink() { return *sink_; }
  test::FakeHost& host() { return host_; }

 private:
  const SinkCase& sink_case_;
  const Deadline deadline_ = std::chrono::steady_clock::now() + 1h;
  test::FakeHost host_;
  mutable std::mutex mutex_;
  std::vector<HttpCall> deliveries_;
  std::unique_ptr<Sink> sink_;
};

HttpResponse answerOf(int status, std::string body = "") {
  HttpResponse answer;
  answer.status = status;
  answer.headers.add("Content-Type", "application/json; charset=utf-8");
  answer.body = std::move(body);
  return answer;
}

std::string_view nameOf(Verdict verdict) {
  constexpr std::string_view kNames[] = {"delivered", "retry", "throttled", "rejected", "refused"};
  return kNames[static_cast<std::size_t>(verdict)];
}

void expectVerdict(const Outcome& outcome, Verdict expected) {
  EXPECT_EQ(nameOf(outcome.verdict), nameOf(expected)) << outcome.code << ": " << outcome.detail;
}

void checkStatuses(const ConformanceCase& conformance, const Settings& settings, Ears& ears) {
  const std::pair<int, Verdict> statuses[] = {
      {500, Verdict::retry},   {502, Verdict::retry},   {408, Verdict::retry},
      {401, Verdict::refused}, {403, Verdict::refused},
  };
  for (const auto& [status, verdict] : statuses) {
    SCOPED_TRACE("sink: the platform answers HTTP " + std::to_string(status));
    Stage stage(conformance, settings, answerOf(status, "<html>sorry</html>"));
    expectVerdict(stage.deliver(ears), verdict);
    // A credential may be renewed and tried once more; anything else is the gateway's to repeat.
    EXPECT_LE(stage.deliveries().size(), verdict == Verdict::refused ? 2U : 1U)
        << "an adapter has no retry loop";
  }
  SCOPED_TRACE("sink: the platform answers HTTP 429 with Retry-After: 7");
  HttpResponse throttled = answerOf(429);
  throttled.headers.add("Retry-After", "7");
  Stage stage(conformance, settings, throttled);
  const Outcome outcome = stage.deliver(ears);
  expectVerdict(outcome, Verdict::throttled);
  EXPECT_EQ(outcome.notBefore, std::optional<std::chrono::milliseconds>(7s));
}

void checkFailures(const ConformanceCase& conformance, const Settings& settings, Ears& ears) {
  for (const std::string_view code :
       {codes::kDeliverTimeout, codes::kConnect, codes::kTls, codes::kProtocol}) {
    SCOPED_TRACE("sink: the call fails with " + std::string(code));
    Stage stage(conformance, settings, Error{std::string(code), "scripted failure"});
    const Outcome outcome = stage.deliver(ears);
    expectVerdict(outcome, Verdict::retry);
    EXPECT_EQ(outcome.code, code);
    EXPECT_EQ(stage.deliveries().size(), 1U) << "an adapter has no retry loop";
  }
}

void checkGarbageAnswers(const ConformanceCase& conformance, const Settings& settings, Ears& ears) {
  const std::pair<std::string_view, std::string> bodies[] = {
      {"an empty body", ""},
      {"half an object", "{\"code\":"},
      {"a log-in page", "<html><body>Please log in</body></html>"},
      {"an array", "[]"},
      {"deep brackets", std::string(100'000, '[')},
      {"bytes that are no UTF-8", "\xFF\xFE\x00\x01"},
  };
  for (const auto& [name, body] : bodies) {
    SCOPED_TRACE("sink: HTTP 200 with " + std::string(name));
    Stage stage(conformance, settings, answerOf(200, body));
    const Outcome outcome = stage.deliver(ears);
    if (!conformance.sink->statusConfirms) {
      EXPECT_NE(nameOf(outcome.verdict), "delivered") << "nobody has confirmed anything";
    }
  }
}

void checkSaid(const ConformanceCase& conformance, const Settings& settings, Ears& ears) {
  EXPECT_FALSE(conformance.sink->said.empty()) << "the case gives no confirmation";
  for (const Said& said : conformance.sink->said) {
    SCOPED_TRACE("sink: the platform says " + said.name);
    Stage stage(conformance, settings, said.answer);
    const Outcome outcome = stage.deliver(ears);
    expectVerdict(outcome, said.verdict);
    if (&said == &conformance.sink->said.front()) {
      EXPECT_EQ(outcome.receipt, conformance.sink->receipt);
    }
  }
}

bool carries(const HttpCall& call, const std::string& header, std::string_view key) {
  if (!header.empty()) return call.headers.get(header) == key;
  if (call.url.find(key) != std::string::npos || call.body.find(key) != std::string::npos)
    return true;
  for (const auto& [name, value] : call.headers.all()) {
    if (value.find(key) != std::string::npos) return true;
  }
  return false;
}

void checkKey(const ConformanceCase& conformance, const Settings& settings, Ears& ears) {
  SCOPED_TRACE("sink: the idempotency key");
  Stage stage(conformance, settings, conformance.sink->said.front().answer);
  for (const std::string key : {"idem-0001", "idem-0002"}) {
    (void)stage.deliver(ears, key);
    const auto calls = stage.deliveries();
    ASSERT_FALSE(calls.empty()) << "the sink sent nothing";
    EXPECT_TRUE(carries(calls.back(), conformance.sink->keyHeader, key))
        << "the delivery does not carry its idempotency key "
        << (conformance.sink->keyHeader.empty() ? "anywhere" : "in " + conformance.sink->keyHeader);
  }
}

void checkManyAtOnce(const ConformanceCase& conformance, const Settings& settings, Ears& ears) {
  SCOPED_TRACE("sink: four threads");
  Stage stage(conformance, settings, conformance.sink->said.front().answer);
  std::atomic<int> delivered = 0;
  {
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        for (int n = 0; n < 10; ++n) {
          const std::string key = "idem-" + std::to_string(i) + "-" + std::to_string(n);
          if (stage.deliver(ears, key).verdict == Verdict::delivered) ++delivered;
        }
      });
    }
  }
  EXPECT_EQ(delivered, 40);
}

void checkBatches(const ConformanceCase& conformance, const Settings& settings, Ears& ears) {
  const Result<HttpResponse> said[] = {conformance.sink->said.front().answer, answerOf(500),
                                       answerOf(200, "[]"),
                                       Error{codes::kDeliverTimeout, "scripted"}};
  for (const auto& answer : said) {
    SCOPED_TRACE("sink: a batch");
    Stage stage(conformance, settings, answer);
    const SampleDelivery first(conformance.sink->payload, "idem-1");
    const SampleDelivery second(conformance.sink->payload, "idem-2");
    const Delivery both[] = {first.get(), second.get()};
    const std::size_t size = stage.sink().batchLimit() > 1 ? 2 : 1;
    const auto outcomes = attempt("deliverBatch", [&] {
      return stage.sink().deliverBatch({both, size}, std::chrono::steady_clock::now() + 5s);
    });
    if (!outcomes) continue;
    EXPECT_EQ(outcomes->size(), size) << "one outcome per delivery, in order";
    for (const Outcome& outcome : *outcomes) ears.hear("an outcome of a batch", outcome);
  }
}

void checkProbe(const ConformanceCase& conformance, const Settings& settings, Ears& ears) {
  SCOPED_TRACE("sink: the connection test");
  Stage stage(conformance, settings, Error{codes::kConnect, "scripted failure"});
  const auto probed =
      attempt("probe", [&] { return stage.sink().probe(std::chrono::steady_clock::now() + 5s); });
  if (!probed) ears.hear("probe", probed.error());
}

}  // namespace

void checkSink(const ConformanceCase& conformance, const Settings& settings, Ears& ears) {
  checkSaid(conformance, settings, ears);
  if (conformance.sink->said.empty()) return;
  if (conformance.sink->http) {
    checkKey(conformance, settings, ears);
    checkStatuses(conformance, settings, ears);
    checkFailures(conformance, settings, ears);
    checkGarbageAnswers(conformance, settings, ears);
  }
  checkBatches(conformance, settings, ears);
  checkManyAtOnce(conformance, settings, ears);
  checkProbe(conformance, settings, ears);
}

}  // namespace lianqiao::conformance
