#include "crash/crash_guard.h"

#include <charconv>
#include <utility>

#include "base/digest64.h"
#include "lianqiao/codes.h"

namespace lianqiao::crash {
namespace {

using namespace std::chrono_literals;

struct KeyText {
  char text[16];
  [[nodiscard]] std::string_view view() const { return {text, sizeof text}; }
};

KeyText textOf(std::uint64_t key) {
  KeyText out;
  for (char& c : out.text) {
    c = "0123456789abcdef"[key >> 60U];
    key <<= 4U;
  }
  return out;
}

std::optional<std::uint64_t> keyOf(std::string_view text) {
  std::uint64_t key = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), key, 16);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return key;
}

std::string sentenceOf(const StrikeBook::Entry& entry) {
  std::string text = "The process ended while the adapter of peer " + entry.peer +
                     (entry.poll ? " polled its source" : " had a request") + " (strike " +
                     std::to_string(entry.strikes) + " of " + std::to_string(StrikeBook::kOut) +
                     "). ";
  if (entry.strikes < StrikeBook::kOut)
    return text + "It is tried again apart from other suspects.";
  return text + (entry.poll ? "This source rests now; status says what to do."
                            : "Sent again, that request becomes an exception; the others go on.");
}

}  // namespace

CrashGuard::CrashGuard(FlightBook& flights, const std::filesystem::path& folder,
                       const base::Clock& clock, const StrikeBook::Log& log, Options options)
    : flights_(flights),
      clock_(clock),
      options_(options),
      strikes_(folder / "inbound-strikes", log),
      peers_(folder / "inbound-deaths", log, kPeers) {
  strikeFormer(log);
}

void CrashGuard::strikeFormer(const StrikeBook::Log& log) {
  std::vector<StrikeBook::Entry> hit;
  std::vector<StrikeBook::Entry> peers;
  for (const FlightBook::Kind kind : {FlightBook::Kind::request, FlightBook::Kind::poll}) {
    for (const FlightBook::Flight& flight : flights_.former(kind)) {
      if (const auto key = keyOf(flight.id))
        hit.push_back({*key, 1, {}, kind == FlightBook::Kind::poll, flight.peer});
      if (const auto key = keyOf(flight.token); key && kind == FlightBook::Kind::request)
        peers.push_back({*key, 1, {}, false, flight.peer});
    }
  }
  if (!hit.empty()) {
    std::vector<StrikeBook::Entry> standing;
    const auto written = strikes_.add(hit, clock_.wall(), standing);
    for (const StrikeBook::Entry& entry : standing) {
      const bool out = entry.strikes >= StrikeBook::kOut;
      log(out ? LogLevel::error : LogLevel::warning, sentenceOf(entry));
    }
    if (!written) {
      log(LogLevel::error, "Strikes cannot be kept, so what ends the process may do so again: " +
                               written.error().detail);
      return;
    }
  }
  strikePeers(peers, log);
  flights_.forgetFormer(FlightBook::Kind::request);
  flights_.forgetFormer(FlightBook::Kind::poll);
}

void CrashGuard::strikePeers(const std::vector<StrikeBook::Entry>& hit,
                             const StrikeBook::Log& log) {
  if (hit.empty()) return;
  std::vector<StrikeBook::Entry> standing;
  const auto written = peers_.add(hit, clock_.wall(), standing);
  for (const StrikeBook::Entry& entry : standing) {
    if (entry.strikes < kPeers.out) continue;
    log(LogLevel::error,
        "The process ended again and again while the adapter of peer " + entry.peer +
            " had one of its requests, each time another one: all of them are refused now. Mend or "
            "exchange the adapter and start the gateway again; or lianqiao resume " +
            entry.peer + ".");
  }
  if (!written) log(LogLevel::error, written.error().detail);
}

std::size_t CrashGuard::forgive(std::string_view peer) {
  const std::size_t forgiven = strikes_.forgive(peer) + peers_.forgive(peer);
  if (forgiven > 0) {
    const base::Lock lock(mutex_);
    firstAsked_ = TimePoint();
  }
  return forgiven;
}

std::uint64_t CrashGuard::takeTurn(int strikes, std::chrono::milliseconds patience) {
  const base::Lock lock(mutex_);
  TimePoint now = std::chrono::steady_clock::now();
  if (!firstAsked_) firstAsked_ = now;
  if (strikes >= StrikeBook::kOut - 1 && now < *firstAsked_ + options_.quiet) return 0;
  const TimePoint until = now + patience;
  while (turn_ != 0 && now < since_ + kLongestTurn) {
    if (now >= until) return 0;
    freed_.waitUntil(mutex_, until);
    now = std::chrono::steady_clock::now();
  }
  since_ = now;
  return turn_ = ++turns_;
}

void CrashGuard::endTurn(std::uint64_t turn) {
  {
    const base::Lock lock(mutex_);
    if (turn_ != turn) return;
    turn_ = 0;
  }
  freed_.notifyOne();
}

PeerGuard::PeerGuard(CrashGuard& guard, std::string_view peer, std::string_view build)
    : guard_(&guard), peer_(peer), seed_(base::digest64(build, base::digest64(peer))) {}

Permit PeerGuard::request(std::string_view path, std::string_view bytes) const {
  if (guard_ == nullptr) return {};
  return enter(false, base::digest64(bytes, base::digest64(path, seed_)));
}

Permit PeerGuard::poll(std::string_view cursor) const {
  if (guard_ == nullptr) return {};
  return enter(true, base::digest64(cursor, ~seed_));
}

std::optional<WallTime> PeerGuard::closedSince() const {
  if (guard_ == nullptr) return std::nullopt;
  const auto known = guard_->peers_.find(seed_);
  if (!known || known->strikes < CrashGuard::kPeers.out) return std::nullopt;
  return known->last;
}

Permit PeerGuard::enter(bool poll, std::uint64_t key) const {
  Permit permit;
  permit.poll_ = poll;
  permit.key_ = key;
  const auto peer = poll ? std::nullopt : guard_->peers_.find(seed_);
  const auto known = guard_->strikes_.find(key);
  const bool closed = peer && peer->strikes >= CrashGuard::kPeers.out;
  if (closed || (known && known->strikes >= StrikeBook::kOut)) {
    permit.way_ = closed ? Permit::Way::closed : Permit::Way::shut;
    permit.since_ = closed ? peer->last : known->last;
    return permit;
  }
  const bool ofSuspect = peer && peer->strikes >= CrashGuard::kPeerSuspect &&
                         guard_->clock_.wall() - peer->last <= CrashGuard::kPeers.within;
  if (known || ofSuspect) {
    permit.turn_ = guard_->takeTurn(known ? known->strikes : 1, poll ? CrashGuard::kPatience : 0ms);
    if (permit.turn_ == 0) {
      permit.way_ = Permit::Way::busy;
      return permit;
    }
  }
  permit.of_ = this;
  permit.mark_ = note(poll, key);
  return permit;
}

FlightBook::Mark PeerGuard::note(bool poll, std::uint64_t key) const {
  const auto kind = poll ? FlightBook::Kind::poll : FlightBook::Kind::request;
  return guard_->flights_.note(kind, peer_, textOf(key).view(), textOf(seed_).view());
}

Permit::Permit(Permit&& other) noexcept
    : of_(std::exchange(other.of_, nullptr)),
      way_(other.way_),
      poll_(other.poll_),
      key_(other.key_),
      turn_(std::exchange(other.turn_, 0)),
      since_(other.since_),
      mark_(std::move(other.mark_)) {}

Permit& Permit::operator=(Permit&& other) noexcept {
  if (this == &other) return *this;
  end();
  of_ = std::exchange(other.of_, nullptr);
  way_ = other.way_;
  poll_ = other.poll_;
  key_ = other.key_;
  turn_ = std::exchange(other.turn_, 0);
  since_ = other.since_;
  mark_ = std::move(other.mark_);
  return *this;
}

void Permit::rest() { mark_.end(); }

void Permit::resume() {
  if (of_ != nullptr) mark_ = of_->note(poll_, key_);
}

void Permit::end() noexcept {
  mark_.end();
  if (of_ == nullptr || turn_ == 0) return;
  try {
    of_->guard_->strikes_.clear(key_);
  } catch (...) {  // no memory: it stays a suspect
  }
  of_->guard_->endTurn(turn_);
}

}  // namespace lianqiao::crash
