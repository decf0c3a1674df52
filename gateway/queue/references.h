#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lianqiao/host.h"
#include "lianqiao/result.h"
#include "record/reference.h"

namespace lianqiao::queue {

/// The cross-references between our keys and peers' own ids (FORMAT.md, "References"). They are
/// written with what tells them: a record that comes, a receipt. Thread-safe. Each call is one
/// round trip, and fails with queue.unavailable.
class References {
 public:
  virtual ~References() = default;

  /// Who asks: what has just come stands behind those that wait for the same id, and is not told
  /// it before them.
  enum class For : std::uint8_t { arriving, waited };

  /// The key that each stands for, in their order; empty where none is known.
  virtual Result<std::vector<std::string>> keysOf(std::span<const record::Reference> ids,
                                                  For who) = 0;
  /// What `peer` itself calls the thing of each key; empty where it has told nothing.
  virtual Result<std::vector<std::string>> idsOf(std::string_view peer,
                                                 std::span<const std::string> keys) = 0;

  /// A delivery that lacks the peer's own id of its key.
  struct Lack {
    std::string id;    ///< It is known after all.
    WallTime until{};  ///< Else until when it may wait: `wait` from the first such call.
    WallTime now{};
  };
  virtual Result<Lack> lack(std::string_view peer, std::string_view key, std::string_view record,
                            std::chrono::milliseconds wait) = 0;

  /// What was awaited and has come, and the exceptions that wait for it (FORMAT.md, "Waiting"). An
  /// early step is told as often as its thing has moved.
  struct Arrived {
    std::string what;              ///< Empty: nothing.
    std::vector<std::string> ids;  ///< In order of arrival, at most so many.
  };
  virtual Result<Arrived> arrived(std::size_t most) = 0;
  /// What waitOn() takes for what the exception waits for already.
  static constexpr std::string_view kSame = "=";
  /// The exception waits for `what` from now on; empty: for nothing more, it is one as any other,
  /// with that code and detail (empty: as before). False: it did not wait.
  virtual Result<bool> waitOn(std::string_view exception, std::string_view what,
                              std::string_view code, std::string_view detail) = 0;
};

}  // namespace lianqiao::queue
