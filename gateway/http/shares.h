#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string_view>

#include "config/gateway_config.h"

namespace lianqiao::http {

/// What somebody has in the gateway: requests from their heads to their answers, and the bytes of
/// their bodies that have come.
struct Load {
  std::atomic<std::size_t> requests{0};
  std::atomic<std::size_t> bytes{0};
};

/// A peer's, from both sides: what is sent in its name without proof is none of what it has.
struct PeerLoad {
  Load proved;
  Load unproved;
};

/// How the bounds of the intake are divided. Whoever it is, a peer that proves itself, or an
/// address or a peer's name without proof, may have as much as then still stays free: the first
/// half, the others a quarter, so that there is room left however many take all they can. All
/// unproved callers together have a pot of their own, which leaves the rest to peers that prove
/// themselves. Addresses are counted as base::callerOf, and known only while they hold something.
/// Thread-safe.
class Shares {
 private:
  struct State;

 public:
  explicit Shares(const config::IntakeLimits& limits);

  /// The share of one request. Lets go of it when it ends, in any thread, also after its Shares.
  class Hold {
   public:
    Hold() = default;  ///< Of nothing: everything fits.
    Hold(Hold&& other) noexcept;
    Hold& operator=(Hold&& other) noexcept;
    ~Hold() { release(); }

    /// False: no room for so many more bytes of its body; none are counted.
    bool grow(std::size_t bytes);
    [[nodiscard]] bool fits(std::size_t bytes) const;

   private:
    friend class Shares;
    void release() noexcept;

    std::shared_ptr<State> of_;
    std::shared_ptr<Load> peer_;    ///< Of its PeerLoad, the side that the caller is on.
    std::shared_ptr<Load> caller_;  ///< Set: unproved.
    std::size_t bytes_ = 0;
  };

  /// False: `hold` is none, there is no room for one more request of that peer or caller. `remote`
  /// is HttpRequest::remoteAddress.
  bool take(const std::shared_ptr<PeerLoad>& peer, bool proved, std::string_view remote,
            Hold& hold);

 private:
  std::shared_ptr<State> state_;
};

}  // namespace lianqiao::http
