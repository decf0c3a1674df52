#include "http/shares.h"

#include <unordered_map>
#include <utility>

#include "base/ip_address.h"
#include "base/mutex.h"

namespace lianqiao::http {
namespace {

/// What its owner has, all have and one more takes: as much must still stay free for others.
bool leavesAsMuch(std::size_t own, std::size_t more, std::size_t all, std::size_t most) {
  return own + more + all <= most;
}

}  // namespace

struct Shares::State {
  State(std::size_t requestsOfAll, std::size_t bytesOfAll, std::size_t bytesUnproved)
      : mostRequests(requestsOfAll), mostBytes(bytesOfAll), mostUnproved(bytesUnproved) {}

  std::shared_ptr<Load> caller(const base::IpAddress& address, const std::shared_ptr<State>& self)
      LIANQIAO_EXCLUDES(mutex) {
    const base::Lock lock(mutex);
    std::weak_ptr<Load>& known = callers[address];
    if (auto load = known.lock()) return load;
    std::shared_ptr<Load> load(new Load, [self, address](const Load* gone) {
      delete gone;
      const base::Lock again(self->mutex);
      const auto entry = self->callers.find(address);
      if (entry != self->callers.end() && entry->second.expired()) self->callers.erase(entry);
    });
    known = load;
    return load;
  }

  const std::size_t mostRequests;
  const std::size_t mostBytes;
  const std::size_t mostUnproved;
  Load all;
  Load unproved;
  base::Mutex mutex;
  std::unordered_map<base::IpAddress, std::weak_ptr<Load>, base::IpHash> callers
      LIANQIAO_GUARDED_BY(mutex);
};

Shares::Shares(const config::IntakeLimits& limits)
    : state_(std::make_shared<State>(
          limits.connections, limits.bodiesInFlight,
          limits.unprovedInFlight == 0 ? limits.bodiesInFlight / 2 : limits.unprovedInFlight)) {}

bool Shares::take(const std::shared_ptr<PeerLoad>& peer, bool proved, std::string_view remote,
                  Hold& hold) {
  const State& state = *state_;
  const std::size_t most = state.mostRequests;
  std::shared_ptr<Load> side(peer, proved ? &peer->proved : &peer->unproved);
  if (!leavesAsMuch(side->requests, 1, state.all.requests, most)) return false;
  std::shared_ptr<Load> caller;
  if (!proved) {
    const auto address = base::IpAddress::parse(remote).value_or(base::IpAddress());
    caller = state_->caller(base::callerOf(address), state_);
    for (const Load* load : {side.get(), caller.get()})
      if (!leavesAsMuch(load->requests, 1, state.unproved.requests, most / 2)) return false;
  }
  hold.release();
  hold.of_ = state_;
  hold.peer_ = std::move(side);
  hold.caller_ = std::move(caller);
  ++state_->all.requests;
  ++hold.peer_->requests;
  if (!hold.caller_) return true;
  ++state_->unproved.requests;
  ++hold.caller_->requests;
  return true;
}

Shares::Hold::Hold(Hold&& other) noexcept
    : of_(std::move(other.of_)),
      peer_(std::move(other.peer_)),
      caller_(std::move(other.caller_)),
      bytes_(std::exchange(other.bytes_, 0)) {}

Shares::Hold& Shares::Hold::operator=(Hold&& other) noexcept {
  if (this == &other) return *this;
  release();
  of_ = std::move(other.of_);
  peer_ = std::move(other.peer_);
  caller_ = std::move(other.caller_);
  bytes_ = std::exchange(other.bytes_, 0);
  return *this;
}

bool Shares::Hold::fits(std::size_t bytes) const {
  if (of_ == nullptr) return true;
  if (!leavesAsMuch(peer_->bytes, bytes, of_->all.bytes, of_->mostBytes)) return false;
  if (caller_ == nullptr) return true;
  return leavesAsMuch(peer_->bytes, bytes, of_->unproved.bytes, of_->mostUnproved) &&
         leavesAsMuch(caller_->bytes, bytes, of_->unproved.bytes, of_->mostUnproved);
}

bool Shares::Hold::grow(std::size_t bytes) {
  if (!fits(bytes)) return false;
  if (of_ == nullptr) return true;
  bytes_ += bytes;
  of_->all.bytes += bytes;
  peer_->bytes += bytes;
  if (caller_ == nullptr) return true;
  of_->unproved.bytes += bytes;
  caller_->bytes += bytes;
  return true;
}

void Shares::Hold::release() noexcept {
  if (of_ == nullptr) return;
  const std::size_t bytes = std::exchange(bytes_, 0);
  for (Load* load : {&of_->all, peer_.get(), caller_ ? &of_->unproved : nullptr, caller_.get()}) {
    if (load == nullptr) continue;
    --load->requests;
    load->bytes -= bytes;
  }
  caller_.reset();
  peer_.reset();
  of_.reset();
}

}  // namespace lianqiao::http
