#include <algorithm>

#include "conformance/conformance_parts.h"

namespace lianqiao::conformance {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kRecords = 3;
constexpr std::size_t kMostPauses = 1000;  // then the mock is told to stop

// A gateway that is nothing but the adapter's own receiver.
class ReceivingWorld final : public MockWorld {
 public:
  ReceivingWorld(Receiver& receiver, std::size_t records, Ears& ears)
      : receiver_(receiver), records_(records), ears_(ears) {}

  [[nodiscard]] std::string_view gatewayUrl() const override {
    return "http://gateway.example/v1/peers/conformance";
  }
  Result<HttpResponse> send(const HttpCall& call) override {
    EXPECT_TRUE(call.url.starts_with(gatewayUrl())) << call.url << " is not the peer's endpoint";
    const HttpRequest request = test::asRequest(call);
    auto reception = attempt("receive", [&] { return receiver_.receive(request); });
    if (!reception) {
      ADD_FAILURE() << "the receiver does not take what the mock sends: "
                    << reception.error().detail;
      return reception.error();
    }
    if (reception->answer) return *std::move(reception->answer);
    const auto verdicts = acceptedVerdicts(reception->items);
    whole_ += static_cast<std::size_t>(
        std::count_if(verdicts.begin(), verdicts.end(), [](const ItemVerdict& verdict) {
          return verdict.status != ItemVerdict::Status::quarantined;
        }));
    return receiver_.answer(request, verdicts);
  }
  [[nodiscard]] WallTime now() const override { return clock_.now(); }
  std::string nonce(std::size_t bytes) override { return clock_.nonce(bytes); }
  [[nodiscard]] std::size_t records() const override { return records_; }
  bool pause(std::chrono::milliseconds) override { return ++pauses_ < kMostPauses; }
  void log(std::string_view message) override { ears_.hear("the mock's log", message); }

  [[nodiscard]] std::size_t whole() const { return whole_; }

 private:
  Receiver& receiver_;
  const std::size_t records_;
  Ears& ears_;
  test::FakeHost clock_;
  std::size_t whole_ = 0;
  std::size_t pauses_ = 0;
};

void checkDrive(const ConformanceCase& conformance, const Settings& settings, Ears& ears) {
  SCOPED_TRACE("mock: drives the receiver");
  test::FakeHost host;
  const auto receiver = conformance.descriptor->makeReceiver(settings, host);
  for (const std::size_t records : {kRecords, std::size_t{0}}) {
    const auto mock = conformance.descriptor->makeMock(settings);
    ReceivingWorld world(*receiver, records, ears);
    (void)attempt("drive", [&] { mock->drive(world); });
    EXPECT_EQ(world.whole(), records) << "the mock originates as many records as it was asked for";
  }
  ears.hear(host);
}

void checkTakes(const ConformanceCase& conformance, const Settings& settings, Ears& ears) {
  SCOPED_TRACE("mock: takes what the sink delivers");
  const auto mock = conformance.descriptor->makeMock(settings);
  test::FakeHost host;
  host.onSend([&](const HttpCall& call) -> Result<HttpResponse> {
    return mock->handle(test::asRequest(call), host.now());
  });
  const auto sink = conformance.descriptor->makeSink(settings, host);
  const auto deliver = [&](const char* key) {
    const SampleDelivery sample(conformance.sink->payload, key);
    const Outcome outcome = sink->deliver(sample.get(), std::chrono::steady_clock::now() + 5s);
    EXPECT_EQ(outcome.verdict, Verdict::delivered) << outcome.code << ": " << outcome.detail;
    ears.hear("an outcome", outcome);
  };
  deliver("idem-1");
  EXPECT_EQ(mock->taken().distinct, 1U);
  deliver("idem-2");
  EXPECT_EQ(mock->taken().distinct, 2U);
  deliver("idem-1");
  EXPECT_EQ(mock->taken().distinct, 2U) << "the mock knows a thing sent again by its key";
  EXPECT_EQ(mock->taken().doubled, 1U);
  EXPECT_EQ(mock->taken().refused, 0U);
  ears.hear(host);
}

void checkStrict(const ConformanceCase& conformance, const Settings& settings) {
  SCOPED_TRACE("mock: survives garbage");
  const auto mock = conformance.descriptor->makeMock(settings);
  for (const char* body : {"", "{", "[]", "\xFF\xFE", "<a>"}) {
    HttpRequest request;
    request.method = "POST";
    request.target = request.path = "/";
    request.body = body;
    (void)attempt("handle", [&] { return mock->handle(request, test::FakeHost().now()); });
  }
  EXPECT_EQ(mock->taken().distinct, 0U) << "the mock took garbage";
}

}  // namespace

void checkMock(const ConformanceCase& conformance, const Settings& settings, Ears& ears) {
  if (conformance.mock->drives && conformance.receiver) checkDrive(conformance, settings, ears);
  if (conformance.mock->takes && conformance.sink) checkTakes(conformance, settings, ears);
  checkStrict(conformance, settings);
}

}  // namespace lianqiao::conformance
