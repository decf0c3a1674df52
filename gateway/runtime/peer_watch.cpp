#include "runtime/peer_watch.h"

namespace lianqiao::runtime {
namespace {

using std::chrono::duration_cast;
using std::chrono::seconds;

bool isDown(PeerWatch::Way way, const admin::PeerState& state) {
  if (state.state == "resting" || state.state == "paused" || state.state == "hung") return true;
  return way == PeerWatch::Way::polling && state.state == "failing";
}

std::string_view componentOf(PeerWatch::Way way) {
  return way == PeerWatch::Way::delivery ? "delivery" : "intake";
}

}  // namespace

std::string ageText(seconds age) {
  const auto count = age.count();
  if (count < 120) return std::to_string(count) + "s";
  if (count < 7200) return std::to_string(count / 60) + "min";
  if (count < 172800) return std::to_string(count / 3600) + "h";
  return std::to_string(count / 86400) + "d";
}

void PeerWatch::look(const std::string& peer, Way way, const admin::PeerState& state,
                     const std::optional<Backlog>& backlog) {
  std::optional<Down> ended, begun;
  bool quietly = false;
  {
    const base::Lock lock(mutex_);
    const auto known = down_.find({peer, way});
    if (isDown(way, state)) {
      if (known != down_.end()) {
        known->second.formerly = false;
        return;
      }
      begun = Down{clock_.wall(), state.cause};
      down_.emplace(std::pair(peer, way), *begun);
    } else if (known == down_.end()) {
      return;
    } else {
      quietly = state.state == "elsewhere" || state.state == "off";
      const bool works = state.state == "ok" && (!known->second.formerly || state.worked);
      if (!quietly && !works) return;
      ended = std::move(known->second);
      down_.erase(known);
    }
  }
  if (begun) {
    tell(peer, way, *begun, std::nullopt);
    tellDown(peer, way, state, backlog);
    return;
  }
  tell(peer, way, *ended, clock_.wall());
  if (!quietly) tellUp(peer, way, state, ended->since);
}

void PeerWatch::takeUp(const std::string& peer, const review::Outage& outage) {
  const base::Lock lock(mutex_);
  down_.insert_or_assign(std::pair(peer, outage.inbound ? Way::polling : Way::delivery),
                         Down{outage.begin, outage.code, true});
}

void PeerWatch::tell(const std::string& peer, Way way, const Down& down,
                     std::optional<WallTime> end) const {
  if (told_) told_(peer, {down.since, end, way == Way::polling, node_, down.code});
}

void PeerWatch::tellDown(const std::string& peer, Way way, const admin::PeerState& state,
                         const std::optional<Backlog>& backlog) {
  std::string message;
  const bool forGood = way == Way::polling && state.state == "resting";
  if (forGood) {
    message =
        "The process ended again and again while its adapter polled it or had its requests: that "
        "rests now; status says which. Take away what it stumbles over, then lianqiao resume " +
        peer + "; or exchange the adapter and start the gateway again.";
  } else if (way == Way::polling) {
    message = state.session
                  ? "Its session fails; it is opened again, with growing pauses."
                  : "Polling it fails; it goes on with longer pauses, from where it stood.";
  } else {
    message = state.state == "paused" ? "It refuses us: deliveries to it pause."
              : state.state == "hung" ? "Its adapter hangs: deliveries to it stand still."
                                      : "It fails again and again: deliveries to it rest.";
    if (backlog) {
      message += " " + std::to_string(backlog->open) + " wait, the oldest for " +
                 ageText(duration_cast<seconds>(backlog->oldest)) + ".";
    }
    message += " Nothing is lost; they go on when it is well again, at once with lianqiao resume " +
               peer + ".";
  }
  log_.write(forGood ? LogLevel::error : LogLevel::warning, componentOf(way),
             {{"peer", peer}, {"code", state.cause}, {"state", state.state}}, message);
}

void PeerWatch::tellUp(const std::string& peer, Way way, const admin::PeerState& state,
                       WallTime since) {
  const std::string_view what = way == Way::delivery ? "It takes deliveries"
                                : state.session      ? "Its session holds"
                                                     : "Polling it works";
  const std::string after = ageText(duration_cast<seconds>(clock_.wall() - since));
  log_.write(LogLevel::info, componentOf(way), {{"peer", peer}, {"state", "ok"}},
             std::string(what) + " again after " + after + ".");
}

std::optional<WallTime> PeerWatch::downSince(const std::string& peer, Way way) const {
  const base::Lock lock(mutex_);
  const auto known = down_.find({peer, way});
  return known == down_.end() ? std::nullopt : std::optional(known->second.since);
}

void PeerWatch::forget(const std::string& peer) {
  for (const Way way : {Way::delivery, Way::polling}) {
    std::optional<Down> ended;
    {
      const base::Lock lock(mutex_);
      const auto known = down_.find({peer, way});
      if (known == down_.end()) continue;
      ended = std::move(known->second);
      down_.erase(known);
    }
    tell(peer, way, *ended, clock_.wall());
  }
}

}  // namespace lianqiao::runtime
