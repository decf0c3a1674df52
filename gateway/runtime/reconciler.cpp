#include "runtime/reconciler.h"

#include <algorithm>

#include "base/named_thread.h"
#include "base/rfc3339.h"
#include "lianqiao/codes.h"
#include "lianqiao/time.h"
#include "reconcile/counterpart_side.h"
#include "reconcile/manifest.h"
#include "reconcile/report.h"

namespace lianqiao::runtime {
namespace {

using namespace std::chrono_literals;

constexpr auto kLookForDue = 10s;
constexpr auto kTryAgain = 10min;
/// How long a peer's further questions are answered from what was read for its first.
constexpr auto kAnsweredFor = 60s;
constexpr auto kAnewAfter = 5s;
constexpr std::size_t kMostAnswered = 4;
constexpr std::size_t kMostFetched = 1000;

const std::optional<config::ReconciledWay>& wayOf(const PeerRuntime& peer, bool out) {
  return out ? peer.config().reconcile.out : peer.config().reconcile.in;
}

std::string directionName(bool out) { return out ? "out" : "in"; }

Error malformedWish(std::string detail) { return {codes::kMalformed, std::move(detail)}; }

/// True: out. The only one that is declared, where nothing is said.
Result<bool> directionOf(const PeerRuntime& peer, std::string_view said) {
  const bool out = wayOf(peer, true).has_value();
  const bool in = wayOf(peer, false).has_value();
  const std::string file = "peers/" + peer.config().name + ".yaml";
  if (!out && !in)
    return malformedWish("This peer is not set to be reconciled; declare reconcile in " + file +
                         ".");
  if (said.empty() && out != in) return out;
  if (said.empty())
    return malformedWish(
        "Both directions are declared; say out (what it has from us) or in (what it sent us).");
  if (said != "out" && said != "in") return malformedWish("A direction is out or in.");
  if (!(said == "out" ? out : in))
    return malformedWish("That direction is not declared in " + file + ".");
  return said == "out";
}

/// The day before the one that clocks of that zone show now, and their time of day.
std::pair<std::string, std::chrono::minutes> yesterdayOf(WallTime now, std::string_view zone) {
  const auto local = now + parseOffset(zone).value_or(std::chrono::minutes(kChinaOffset));
  const auto day = std::chrono::floor<std::chrono::days>(local);
  return {base::formatTime(WallTime(day - 24h)).substr(0, 10),
          std::chrono::floor<std::chrono::minutes>(local - day)};
}

ReconciledDay summaryOf(const reconcile::Comparison& made) {
  ReconciledDay day;
  day.ours = made.ours;
  day.theirs = made.theirs;
  day.onlyOurs = made.onlyOurs.size();
  day.onlyTheirs = made.onlyTheirs.size();
  day.differing = made.differing.size();
  day.open = made.open.size();
  day.equal = made.equal();
  if (!made.findings.empty())
    day.error = Error{made.findings.front().code, made.findings.front().message};
  for (const reconcile::Difference& one : made.onlyOurs)
    if (day.missing.size() < ReconciledDay::kMostKept) day.missing.push_back(one.record);
  return day;
}

}  // namespace

Reconciler::Reconciler(Services services)
    : services_(std::move(services)), last_(services_.data / "reconciled.json") {}

void Reconciler::start() {
  thread_ = base::startThread("reconcile", [this](const std::stop_token& stop) { run(stop); });
}

void Reconciler::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

Result<reconcile::OurSide> Reconciler::ourSide(PeerRuntime& peer, bool out,
                                               const HeldQuery& query) {
  history::HistoryStore* const store = services_.history();
  if (store == nullptr)
    return Error{codes::kHistoryUnavailable,
                 "This node writes no history, out of which days are reconciled: ask the node that "
                 "does, or switch it on."};
  return reconcile::readOurSide(*store, peer.config().name, *wayOf(peer, out), query,
                                peer.config().reconcile.zone, services_.clock.wall(),
                                [&peer](std::string_view event) { return peer.asSent(event); });
}

Result<Reconciler::Compared> Reconciler::compared(PeerRuntime& peer, bool out,
                                                  const std::string& day) {
  const auto begun = services_.clock.steady();
  const auto query = reconcile::queryOf(peer.config().reconcile, out, day);
  if (!query) return query.error();
  const auto use = peer.useCounterpart();
  if (!use) return use.error();
  auto ours = ourSide(peer, out, *query);
  if (!ours) return ours.error();
  reconcile::CounterpartSide theirs(use->role(), peer.config().adapter, peer.config().name, *query,
                                    services_.clock, peer.config().outbound.deadline,
                                    services_.stopping);
  const WallTime settled = services_.clock.wall() - wayOf(peer, out)->settle;
  auto made = reconcile::compare(ours->day, *query, settled, theirs);
  if (!made) return made.error();
  const auto took = services_.clock.steady() - begun;
  return Compared{std::move(*made), ours->uncompared,
                  std::chrono::duration_cast<std::chrono::milliseconds>(took)};
}

void Reconciler::keep(PeerRuntime& peer, bool out, const std::string& day,
                      const Result<Compared>& result) {
  ReconciledDay kept = result ? summaryOf(result->made) : ReconciledDay();
  kept.day = day;
  kept.at = services_.clock.wall();
  if (!result) kept.error = result.error();
  const auto level = kept.equal ? LogLevel::info : LogLevel::warning;
  services_.log.write(
      level, "reconcile", {{"peer", peer.config().name}, {"direction", directionName(out)}},
      !result ? day + " could not be reconciled: " + result.error().detail
              : day + ": " + std::to_string(kept.ours) + " at our side, " +
                    std::to_string(kept.theirs) + " at theirs; only ours " +
                    std::to_string(kept.onlyOurs) + ", only theirs " +
                    std::to_string(kept.onlyTheirs) + ", differing " +
                    std::to_string(kept.differing) + ", open " + std::to_string(kept.open) + ".");
  if (auto written = last_.keep(peer.config().name, out, std::move(kept)); !written)
    services_.log.write(LogLevel::error, "reconcile", {{"peer", peer.config().name}},
                        written.error().detail);
}

Result<admin::ReconcileAnswer> Reconciler::reconcile(PeerRuntime& peer,
                                                     const admin::ReconcileWish& wish) {
  const auto out = directionOf(peer, wish.direction);
  if (!out) return out.error();
  if (!base::isDate(wish.day))
    return malformedWish("A day is written YYYY-MM-DD, such as 2026-11-30.");
  if (wish.fetch && *out)
    return malformedWish("What it has from us is not fetched from it; fetch with direction in.");
  const auto before = last_.of(peer.config().name, *out);
  auto result = compared(peer, *out, wish.day);
  keep(peer, *out, wish.day, result);
  if (!result) return result.error();
  reconcile::Reported about;
  about.peer = peer.config().name;
  about.out = *out;
  about.fields = wayOf(peer, *out)->fields;
  about.uncompared = result->uncompared;
  about.took = result->took;
  if (before && before->day == wish.day && !before->missing.empty()) {
    about.missingBefore = before->missing;
    about.before = before->at;
  }
  admin::ReconcileAnswer answer;
  answer.equal = result->made.equal();
  if (wish.fetch && !result->made.onlyTheirs.empty()) {
    std::vector<std::string> ids;
    for (const reconcile::Difference& one : result->made.onlyTheirs)
      if (ids.size() < kMostFetched) ids.push_back(one.identity);
    const auto query = reconcile::queryOf(peer.config().reconcile, *out, wish.day);
    auto fetched = peer.fetch(*query, ids);
    if (!fetched) return fetched.error();
    about.fetched = *fetched;
  }
  answer.text =
      wish.csv ? reconcile::csvOf(result->made, about) : reconcile::jsonOf(result->made, about);
  return answer;
}

Result<std::string> Reconciler::manifest(PeerRuntime& peer, const HttpRequest& request) {
  const auto asked = reconcile::manifestRequestOf(request);
  if (!asked) return asked.error();
  const auto out = directionOf(peer, asked->direction);
  if (!out) return out.error();
  const std::string name = peer.config().name + ' ' + directionName(*out) + ' ' + asked->day;
  // The first level begins anew: what has come meanwhile is in it.
  auto answered = answeredBefore(name, asked->type.empty() ? kAnewAfter : kAnsweredFor);
  if (!answered) {
    const auto query = reconcile::queryOf(peer.config().reconcile, *out, asked->day);
    if (!query) return query.error();
    auto side = ourSide(peer, *out, *query);
    if (!side) return side.error();
    answered = Answered{std::make_shared<reconcile::OurSide>(std::move(*side)), *query,
                        services_.clock.steady()};
    remember(name, *answered);
  }
  return reconcile::manifestText(answered->side->day, answered->query, *asked);
}

std::optional<Reconciler::Answered> Reconciler::answeredBefore(const std::string& name,
                                                               std::chrono::seconds within) {
  const auto now = services_.clock.steady();
  const base::Lock lock(days_mutex_);
  std::erase_if(answered_, [&](const auto& one) { return now - one.second.at > kAnsweredFor; });
  const auto found = answered_.find(name);
  if (found == answered_.end() || now - found->second.at > within) return std::nullopt;
  return found->second;
}

void Reconciler::remember(const std::string& name, const Answered& answered) {
  const base::Lock lock(days_mutex_);
  if (answered_.size() >= kMostAnswered && !answered_.contains(name))
    answered_.erase(
        std::min_element(answered_.begin(), answered_.end(),
                         [](const auto& a, const auto& b) { return a.second.at < b.second.at; }));
  answered_.insert_or_assign(name, answered);
}

std::vector<admin::ReconciledLine> Reconciler::lines(const PeerRuntime& peer) const {
  std::vector<admin::ReconciledLine> lines;
  for (const bool out : {true, false}) {
    if (!wayOf(peer, out)) continue;
    const auto last = last_.of(peer.config().name, out);
    admin::ReconciledLine line;
    line.direction = directionName(out);
    line.daily = peer.config().reconcile.daily.has_value();
    if (last) {
      line.day = last->day;
      line.at = last->at;
      line.equal = last->equal;
      line.ours = last->ours;
      line.theirs = last->theirs;
      line.onlyOurs = last->onlyOurs;
      line.onlyTheirs = last->onlyTheirs;
      line.differing = last->differing;
      line.open = last->open;
      line.error = last->error;
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

void Reconciler::run(const std::stop_token& stop) {
  while (!base::awaitStop(stop, kLookForDue)) {
    if (services_.history() == nullptr) continue;
    for (const auto& peer : services_.peers()) {
      if (stop.stop_requested()) return;
      lookAt(*peer);
    }
  }
}

bool Reconciler::isDue(const PeerRuntime& peer, bool out, const std::string& day) {
  const auto last = last_.of(peer.config().name, out);
  // Of that day or, by hand, of a later one.
  if (last && last->day >= day && !(last->day == day && last->error)) return false;
  auto& tried = tried_[peer.config().name + ' ' + directionName(out)];
  const auto now = services_.clock.steady();
  if (tried != std::chrono::steady_clock::time_point() && now - tried < kTryAgain) return false;
  tried = now;
  return true;
}

void Reconciler::lookAt(PeerRuntime& peer) {
  const config::Reconciliation& settings = peer.config().reconcile;
  if (!settings.daily || !peer.hasCounterpart()) return;
  const auto [day, minutes] = yesterdayOf(services_.clock.wall(), settings.zone);
  if (minutes < *settings.daily) return;
  for (const bool out : {true, false})
    if (wayOf(peer, out) && isDue(peer, out, day)) keep(peer, out, day, compared(peer, out, day));
}

}  // namespace lianqiao::runtime
