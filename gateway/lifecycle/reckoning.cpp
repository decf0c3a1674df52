#include "lifecycle/reckoning.h"

#include <algorithm>
#include <array>
#include <sstream>
#include <tuple>

namespace lianqiao::lifecycle {
namespace {

const Told* lastOf(const std::vector<Told>& told, const std::string& rule, int round) {
  const auto at = std::find_if(told.begin(), told.end(), [&](const Told& one) {
    return one.rule == rule && one.round == round;
  });
  return at == told.end() ? nullptr : &*at;
}

bool wasTold(const Moment& moment, const Told* last) {
  return last != nullptr && moment.at <= last->at &&
         std::tie(moment.stage, moment.level) <= std::tie(last->stage, last->level);
}

Reach reachOf(const Moment& moment) {
  return moment.stage == Stage::warn ? Reach::warned : Reach::past;
}

}  // namespace

Reckoning reckon(const std::vector<Moment>& moments, int round, const std::vector<Told>& told,
                 WallTime now) {
  Reckoning made;
  // Also of limits without a moment now: while their clocks stand they have none.
  for (const Told& one : told)
    if (one.round == round) made.told.push_back(one);
  std::vector<Moment> fresh;
  for (const Moment& moment : moments) {
    if (moment.at > now) continue;
    made.reach = std::max(made.reach, reachOf(moment));
    if (!wasTold(moment, lastOf(told, moment.rule, round))) fresh.push_back(moment);
  }
  if (const Moment* const highest = highestReached(fresh, now)) made.tell = *highest;
  // In order of time: the last of a limit stays.
  for (const Moment& moment : fresh) {
    std::erase_if(made.told, [&](const Told& one) { return one.rule == moment.rule; });
    made.told.push_back({moment.rule, round, moment.stage, moment.level, moment.at});
  }
  if (const Moment* const next = nextAfter(moments, now)) made.next = next->at;
  return made;
}

std::string textOf(const std::vector<Told>& told) {
  std::string text;
  for (const Told& one : told) {
    if (!text.empty()) text += '\n';
    text += one.rule + ' ' + std::to_string(one.round) + ' ' + std::string(wordOf(one.stage)) +
            ' ' + std::to_string(one.level) + ' ' +
            std::to_string(one.at.time_since_epoch().count());
  }
  return text;
}

std::vector<Told> readTold(std::string_view text) {
  static constexpr std::array kStages = {Stage::warn, Stage::due, Stage::escalate};
  std::vector<Told> told;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    Told one;
    std::string stage;
    long long ms = 0;
    if (!(words >> one.rule >> one.round >> stage >> one.level >> ms)) continue;
    const auto* const known = std::find_if(kStages.begin(), kStages.end(),
                                           [&](Stage which) { return wordOf(which) == stage; });
    if (known == kStages.end()) continue;
    one.stage = *known;
    one.at = WallTime(std::chrono::milliseconds(ms));
    told.push_back(std::move(one));
  }
  return told;
}

}  // namespace lianqiao::lifecycle
