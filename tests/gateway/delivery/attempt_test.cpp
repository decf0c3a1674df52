#include "delivery/attempt.h"

#include <gmock/gmock.h>

#include "fake_deliveries.h"
#include "support/unmapped_pipeline.h"

namespace lianqiao::delivery {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// Gives of each batch the outcomes that it is told to.
class ToldSink final : public Sink {
 public:
  Outcome deliver(const Delivery&, Deadline) override { return outcomes.at(0); }
  std::vector<Outcome> deliverBatch(std::span<const Delivery>, Deadline) override {
    return outcomes;
  }
  std::vector<Outcome> outcomes;
};

class AttemptTest : public ::testing::Test {
 protected:
  std::vector<Outcome> attempt(std::vector<Outcome> told) {
    std::vector<queue::Lease> leases;
    for (std::size_t i = 0; i < told.size(); ++i)
      leases.push_back(FakeDeliveries::leaseOf("r" + std::to_string(i)));
    sink_.outcomes = std::move(told);
    std::vector<Outcome> made;
    for (Attempt::End& end : attempt_.make(std::move(leases), Deadline()))
      made.push_back(std::get<Outcome>(end.what));
    return made;
  }

  const std::string name_ = "province";
  const std::string adapter_ = "told";
  ToldSink sink_;
  FakeDeliveries deliveries_;
  test::UnmappedPipeline pipeline_;
  Attempt attempt_{{name_, adapter_, sink_}, deliveries_, pipeline_};
};

/// What a platform says may name persons: nothing of it leaves the attempt unmasked.
TEST_F(AttemptTest, ThePeersOwnWordsAreHandedOnMaskedOnly) {
  const std::string words = "13812348000 is unknown";
  Outcome rejected = Outcome::failed(Verdict::rejected, "deliver.rejected", "No.");
  rejected.said = words;
  Outcome taken = Outcome::delivered("R-1");
  taken.said = words;
  const std::vector<Outcome> made = attempt({rejected, taken});
  EXPECT_THAT(made[0].detail, HasSubstr("No. It says: "));
  EXPECT_THAT(made[0].detail, Not(HasSubstr("13812348000")));
  EXPECT_EQ(made[1].receipt, "R-1");
  for (const Outcome& one : made) EXPECT_EQ(one.said, "");
}

TEST_F(AttemptTest, ThePeersAnswerIsHandedOnMaskedAndWithoutControlCharacters) {
  Outcome rejected = Outcome::failed(Verdict::rejected, "deliver.rejected", "No.");
  rejected.answer = "13812348000 \x1b[31m" + std::string(3000, 'x');
  const std::string answer = attempt({rejected}).at(0).answer;
  EXPECT_THAT(answer, Not(HasSubstr("13812348000")));
  EXPECT_THAT(answer, HasSubstr("\\u001b[31m"));
  EXPECT_LE(answer.size(), 1030U);
  Outcome taken = Outcome::delivered("R-1");
  taken.answer = "all is well";
  EXPECT_EQ(attempt({taken}).at(0).answer, "");
}

TEST_F(AttemptTest, WhatWasDeliveredIsHandedOverWithItsDigest) {
  record::SentPayloads sent;
  Attempt attempt({name_, adapter_, sink_}, deliveries_, pipeline_, nullptr,
                  config::ReferenceSettings().wait, &sent);
  sink_.outcomes = {Outcome::delivered("a"),
                    Outcome::failed(Verdict::retry, "deliver.connect", "nobody listens")};
  const auto ends =
      attempt.make({FakeDeliveries::leaseOf("r0"), FakeDeliveries::leaseOf("r1")}, Deadline());
  const auto payload = sent.take("r0", name_);
  ASSERT_TRUE(payload.has_value());
  EXPECT_EQ(ends[0].digest, record::payloadDigest(*payload));
  EXPECT_EQ(ends[1].digest, "");
  EXPECT_EQ(sent.take("r1", name_), std::nullopt);
}

TEST_F(AttemptTest, ALargeBatchIsFollowedByASmallOne) {
  EXPECT_EQ(attempt(std::vector<Outcome>(20, Outcome::delivered("a"))).size(), 20u);
  EXPECT_EQ(attempt({Outcome::delivered("b")}).at(0).receipt, "b");
}

}  // namespace
}  // namespace lianqiao::delivery
