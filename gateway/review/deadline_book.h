#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lianqiao/host.h"
#include "lianqiao/result.h"

namespace lianqiao::review {

/// Things whose steps have limits, and when each is looked at next (FORMAT.md, "Deadlines").
/// Thread-safe. Each call is one round trip, and fails with queue.unavailable.
class DeadlineBook {
 public:
  /// Of the rights that nodes share by name (PollRights): who has it looks at things.
  static constexpr std::string_view kRight = "#deadlines";

  virtual ~DeadlineBook() = default;

  /// What is known of a thing.
  struct Thing {
    std::string name;                  ///< Its type, a blank, its key.
    std::string recordMark, stepMark;  ///< Ids of what came since it was reckoned; empty: none.
    std::string standing;   ///< FORMAT.md, "Life cycle"; empty: it was not seen in any state.
    std::string ends;       ///< States in which nothing is owed, ";a;b;".
    std::string event;      ///< Of its newest record; empty: none came since.
    std::string extension;  ///< Event of the step that has lengthened its limits since; else empty.
    std::map<std::string, std::string, std::less<>> kept;
  };
  /// So many at most that have a mark, or are due to be looked at by `now`; `further` first.
  virtual Result<std::vector<Thing>> take(WallTime now, std::size_t most,
                                          std::span<const std::string> further) = 0;

  /// How near the deadline of a thing is: told of, or past.
  enum class Nearness : std::uint8_t { none = 0, near = 1, past = 2 };
  /// What came of a thing.
  struct Reckoned {
    std::string name;
    std::string recordMark, stepMark;  ///< As they were taken.
    std::optional<WallTime> next;      ///< Nothing: only where something comes.
    std::string cycle;                 ///< By which it is judged: "<type>:<version>"; may be empty.
    std::string peer;                  ///< That sent its newest record.
    Nearness near = Nearness::none;
    std::string formerPeer;  ///< With which it stands as near until now; empty: with none.
    /// None: what is kept stays; without `next` it goes.
    std::vector<std::pair<std::string, std::string>> kept;
  };
  struct NotKept {
    std::string name, why;
  };
  /// Writes them down. `right`: the token of kRight. `limits`: all things are reckoned by these
  /// now; empty: they are not. Those that could not be written; nullopt: the right is another's,
  /// and nothing was done.
  virtual Result<std::optional<std::vector<NotKept>>> keep(std::string_view right, WallTime now,
                                                           std::span<const Reckoned> things,
                                                           std::string_view limits) = 0;

  /// Names of all things, by pages: every one that is there from the first page to the last stands
  /// in one at least.
  struct Page {
    std::vector<std::string> names;
    std::string next;  ///< "0": that was the last.
  };
  virtual Result<Page> page(std::string_view from) = 0;
  /// By which limits all were reckoned last; empty: none ever.
  virtual Result<std::string> limits() = 0;

  struct Counts {
    std::uint64_t near = 0, past = 0;
  };
  /// How many things of each of these peers.
  virtual Result<std::vector<Counts>> counts(std::span<const std::string> peers) = 0;
  /// What is kept of a thing; empty where it has no limits.
  virtual Result<std::map<std::string, std::string, std::less<>>> kept(std::string_view name) = 0;
};

}  // namespace lianqiao::review
