#include "runtime/silence_watch.h"

#include <algorithm>

#include "base/rfc3339.h"
#include "runtime/peer_watch.h"

namespace lianqiao::runtime {
namespace {

constexpr observe::HourNumber kHoursKept = 168 * (observe::kWeeksCompared + 1);

std::string lasting(std::chrono::milliseconds time) {
  return ageText(std::chrono::duration_cast<std::chrono::seconds>(time));
}

}  // namespace

Result<void> SilenceWatch::look(review::PeerSigns& signs, const std::vector<Sender>& senders) {
  const auto last = signs.last();
  if (!last) return last.error();
  std::map<std::string, admin::Silence> silent;
  for (const Sender& sender : senders) {
    const auto known = last->find(sender.name);
    const auto heard = known == last->end() ? std::nullopt : known->second.in;
    const auto read = hours_.find(sender.name);
    if (read == hours_.end()) {
      auto hours = signs.hours(sender.name);
      if (!hours) return hours.error();
      hours_[sender.name] = std::move(hours).value();
    }
    Hours& hours = hours_[sender.name];
    if (heard)
      if (auto noted = noteHour(signs, sender.name, *heard, hours); !noted) return noted;
    if (auto found = judge(sender, heard, hours)) silent.emplace(sender.name, std::move(*found));
  }
  std::map<std::string, admin::Silence> before;
  {
    const base::Lock lock(mutex_);
    before = std::exchange(silent_, silent);
  }
  const auto of = [](const auto& all, const std::string& peer) {
    const auto found = all.find(peer);
    return found == all.end() ? std::nullopt : std::optional(found->second);
  };
  for (const Sender& sender : senders)
    tell(sender.name, of(before, sender.name), of(silent, sender.name));
  return {};
}

Result<void> SilenceWatch::noteHour(review::PeerSigns& signs, const std::string& peer,
                                    WallTime heard, Hours& hours) const {
  const observe::HourNumber hour = observe::hourOf(heard);
  if (hours.contains(hour)) return {};
  const auto kept = hours.lower_bound(observe::hourOf(clock_.wall()) - kHoursKept);
  const std::vector<observe::HourNumber> gone(hours.begin(), kept);
  if (auto noted = signs.noteHour(peer, hour, gone); !noted) return noted;
  hours.erase(hours.begin(), kept);
  hours.insert(hour);
  return {};
}

std::optional<admin::Silence> SilenceWatch::judge(const Sender& sender,
                                                  std::optional<WallTime> heard,
                                                  const Hours& hours) const {
  const WallTime now = clock_.wall();
  const WallTime since = std::max(heard.value_or(WallTime()), started_);
  if (sender.expect) {
    const auto open = sender.expect->hours.at(now);
    if (!open) return std::nullopt;
    const WallTime counted = std::max(since, open->begin);
    if (now - counted <= sender.expect->within) return std::nullopt;
    return admin::Silence{heard.value_or(counted), "something is expected every " +
                                                       lasting(sender.expect->within) +
                                                       " at this time (expect: in its file)"};
  }
  const auto weeks = observe::unusualSilence(hours, since, now);
  if (!weeks) return std::nullopt;
  return admin::Silence{heard.value_or(since), "in these hours of the " + std::to_string(*weeks) +
                                                   " weeks before something came nearly always"};
}

std::optional<admin::Silence> SilenceWatch::silence(const std::string& peer) const {
  const base::Lock lock(mutex_);
  const auto found = silent_.find(peer);
  return found == silent_.end() ? std::nullopt : std::optional(found->second);
}

void SilenceWatch::tell(const std::string& peer, const std::optional<admin::Silence>& before,
                        const std::optional<admin::Silence>& now) {
  if (before.has_value() == now.has_value()) return;
  if (now) {
    log_.write(LogLevel::warning, "intake", {{"peer", peer}, {"state", "silent"}},
               "Nothing has come from it since " + base::formatTime(now->since) + ": " +
                   now->detail + ".");
  } else {
    log_.write(LogLevel::info, "intake", {{"peer", peer}, {"state", "ok"}},
               "It is silent no longer than usual.");
  }
}

}  // namespace lianqiao::runtime
