#include "runtime/deadline_reckoner.h"

#include <algorithm>
#include <charconv>
#include <sstream>
#include <utility>

#include "base/rfc3339.h"
#include "lifecycle/public_part.h"
#include "lifecycle/reminder.h"
#include "record/event.h"
#include "record/fingerprint.h"

namespace lianqiao::runtime {
namespace {

using lifecycle::Moment;
using Thing = review::DeadlineBook::Thing;
using Nearness = review::DeadlineBook::Nearness;

// Fields of `clocks` (queue/FORMAT.md).
constexpr std::string_view kId = "id", kPeer = "p", kHigh = "h", kReceipt = "a", kData = "d",
                           kTold = "t", kMoments = "m", kForget = "q", kNear = "n",
                           kExtensions = "x";

std::string msText(WallTime time) { return std::to_string(time.time_since_epoch().count()); }

std::string_view fieldOf(const Thing& thing, std::string_view name) {
  const auto at = thing.kept.find(name);
  return at == thing.kept.end() ? std::string_view() : std::string_view(at->second);
}

std::optional<WallTime> timeIn(std::string_view text) {
  std::int64_t ms = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), ms);
  if (text.empty() || read.ec != std::errc()) return std::nullopt;
  return WallTime(std::chrono::milliseconds(ms));
}

/// A line for each, for those who look: "<ms> <limit> <stage> <level> <! or -> <name>".
std::string momentsText(const std::vector<Moment>& moments) {
  std::string text;
  for (const Moment& one : moments) {
    if (!text.empty()) text += '\n';
    text += msText(one.at) + ' ' + one.rule + ' ' + std::string(lifecycle::wordOf(one.stage)) +
            ' ' + std::to_string(one.level) + (one.provisional ? " ! " : " - ") + one.name;
  }
  return text;
}

/// "<round> <how many> <ms or ->,…"
std::string extensionsText(const std::vector<std::optional<WallTime>>& extensions, int round) {
  if (extensions.empty()) return {};
  std::string text = std::to_string(round) + ' ' + std::to_string(extensions.size()) + ' ';
  for (const auto& until : extensions) text += (until ? msText(*until) : "-") + ',';
  return text;
}

bool isMarked(const Thing& thing) { return !thing.recordMark.empty() || !thing.stepMark.empty(); }

bool stands(const lifecycle::ClockState& clocks) {
  return !clocks.stood.empty() && !clocks.stood.back().to;
}

std::optional<WallTime> earlier(std::optional<WallTime> one, std::optional<WallTime> other) {
  if (!one || !other) return one ? one : other;
  return std::min(*one, *other);
}

}  // namespace

DeadlineReckoner::Known DeadlineReckoner::readKnown(const Thing& thing) {
  Known known;
  known.id = fieldOf(thing, kId);
  known.peer = fieldOf(thing, kPeer);
  if (fieldOf(thing, kHigh) == "1") known.priority = record::Priority::high;
  known.receipt = timeIn(fieldOf(thing, kReceipt));
  if (const auto data = fieldOf(thing, kData); !data.empty()) known.data = data;
  known.told = lifecycle::readTold(fieldOf(thing, kTold));
  known.forgetAt = timeIn(fieldOf(thing, kForget));
  std::istringstream words{std::string(fieldOf(thing, kExtensions))};
  std::size_t count = 0;
  words >> known.round >> count >> std::ws;
  for (std::string until; std::getline(words, until, ',');)
    known.extensions.push_back(timeIn(until));
  known.isReached = !fieldOf(thing, kNear).empty();
  return known;
}

/// What is no event leaves what was known before.
void DeadlineReckoner::readEvent(const std::string& type, const std::string& event, Known& known) {
  if (event.empty() || !json::parse(event, event_)) return;
  const auto view = record::readEvent(event_.root);
  const auto classes = deadlines_.classes.find(type);
  if (!view || view->type != type || classes == deadlines_.classes.end()) return;
  known.id = view->id;
  known.peer = view->peer;
  known.priority = view->priority;
  known.receipt = earlier(known.receipt, base::parseTime(view->receivedTime));
  made_.clear();
  const json::Value part = lifecycle::publicPart(view->data, classes->second->root(), made_);
  known.data = part.isNull() ? "{}" : json::write(part);
}

/// What was agreed between two looks, and by which step is not known, goes as long as the rule.
void DeadlineReckoner::readExtensions(const Thing& thing, const lifecycle::StandingText& standing,
                                      Known& known) {
  if (known.round != standing.round) known.extensions.clear();
  known.round = standing.round;
  const std::size_t before = known.extensions.size();
  known.extensions.resize(static_cast<std::size_t>(standing.extensions));
  if (known.extensions.size() <= before || thing.extension.empty()) return;
  if (!json::parse(thing.extension, event_)) return;
  const json::Value* place = &event_.root;
  for (const std::string_view name : {"data", "extension", "until"})
    if (place != nullptr) place = place->find(name);
  if (place != nullptr) known.extensions.back() = base::parseTime(place->text());
}

/// Nothing more is to come of it, and nothing has come for long.
bool DeadlineReckoner::isOver(const Thing& thing, const lifecycle::Reckoning& made,
                              const lifecycle::StandingText& standing, const Known& known,
                              WallTime now) {
  return known.forgetAt && *known.forgetAt <= now && !isMarked(thing) && !made.next && !made.tell &&
         !stands(standing.clocks);
}

/// Nothing: it is known for a while, and looked at no more unless something comes.
std::optional<WallTime> DeadlineReckoner::nextLook(const Thing& thing,
                                                   const lifecycle::Reckoning& made,
                                                   const lifecycle::StandingText& standing,
                                                   WallTime now, Known& known) const {
  const auto forgetAt = std::exchange(known.forgetAt, std::nullopt);
  if (standing.clocks.ended) return std::nullopt;
  if (made.next) return made.next;
  const bool isAsBefore = forgetAt && *forgetAt > now && !isMarked(thing) && !made.tell;
  known.forgetAt = isAsBefore ? *forgetAt : now + life_;
  return known.forgetAt;
}

std::vector<std::pair<std::string, std::string>> DeadlineReckoner::fieldsOf(
    const Known& known, const lifecycle::Reckoning& made, const std::vector<Moment>& moments) {
  const std::string near = made.reach == lifecycle::Reach::none
                               ? std::string()
                               : std::to_string(static_cast<int>(made.reach));
  return {{std::string(kId), known.id},
          {std::string(kPeer), known.peer},
          {std::string(kHigh), known.priority == record::Priority::high ? "1" : ""},
          {std::string(kReceipt), known.receipt ? msText(*known.receipt) : ""},
          {std::string(kData), known.data},
          {std::string(kTold), lifecycle::textOf(made.told)},
          {std::string(kMoments), momentsText(moments)},
          {std::string(kForget), known.forgetAt ? msText(*known.forgetAt) : ""},
          {std::string(kNear), near},
          {std::string(kExtensions), extensionsText(known.extensions, known.round)}};
}

Reckoned DeadlineReckoner::reckon(const Thing& thing, WallTime now) {
  const std::size_t blank = std::min(thing.name.find(' '), thing.name.size());
  const std::string type = thing.name.substr(0, blank);
  const std::string key = thing.name.substr(std::min(blank + 1, thing.name.size()));
  Known known = readKnown(thing);
  Reckoned made;
  made.kept.name = thing.name;
  made.kept.recordMark = thing.recordMark;
  made.kept.stepMark = thing.stepMark;
  if (known.isReached) made.kept.formerPeer = known.peer;
  readEvent(type, thing.event, known);
  auto standing = lifecycle::readStanding(thing.standing, thing.ends);
  // Of what is not known no limit can be chosen: its first record is waited for.
  if (known.id.empty() || !standing || !deadlines_.rules.limits(type) || !deadlines_.calendar)
    return made;
  standing->clocks.receipt = earlier(standing->clocks.receipt, known.receipt);
  readExtensions(thing, *standing, known);
  standing->clocks.extensions = known.extensions;
  if (!json::parse(known.data, subject_)) return made;
  const std::vector<Moment> moments = deadlines_.rules.moments(
      {type, known.peer, known.priority, &subject_.root}, standing->clocks, *deadlines_.calendar);
  const lifecycle::Reckoning reckoning =
      lifecycle::reckon(moments, standing->round, known.told, now);
  if (isOver(thing, reckoning, *standing, known, now)) return made;
  made.kept.next = nextLook(thing, reckoning, *standing, now, known);
  made.kept.cycle = standing->cycle;
  made.kept.peer = known.peer;
  made.kept.near = static_cast<Nearness>(reckoning.reach);
  if (reckoning.tell) made.telling = tell(type, key, known, *standing, moments, *reckoning.tell);
  made.kept.kept = fieldsOf(known, reckoning, moments);
  return made;
}

Telling DeadlineReckoner::tell(const std::string& type, const std::string& key, const Known& known,
                               const lifecycle::StandingText& standing,
                               const std::vector<Moment>& moments, const Moment& moment) {
  const lifecycle::ReminderSubject subject{type, key, standing.state, standing.round,
                                           &subject_.root};
  made_.clear();
  Telling telling;
  telling.at = moment.at;
  telling.rule = moment.rule;
  telling.data = json::write(lifecycle::reminderData(subject, *deadlines_.rules.find(moment.rule),
                                                     moment, moments, made_));
  record::Record& record = telling.record;
  record.peer = known.peer;
  record.type = lifecycle::kReminderType;
  record.key = key;
  record.sourceId = lifecycle::reminderSourceId(subject, moment);
  record.priority = known.priority;
  record.cause = known.id;
  record.fingerprint = record::fingerprint(
      record.type, key, {lifecycle::reminderIdentity(subject, moment, made_)}, buffer_);
  telling.body = R"({"record":)";
  json::writeText(known.id, telling.body);
  telling.body += R"(,"moments":)";
  json::writeText(momentsText(moments), telling.body);
  telling.body += '}';
  return telling;
}

}  // namespace lianqiao::runtime
