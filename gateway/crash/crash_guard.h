#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "crash/flight_book.h"
#include "crash/strike_book.h"

namespace lianqiao::crash {

/// Keeps a request or a poll that ends the process from doing so at each start.
///
/// The way of the data: a request is noted in the node's flight book (crash/flight_book.h, memory
/// that outlives the process) while its adapter reads it and, later, composes its answer; a poll
/// while the source is asked and, later, told what was stored. The note is a key: a digest of kind,
/// peer, the adapter's build, and of the request's path and body (without a body its query) or the
/// poll's cursor. All calls of a session have one key. The next start gives each key of the former
/// process a strike in the StrikeBook (`inbound-strikes` of the data folder), synced before
/// anything is read or polled. With a strike it is a suspect: of all suspects of this node one at a
/// time is let in, and one that comes through loses its strikes; so who was only in flight beside
/// the culprit does not die with it again. With three it is out: Service makes an exception of the
/// request, Poller and SessionKeeper rest. Another build of the adapter makes other keys, so that
/// nothing is held against it; a person's word (forgive) takes one strike away, for one more try.
///
/// Poison whose bytes differ each time (a send time in it) has a new key at each death. So the peer
/// itself, with that build, gets a strike, too (`inbound-deaths`), for each death less than a
/// minute after its last. With five its requests are suspects until that minute is over; so only
/// the culprit's strikes go on. With ten all its requests are refused, until a person's word, or
/// another build.
///
/// What it costs who is no suspect: a digest of the body and one write into mapped memory. Owned by
/// runtime; outlives its PeerGuards. Thread-safe.
class CrashGuard {
 public:
  /// A suspect poll waits so long for the suspect before it, on its own thread; a request, whose
  /// thread others need, not at all. That one no longer counts after kLongestTurn: it hangs rather
  /// than crashes.
  static constexpr std::chrono::milliseconds kPatience{500};
  static constexpr std::chrono::seconds kLongestTurn{30};

  static constexpr StrikeBook::Rule kPeers{10, std::chrono::minutes(1)};
  static constexpr int kPeerSuspect = 5;

  struct Options {
    /// For so long after the first suspect asked, those with two strikes wait: whatever else ends
    /// the process right after each start then does so without them.
    std::chrono::milliseconds quiet{3000};
  };

  CrashGuard(FlightBook& flights, const std::filesystem::path& folder, const base::Clock& clock,
             const StrikeBook::Log& log, Options options);
  CrashGuard(const CrashGuard&) = delete;
  CrashGuard& operator=(const CrashGuard&) = delete;

  /// What is out of that peer gets one more try, at once. How many it was.
  std::size_t forgive(std::string_view peer) LIANQIAO_EXCLUDES(mutex_);

 private:
  friend class PeerGuard;
  friend class Permit;
  using TimePoint = std::chrono::steady_clock::time_point;

  void strikeFormer(const StrikeBook::Log& log);
  void strikePeers(const std::vector<StrikeBook::Entry>& hit, const StrikeBook::Log& log);
  /// Its number; 0: not now.
  std::uint64_t takeTurn(int strikes, std::chrono::milliseconds patience) LIANQIAO_EXCLUDES(mutex_);
  void endTurn(std::uint64_t turn) LIANQIAO_EXCLUDES(mutex_);

  FlightBook& flights_;
  const base::Clock& clock_;
  const Options options_;
  StrikeBook strikes_;
  StrikeBook peers_;
  base::Mutex mutex_;
  base::Condition freed_;
  std::optional<TimePoint> firstAsked_ LIANQIAO_GUARDED_BY(mutex_);
  std::uint64_t turns_ LIANQIAO_GUARDED_BY(mutex_) = 0;
  std::uint64_t turn_ LIANQIAO_GUARDED_BY(mutex_) = 0;  ///< Whose it is; 0 = nobody's.
  TimePoint since_ LIANQIAO_GUARDED_BY(mutex_);
};

class PeerGuard;

/// One request or poll on its way through the adapter; at its end it has come through. Of one
/// thread at a time, and ends before its PeerGuard.
class Permit {
 public:
  enum class Way : std::uint8_t {
    open,
    busy,    ///< A suspect, and another one is out: come again.
    shut,    ///< It has ended the process three times.
    closed,  ///< Requests of its peer have, ten times.
  };
  Permit() = default;
  Permit(Permit&& other) noexcept;
  Permit& operator=(Permit&& other) noexcept;
  ~Permit() { end(); }

  [[nodiscard]] Way way() const { return way_; }
  [[nodiscard]] WallTime since() const { return since_; }  ///< Shut: the last strike.
  /// The adapter does not have it for a while: what came of it is being stored, which may take as
  /// long as Redis is frozen. Its turn a suspect keeps.
  void rest();
  void resume();

 private:
  friend class PeerGuard;
  void end() noexcept;

  const PeerGuard* of_ = nullptr;
  Way way_ = Way::open;
  bool poll_ = false;
  std::uint64_t key_ = 0;
  std::uint64_t turn_ = 0;  ///< 0: no suspect.
  WallTime since_{};
  FlightBook::Mark mark_;
};

/// The guard as one peer's endpoint and poller use it. Without a CrashGuard every way is open.
class PeerGuard {
 public:
  PeerGuard() = default;
  /// `build` tells one build of its adapter from another.
  PeerGuard(CrashGuard& guard, std::string_view peer, std::string_view build);

  [[nodiscard]] Permit request(std::string_view path, std::string_view bytes) const;
  [[nodiscard]] Permit poll(std::string_view cursor) const;
  /// Closed to all its requests: the last strike.
  [[nodiscard]] std::optional<WallTime> closedSince() const;

 private:
  friend class Permit;
  [[nodiscard]] Permit enter(bool poll, std::uint64_t key) const;
  [[nodiscard]] FlightBook::Mark note(bool poll, std::uint64_t key) const;

  CrashGuard* guard_ = nullptr;
  std::string peer_;
  std::uint64_t seed_ = 0;  ///< Peer and build.
};

}  // namespace lianqiao::crash
