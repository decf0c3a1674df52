#include "intake/outbox.h"

#include "fuzz/fuzz.h"
#include "lianqiao/json.h"
#include "support/unmapped_pipeline.h"

namespace lianqiao::fuzz {
namespace {

using namespace queue;

/// Gives one lease and remembers what it is told of.
class OneLease final : public Deliveries {
 public:
  std::vector<Settlement> heard;
  Lease given;

  Result<std::vector<Lease>> lease(std::string_view, std::size_t,
                                   std::chrono::milliseconds) override {
    return std::vector<Lease>{given};
  }
  Result<std::vector<std::size_t>> settleNow(std::vector<Settlement> settlements) override {
    heard = std::move(settlements);
    return std::vector<std::size_t>{};
  }
  void settle(Settlement) override {}
  bool begin(const Lease&) override { return true; }
  Result<void> flush() override { return {}; }
  Result<std::size_t> makeRetriesDue(std::string_view) override { return std::size_t{0}; }
};

/// A lease goes out to the peer and comes back the same, whatever stands in the record's key.
void demandRoundTrip(std::string_view key, OneLease& queue, intake::Outbox& outbox) {
  queue.given.recordId = "01M7YWJECN22BQJPC9VYHKCMPX";
  queue.given.entry = "5-1";
  queue.given.key = key;
  queue.given.attempt = 3;
  queue.given.accepted = WallTime(std::chrono::milliseconds(1'717'000'000'000));
  const auto page = outbox.fetch("archive", "1", std::chrono::minutes(1));
  demand(page.ok(), "what is owed is given out");
  json::Document document;
  // A key that is no UTF-8 cannot be in the queue.
  if (!json::parse(page->body, document)) return;
  const json::Value& item = document.root.find("items")->elements()[0];
  demand(item.find("key")->text() == key, "the key is told as it is");
  demand(outbox
             .acknowledge("archive", R"({"items":[{"lease":")" +
                                         std::string(item.find("lease")->text()) + R"("}]})")
             .ok(),
         "what was leased can be acknowledged");
  const Lease& back = queue.heard.at(0).lease;
  demand(back.recordId == queue.given.recordId && back.entry == queue.given.entry &&
             back.key == key && back.attempt == 3 && back.accepted == queue.given.accepted,
         "and means the same lease");
}

}  // namespace

/// The body of an acknowledgement; and the same bytes as a record's key.
LIANQIAO_FUZZ_TARGET(outbox) {
  OneLease queue;
  const test::UnmappedPipeline plain;
  intake::Outbox outbox(queue, plain);
  if (const auto answer = outbox.acknowledge("archive", input)) {
    demand(answer->status == 200, "an acknowledgement is heard or refused");
    for (const Settlement& settled : queue.heard) {
      demand(settled.lease.peer == "archive", "a peer settles its own leases only");
      demand(settled.kind != Settlement::Kind::returned, "a peer decides");
      demand(settled.receipt.size() <= intake::Outbox::kMostReceipt, "receipts are bounded");
      demand(settled.detail.size() <= intake::Outbox::kMostReason + 16, "reasons are bounded");
    }
  } else {
    demand(queue.heard.empty(), "what was refused settles nothing");
    demand(!answer.error().code.empty() && !answer.error().detail.empty(), "and says why");
  }
  demandRoundTrip(input, queue, outbox);
}

}  // namespace lianqiao::fuzz
