#include "config/reconcile_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/yaml/reading.h"

/// `reconcile` of a peer's file.
namespace lianqiao::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::vector<std::string> wrong(std::string_view text) {
  yaml::Findings findings;
  const yaml::YamlNode root = yaml::nodeOf(text);
  PeerConfig peer;
  peer.zone = "+08:00";
  readReconciliation(root.find("reconcile"), peer, findings);
  return yaml::textsOf(findings);
}

TEST(ReconcileReader, ReadsBothDirections) {
  yaml::Findings findings;
  const yaml::YamlNode root = yaml::nodeOf(
      "reconcile:\n  zone: \"+00:00\"\n  daily: \"03:30\"\n"
      "  out: {day: sent.finished, identity: sent.no, revision: version, fields: [status, a.b],\n"
      "        types: [work_order], settle: 1h, window: 7d}\n"
      "  in: {}\n");
  PeerConfig peer;
  readReconciliation(root.find("reconcile"), peer, findings);
  EXPECT_THAT(yaml::textsOf(findings), IsEmpty());
  const Reconciliation& made = peer.reconcile;
  EXPECT_EQ(made.zone, "+00:00");
  EXPECT_EQ(made.daily, std::chrono::minutes(210));
  ASSERT_TRUE(made.out && made.in);
  EXPECT_EQ(made.out->day, "sent.finished");
  EXPECT_EQ(made.out->identity, "sent.no");
  EXPECT_EQ(made.out->revision, "version");
  EXPECT_THAT(made.out->fields, ElementsAre("status", "a.b"));
  EXPECT_THAT(made.out->types, ElementsAre("work_order"));
  EXPECT_EQ(made.out->settle, 1h);
  EXPECT_EQ(made.out->window, 7 * 24h);
  EXPECT_EQ(made.in->day, "accepted");
  EXPECT_EQ(made.in->identity, "sourceid");
}

TEST(ReconcileReader, DaysAreThePeersWhereNothingIsSaid) {
  yaml::Findings findings;
  const yaml::YamlNode root = yaml::nodeOf("reconcile: {out: {}}\n");
  PeerConfig peer;
  peer.zone = "+07:00";
  readReconciliation(root.find("reconcile"), peer, findings);
  EXPECT_EQ(peer.reconcile.zone, "+07:00");
  EXPECT_EQ(peer.reconcile.out->day, "delivered");
  EXPECT_EQ(peer.reconcile.out->identity, "receipt");
}

TEST(ReconcileReader, RefusesWhatCannotBeMeant) {
  EXPECT_THAT(wrong("reconcile: {daily: \"03:30\"}\n"),
              ElementsAre(HasSubstr("neither direction is declared")));
  EXPECT_THAT(wrong("reconcile: {out: {}, daily: \"25:00\"}\n"),
              ElementsAre(HasSubstr("'25:00' is no time of the day; write \"03:30\"")));
  EXPECT_THAT(wrong("reconcile: {out: {settle: 4h}, daily: \"03:30\"}\n"),
              ElementsAre(HasSubstr("at that time the day before has not settled")));
  EXPECT_THAT(wrong("reconcile: {in: {day: delivered, identity: receipt}}\n"),
              UnorderedElementsAre(HasSubstr("is not delivered to this peer"),
                                   HasSubstr("has no receipt of this peer")));
  EXPECT_THAT(wrong("reconcile: {out: {day: delivred}}\n"),
              ElementsAre(HasSubstr("did you mean 'delivered'?")));
  EXPECT_THAT(wrong("reconcile: {out: {identity: orderNo}}\n"),
              ElementsAre(HasSubstr("sent.PATH for a field")));
  EXPECT_THAT(wrong("reconcile: {out: {fields: status}}\n"),
              ElementsAre(HasSubstr("a list of paths is wanted here")));
  EXPECT_THAT(wrong("reconcile: {out: {fields: [a..b, \"x y\", s, s]}}\n"),
              UnorderedElementsAre(HasSubstr("'a..b' is no path"), HasSubstr("'x y' is no path"),
                                   HasSubstr("'s' is named twice")));
  EXPECT_THAT(wrong("reconcile: {outs: {}, out: {}}\n"),
              ElementsAre(HasSubstr("did you mean 'out'?")));
  EXPECT_THAT(wrong("reconcile: {out: {feilds: [a]}}\n"),
              ElementsAre(HasSubstr("did you mean 'fields'?")));
}

}  // namespace
}  // namespace lianqiao::config
