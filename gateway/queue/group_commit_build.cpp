#include "queue/group_commit.h"
#include "queue/group_words.h"
#include "queue/scripts.h"

/// The part of GroupCommit that makes a group of what waits.
namespace lianqiao::queue {
namespace {

// Larger commands cost Redis a third more a record: they leave its caches. One record may be
// larger.
constexpr std::size_t kGroupBytes = 256u << 10;
/// A peer that is down answers every record alike: an entry of the journal holds some of that.
constexpr std::size_t kAnswerRoom = 8u << 10;

}  // namespace

void GroupCommit::cutSlices() {
  slices_.clear();
  std::size_t records = 0;
  std::size_t bytes = 0;
  for (const Pending& pending : work_) {
    const std::vector<Entry>& entries = pending.submission->entries;
    Slice slice;
    while (pending.next + slice.count < entries.size() && records < settings_.groupSize) {
      const std::size_t size = bytesOf(entries[pending.next + slice.count]);
      if (records > 0 && bytes + size > kGroupBytes) break;
      bytes += size;
      ++records;
      ++slice.count;
    }
    slice.last = pending.next + slice.count == entries.size();
    slices_.push_back(slice);
    if (!slice.last || records == settings_.groupSize || slices_.size() == acceptLimit_) return;
  }
}

/// Not where something of an earlier slice has failed.
bool GroupCommit::cursorGoes(std::size_t slice) const {
  const Pending& pending = work_[slice];
  return slices_[slice].last && pending.submission->cursor && !pending.refused;
}

/// One transaction, so that Redis syncs once, and what is stored is accepted or taken away again.
GroupParts GroupCommit::build() {
  command_.clear();
  leases_.clear();
  GroupParts parts;
  lives_.begin();
  eachEntry([this](const Entry& entry, bool) { addLives(entry); });
  const std::size_t words = wordsToAccept();
  parts.accepts = words > 0;
  parts.settles = !settling_.empty();
  // What too few replicas have must not be delivered yet.
  parts.waits = parts.accepts && replicas_.wanted();
  if (parts.accepts) {
    now_ = clock_.wall();
    command_.add({"MULTI"});
    parts.contents = buildContents();
    if (!parts.waits) askTakers();
    buildAccept(words);
  }
  if (parts.settles) buildSettle();
  if (parts.accepts) command_.add({"EXEC"});
  if (parts.waits) replicas_.add(command_);
  return parts;
}

void GroupCommit::eachEntry(const std::function<void(const Entry&, bool)>& use) const {
  for (std::size_t i = 0; i < slices_.size(); ++i) {
    const Pending& pending = work_[i];
    for (std::size_t j = 0; j < slices_[i].count; ++j)
      use(pending.submission->entries[pending.next + j], pending.mayBeThere());
  }
}

void GroupCommit::addLives(const Entry& entry) {
  if (!entry.record) return;
  lives_.add(*entry.record);
  for (const Entry& one : entry.derived) addLives(one);
  for (const Entry& one : entry.joins) addLives(one);
}

std::size_t GroupCommit::wordsToAccept() const {
  std::size_t words = 0;
  eachEntry([&](const Entry& entry, bool) { words += wordsOf(entry, lifeOf_); });
  for (std::size_t i = 0; i < slices_.size(); ++i)
    if (cursorGoes(i)) words += kCursorWords;
  return words;
}

std::size_t GroupCommit::buildContents() {
  std::size_t commands = lives_.store(command_, settings_.retention.duplicates.count());
  eachEntry([&](const Entry& entry, bool mayBeThere) {
    commands += addContent(command_, keys_, entry, now_, mayBeThere);
  });
  return commands;
}

void GroupCommit::buildAccept(std::size_t words) {
  beginScript(command_, Script::accept, keys_, 6 + leases_.words() + words);
  command_.word(now_.time_since_epoch().count());
  command_.word(settings_.retention.duplicates.count());
  command_.word(static_cast<long long>(settings_.steps.skew.count()));
  command_.word(stepsWord(settings_.steps));
  command_.word(journal_.word());
  command_.word(lives_.word());
  leases_.add(command_);
  for (std::size_t i = 0; i < slices_.size(); ++i) {
    const Pending& pending = work_[i];
    std::size_t added = 0;
    for (std::size_t j = 0; j < slices_[i].count; ++j) {
      const Entry& entry = pending.submission->entries[pending.next + j];
      addEntry(command_, entry, pending.mayBeThere(), lifeOf_);
      if (isTold(entry)) ++added;
    }
    if (cursorGoes(i)) addCursor(command_, *pending.submission->cursor, added);
  }
}

void GroupCommit::buildSettle() {
  beginScript(command_, Script::settle, keys_, 3 + settling_.size() * kSettlementWords);
  command_.word(clock_.wall().time_since_epoch().count());
  command_.word(settings_.retention.delivered.count());
  command_.word(journal_.word());
  std::size_t answerRoom = kAnswerRoom;
  for (const Queued& queued : settling_)
    addSettlement(command_, queued.settlement, queued.due, queued.exceptionId,
                  settings_.retention.duplicates, answerRoom);
}

void GroupCommit::askTakers() {
  const auto owe = [&](const Entry& entry, bool mayBeThere) {
    if (!entry.record) return;
    for (const std::string& peer : entry.record->destinations)
      leases_.owe(peer, mayBeThere ? nullptr : &*entry.record);
  };
  eachEntry([&](const Entry& entry, bool mayBeThere) {
    owe(entry, mayBeThere);
    for (const Entry& one : entry.derived) {
      owe(one, mayBeThere);
      // its key is known in Redis
      for (const Entry& step : one.joins) owe(step, true);
    }
  });
  leases_.ask();
}

}  // namespace lianqiao::queue
