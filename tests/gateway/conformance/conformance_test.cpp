// The suite is only worth something if it notices: one adapter, right until it is told to do one
// thing wrong.
#include "conformance/conformance.h"

#include <gmock/gmock.h>
#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <set>
#include <stdexcept>
#include <thread>

#include "lianqiao/adapter.h"

namespace lianqiao::conformance {
namespace {

using ::testing::HasSubstr;

enum class Fault {
  none,
  undocumented,
  boundless,
  factory_sends,
  factory_throws,
  receiver_throws,
  receiver_believes_anything,
  receiver_tells_secret,
  receiver_is_not_thread_safe,
  sink_retries,
  sink_forgets_key,
  sink_ignores_retry_after,
  sink_outlives_deadline,
  sink_believes_any_200,
  sink_tells_secret,
  sink_logs_person,
  source_forgets,
  source_skips_on_confirm,
  mock_counts_twice,
  mock_is_lazy,
  reader_throws,
  reader_eats_sample,
  reader_never_ends,
  session_gives_too_much,
  session_forgets,
  session_acknowledges_by_itself,
  session_waits_for_ever,
  session_acknowledges_late,
  session_hides_a_death,
  session_blames_us,
  session_tells_secret,
};

Fault fault = Fault::none;

constexpr std::size_t kItems = 5;

class TestReceiver final : public Receiver {
 public:
  explicit TestReceiver(const Settings& settings) : token_(settings.secret("token").reveal()) {}

  Result<Reception> receive(const HttpRequest& request) override {
    if (fault == Fault::receiver_throws && request.body == "{") throw std::runtime_error("brace");
    json::Document document;
    Reception reception;
    if (json::parse(request.body, document) && document.root.isObject()) {
      reception.items.emplace_back().body = request.body;
      if (fault == Fault::receiver_is_not_thread_safe && ++calls_ % 7 == 0) reception.items.clear();
      return reception;
    }
    if (fault == Fault::receiver_believes_anything) {
      reception.items.emplace_back().body = "{}";
      return reception;
    }
    const bool tells = fault == Fault::receiver_tells_secret;
    return Error{"decode.json", "no JSON object" + (tells ? " with " + token_ : std::string())};
  }

 private:
  const std::string token_;
  std::atomic<int> calls_ = 0;
};

class TestSink final : public Sink {
 public:
  TestSink(const Settings& settings, Host& host) : settings_(settings), host_(host) {}

  Outcome deliver(const Delivery& delivery, Deadline deadline) override {
    HttpCall call;
    call.url = settings_.text("url");
    call.body = delivery.payloadText;
    call.headers.add("Authorization", "Bearer " + settings_.secret("token").reveal());
    if (fault != Fault::sink_forgets_key) {
      call.headers.add("Idempotency-Key", std::string(delivery.idempotencyKey));
    }
    if (fault == Fault::sink_outlives_deadline) deadline += std::chrono::hours(1);
    if (fault == Fault::sink_logs_person) host_.log(LogLevel::info, delivery.payloadText);
    auto answer = host_.send(call, deadline);
    if (fault == Fault::sink_retries && !answer) answer = host_.send(call, deadline);
    if (!answer) return outcomeOfError(answer.error());
    Outcome outcome = outcomeOfHttp(*answer);
    if (fault == Fault::sink_ignores_retry_after) outcome.notBefore.reset();
    if (fault == Fault::sink_tells_secret && outcome.verdict == Verdict::refused) {
      outcome.detail = "the token " + settings_.secret("token").reveal() + " is refused";
    }
    if (outcome.verdict != Verdict::delivered || fault == Fault::sink_believes_any_200)
      return outcome;
    return answer->body == "done" ? Outcome::delivered()
                                  : Outcome::failed(Verdict::retry, codes::kProtocol, "unknown");
  }

 private:
  const Settings settings_;
  Host& host_;
};

// Reads pages of two by number. A page that was confirmed may be thrown away by the platform.
class TestSource final : public Source {
 public:
  explicit TestSource(Host& host) : host_(host) {}

  Result<Batch> poll(std::string_view cursor, Deadline deadline) override {
    HttpCall call;
    call.url = "https://platform.example/items?from=" + std::string(cursor.empty() ? "0" : cursor);
    const auto answer = host_.send(call, deadline);
    if (!answer) return answer.error();
    if (answer->status != 200) return Error{"deliver.peer_error", "HTTP error"};
    json::Document document;
    if (!json::parse(answer->body, document)) return Error{"decode.json", "no page"};
    Batch batch;
    std::size_t from = static_cast<std::size_t>(std::stoul("0" + std::string(cursor)));
    for (const json::Value& one : document.root.elements()) {
      RawItem item;
      item.body = json::write(one);
      item.sourceId = one.find("id")->text();
      batch.items.push_back(std::move(item));
    }
    from += batch.items.size();
    batch.more = from < kItems;
    batch.cursor = std::to_string(from);
    return batch;
  }

  Result<void> confirm(const Batch& batch, std::span<const ItemVerdict>) override {
    HttpCall call;
    call.url = "https://platform.example/done?to=" + batch.cursor;
    (void)host_.send(call, Deadline::max());
    return {};
  }

 private:
  Host& host_;
};

SourceCase::World beginWorld(const std::filesystem::path&) {
  auto gone = std::make_shared<std::size_t>(0);
  SourceCase::World world;
  world.platform = [gone](const HttpCall& call) -> Result<HttpResponse> {
    const std::size_t number = std::stoul(call.url.substr(call.url.rfind('=') + 1));
    if (call.url.find("/done") != std::string::npos) {
      // As a platform that throws away one item more than it was told.
      *gone = number + (fault == Fault::source_skips_on_confirm ? 1 : 0);
      return HttpResponse{};
    }
    HttpResponse answer;
    answer.body = "[";
    const std::size_t begin = std::max(number, *gone);
    for (std::size_t i = begin; i < std::min(begin + 2, kItems); ++i) {
      answer.body += std::string(i == begin ? "" : ",") + "{\"id\":\"" + std::to_string(i) + "\"}";
    }
    // As a queue that forgets what it has handed out.
    if (fault == Fault::source_forgets) *gone = std::min(begin + 2, kItems);
    answer.body += "]";
    return answer;
  };
  return world;
}

class TestMock final : public MockPeer {
 public:
  HttpResponse handle(const HttpRequest& request, WallTime) override {
    json::Document document;
    if (!json::parse(request.body, document) || !document.root.isObject()) return {400, {}, "bad"};
    const bool fresh = keys_.insert(std::string(request.headers.get("Idempotency-Key"))).second;
    if (fresh || fault == Fault::mock_counts_twice) {
      ++taken_.distinct;
    } else {
      ++taken_.doubled;
    }
    return {200, {}, "done"};
  }
  void drive(MockWorld& world) override {
    for (std::size_t i = fault == Fault::mock_is_lazy ? 1 : 0; i < world.records(); ++i) {
      HttpCall call;
      call.url = std::string(world.gatewayUrl()) + "/records";
      call.body = "{}";
      (void)world.send(call);
    }
  }
  [[nodiscard]] Taken taken() const override { return taken_; }

 private:
  std::set<std::string> keys_;
  Taken taken_;
};

// The standard one, but for the fault.
class TestReader final : public Source {
 public:
  explicit TestReader(std::filesystem::path file) : file_(std::move(file)) {}

  Result<Batch> poll(std::string_view cursor, Deadline deadline) override {
    if (fault == Fault::reader_throws) throw std::runtime_error("page");
    auto batch = standardSampleReader(file_)->poll(cursor, deadline);
    if (fault == Fault::reader_eats_sample) std::filesystem::resize_file(file_, 0);
    if (batch && fault == Fault::reader_never_ends) batch->more = true;
    return batch;
  }

 private:
  const std::filesystem::path file_;
};

/// A platform in memory: what it has to send, until that is acknowledged.
struct TestBroker {
  std::deque<std::string> waiting{R"({"a":1})", R"({"a":2})", R"({"a":3})"};
  bool gone = false;
};

class TestSession final : public Session {
 public:
  TestSession(const Settings& settings, std::shared_ptr<TestBroker> broker)
      : token_(settings.secret("token").reveal()), broker_(std::move(broker)) {}

  Result<void> open(Deadline) override {
    given_ = 0;
    return broker_->gone ? Result<void>(Error{"deliver.connect", "It is gone."}) : Result<void>();
  }
  Result<Arrivals> step(const SessionTurn& turn) override {
    if (fault == Fault::session_waits_for_ever)
      std::this_thread::sleep_until(turn.deadline + std::chrono::milliseconds(1500));
    if (broker_->gone && fault != Fault::session_hides_a_death)
      return Error{fault == Fault::session_blames_us ? "intake.internal" : "deliver.connect",
                   fault == Fault::session_tells_secret ? "not with " + token_ : "It is gone."};
    if (turn.items > 0 && given_ > 0)
      return Error{"deliver.protocol", "It asks for more before the former are durable."};
    Arrivals arrivals;
    const std::size_t most = fault == Fault::session_gives_too_much ? 1000 : turn.items;
    while (given_ < broker_->waiting.size() && arrivals.items.size() < most)
      arrivals.items.emplace_back().body = broker_->waiting[given_++];
    const bool forgets =
        fault == Fault::session_forgets || fault == Fault::session_acknowledges_by_itself;
    if (forgets) drop(arrivals.items.size());
    std::this_thread::sleep_until(arrivals.items.empty() ? turn.wait : Deadline());
    return arrivals;
  }
  Result<void> acknowledge(std::string_view, std::span<const ItemVerdict> verdicts,
                           Deadline deadline) override {
    if (fault == Fault::session_acknowledges_late && !std::exchange(late_, true))
      std::this_thread::sleep_until(deadline + std::chrono::milliseconds(1500));
    if (fault != Fault::session_forgets) drop(verdicts.size());
    return {};
  }
  void close(Closing, Deadline) override {}

 private:
  void drop(std::size_t count) {
    for (; count > 0 && !broker_->waiting.empty(); --count) {
      broker_->waiting.pop_front();
      --given_;
    }
  }

  const std::string token_;
  const std::shared_ptr<TestBroker> broker_;
  std::size_t given_ = 0;  // and not acknowledged
  bool late_ = false;
};

std::shared_ptr<TestBroker> broker;

SessionCase::World beginSession(const std::filesystem::path&) {
  broker = std::make_shared<TestBroker>();
  return {{}, nullptr, [kept = broker] { kept->gone = true; }, broker};
}

void misbehaveInFactory(Host& host) {
  if (fault == Fault::factory_sends) (void)host.send({}, Deadline::max());
  if (fault == Fault::factory_throws) throw std::runtime_error("no");
}

std::string complaintsOf(const ConformanceCase& sample) {
  ::testing::TestPartResultArray results;
  {
    ::testing::ScopedFakeTestPartResultReporter listening(
        ::testing::ScopedFakeTestPartResultReporter::INTERCEPT_ALL_THREADS, &results);
    run(sample);
  }
  std::string all;
  for (int i = 0; i < results.size(); ++i) {
    all += std::string(results.GetTestPartResult(i).message()) + "\n";
  }
  return all;
}

std::string complaintsAbout(Fault wrong) {
  static constexpr FieldSpec kSettings[] = {
      {.name = "url", .kind = FieldKind::url, .doc = "Where.", .docZh = "地址。", .required = true},
      {.name = "token", .kind = FieldKind::secret, .doc = "Token.", .docZh = "令牌。"},
      {.name = "page", .kind = FieldKind::integer, .doc = "Page.", .docZh = "页。"},
  };
  Descriptor descriptor;
  descriptor.name = "sample";
  descriptor.version = "1";
  descriptor.summary = "Sample.";
  descriptor.summaryZh = wrong == Fault::undocumented ? "" : "样例。";
  descriptor.settings = std::span(kSettings).first(wrong == Fault::boundless ? 3 : 2);
  descriptor.makeReceiver = [](const Settings& settings, Host& host) -> std::unique_ptr<Receiver> {
    misbehaveInFactory(host);
    return std::make_unique<TestReceiver>(settings);
  };
  descriptor.makeSink = [](const Settings& settings, Host& host) -> std::unique_ptr<Sink> {
    return std::make_unique<TestSink>(settings, host);
  };
  descriptor.makeSource = [](const Settings&, Host& host) -> std::unique_ptr<Source> {
    return std::make_unique<TestSource>(host);
  };
  descriptor.makeMock = [](const Settings&) -> std::unique_ptr<MockPeer> {
    return std::make_unique<TestMock>();
  };
  descriptor.makeReader = [](const Settings&, Host&,
                             const std::filesystem::path& file) -> std::unique_ptr<Source> {
    return std::make_unique<TestReader>(file);
  };

  ConformanceCase sample;
  sample.descriptor = &descriptor;
  sample.settings = {{"url", "https://platform.example/"}, {"token", "canary-token"}};
  sample.personal = {"Zhao Example"};
  sample.receiver = ReceiverCase{{requestOf(R"({"a":1})", false)}};
  sample.sink = SinkCase{};
  sample.sink->payload = R"({"caller":"Zhao Example"})";
  sample.sink->said = {{"done", {200, {}, "done"}, Verdict::delivered}};
  sample.source = SourceCase{&beginWorld, kItems};
  sample.mock = MockCase{};
  sample.reader = ReaderCase{{{"sample.json", R"([{"a":1},{"a":2}])", 2}}};

  fault = wrong;
  const std::string complaints = complaintsOf(sample);
  fault = Fault::none;
  return complaints;
}

TEST(Conformance, HasNothingToSayAboutARightAdapter) {
  EXPECT_EQ(complaintsAbout(Fault::none), "");
}

TEST(Conformance, NoticesEachFault) {
  const std::pair<Fault, std::string> expected[] = {
      {Fault::undocumented, "it has no Chinese summary"},
      {Fault::boundless, "setting page has no range"},
      {Fault::factory_sends, "a factory may not connect"},
      {Fault::factory_throws, "threw in makeReceiver: no"},
      {Fault::receiver_throws, "threw in receive: brace"},
      {Fault::receiver_believes_anything, "it passed for a whole item"},
      {Fault::receiver_tells_secret, "receive tells the secret token"},
      {Fault::receiver_is_not_thread_safe, "receiver: four threads"},
      {Fault::sink_retries, "an adapter has no retry loop"},
      {Fault::sink_forgets_key, "does not carry its idempotency key"},
      {Fault::sink_ignores_retry_after, "Retry-After: 7"},
      {Fault::sink_outlives_deadline, "may not outlive the deadline"},
      {Fault::sink_believes_any_200, "nobody has confirmed anything"},
      {Fault::sink_tells_secret, "an outcome tells the secret token"},
      {Fault::sink_logs_person, "a log line tells a personal value"},
      {Fault::source_forgets, "killed before storing batch 1"},
      {Fault::source_skips_on_confirm, "source: undisturbed"},
      {Fault::mock_counts_twice, "the mock knows a thing sent again by its key"},
      {Fault::mock_is_lazy, "as many records as it was asked for"},
      {Fault::reader_throws, "threw in poll: page"},
      {Fault::reader_eats_sample, "a sample is read and left alone"},
      {Fault::reader_never_ends, "the reader still says more"},
  };
  for (const auto& [wrong, complaint] : expected) {
    EXPECT_THAT(complaintsAbout(wrong), HasSubstr(complaint));
  }
}

std::string complaintsAboutSession(Fault wrong) {
  static constexpr FieldSpec kSettings[] = {
      {.name = "token", .kind = FieldKind::secret, .doc = "Token.", .docZh = "令牌。"}};
  Descriptor descriptor;
  descriptor.name = "sample";
  descriptor.version = "1";
  descriptor.summary = "Sample.";
  descriptor.summaryZh = "样例。";
  descriptor.settings = kSettings;
  descriptor.makeSession = [](const Settings& settings, Host&) -> std::unique_ptr<Session> {
    return std::make_unique<TestSession>(settings, broker);
  };
  ConformanceCase sample;
  sample.descriptor = &descriptor;
  sample.settings = {{"token", "canary-token"}};
  sample.session = SessionCase{
      &beginSession, 3, {}, std::chrono::milliseconds(200), std::chrono::milliseconds(1000)};
  fault = wrong;
  const std::string complaints = complaintsOf(sample);
  fault = Fault::none;
  return complaints;
}

TEST(Conformance, NoticesEachFaultOfASession) {
  EXPECT_EQ(complaintsAboutSession(Fault::none), "");
  const std::pair<Fault, std::string> expected[] = {
      {Fault::session_gives_too_much, "a step takes in no more than it was asked for"},
      {Fault::session_forgets, "what was not acknowledged comes again"},
      {Fault::session_acknowledges_by_itself, "what was not acknowledged comes again"},
      {Fault::session_waits_for_ever, "a step outlived its deadline"},
      {Fault::session_acknowledges_late, "acknowledge outlived its deadline"},
      {Fault::session_hides_a_death, "a session whose platform is gone says nothing of it"},
      {Fault::session_blames_us, "which does not tell whose fault it is"},
      {Fault::session_tells_secret, "step tells the secret token"},
  };
  for (const auto& [wrong, complaint] : expected) {
    EXPECT_THAT(complaintsAboutSession(wrong), HasSubstr(complaint));
  }
}

TEST(Conformance, WantsAPartForEveryRole) {
  Descriptor descriptor;
  descriptor.name = "sample";
  descriptor.makeSink = [](const Settings&, Host&) { return std::unique_ptr<Sink>(); };
  ConformanceCase sample;
  sample.descriptor = &descriptor;
  EXPECT_THAT(complaintsOf(sample), HasSubstr("must have a sink part"));
}

TEST(Conformance, ReadsRawRequests) {
  const HttpRequest request = requestOf(
      "POST /v1/peers/a/x%20y?b=c HTTP/1.1\r\nContent-Type: text/xml\r\n\r\n<a>\n</a>\n", true);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/v1/peers/a/x y");
  EXPECT_EQ(request.query, "b=c");
  EXPECT_EQ(request.headers.get("content-type"), "text/xml");
  EXPECT_EQ(request.body, "<a>\n</a>");
}

}  // namespace
}  // namespace lianqiao::conformance
