#include "file_drop/completeness.h"

#include <array>
#include <string_view>

#include "file_drop/companions.h"
#include "file_drop/open_ledger.h"

namespace lianqiao::file_drop {

namespace {

/// Whether a text ends as texts do: with a line's end, or that of JSON or XML. Workbooks are judged
/// by looksWhole().
bool endsAsFilesDo(const Fd& content) {
  const auto size = sizeOf(content);
  std::array<char, 2> head{};
  if (!size || *size < head.size() || !readAt(content, 0, head).ok()) return false;
  const std::string_view start(head.data(), head.size());
  if (start == "PK" || start == "\xD0\xCF") return true;
  // Two bytes: a line's end in UTF-16 has a zero beside it.
  std::array<char, 2> tail{};
  if (!readAt(content, *size - tail.size(), tail).ok()) return false;
  constexpr std::string_view kEnds = "\n\r]}>";
  const char last = tail[1] == '\0' ? tail[0] : tail[1];
  return kEnds.find(last) != std::string_view::npos;
}

constexpr std::size_t kMostKnown = 10'000;

}  // namespace

/// nullptr: the pace was spent.
Result<const CompletenessCheck::Digests*> CompletenessCheck::digestsOf(const std::string& name,
                                                                       const Fd& content,
                                                                       const FileState& state,
                                                                       Pace& pace) {
  const auto known = known_.find(name);
  if (known != known_.end() && known->second.state.isUnchangedSince(state)) return &known->second;
  if (!underWay_ || underWay_->name != name || !underWay_->state.isUnchangedSince(state))
    underWay_ = UnderWay{name, state, std::make_unique<ContentDigest>(true)};
  const auto done = underWay_->digest->go(content, pace);
  if (!done) return done.error();
  if (!*done) return nullptr;
  if (known_.size() >= kMostKnown) known_.clear();
  Digests& digests = known_[name];
  digests.state = state;
  digests.sha256 = underWay_->digest->sha256();
  digests.md5 = underWay_->digest->md5();
  underWay_.reset();
  return &digests;
}

/// Not complete while the ledger is not yet what its manifest says. Rows are counted when it is
/// read; one beyond max_file is refused then, before anything of it is.
Completeness CompletenessCheck::compare(const Manifest& manifest, const std::string& name,
                                        const Fd& content, Pace& pace) {
  const auto state = stateOf(content);
  if (!state) return {.missing = "cannot be read"};
  if (state->size > settings_.read.maxFile) return {.complete = true};
  if (manifest.bytes && *manifest.bytes != state->size) return {};
  if (manifest.sha256.empty() && manifest.md5.empty()) return {.complete = true};
  const auto digests = digestsOf(name, content, *state, pace);
  if (!digests) return {.missing = "cannot be read"};
  if (*digests == nullptr) return {.goesOn = true};
  return {.complete = differenceFrom(manifest, manifest.rows.value_or(0), state->size,
                                     (*digests)->sha256, (*digests)->md5)
                          .empty()};
}

Completeness CompletenessCheck::of(const Folder& drop, const std::string& name, const Fd& content,
                                   std::chrono::milliseconds quiet, Pace& pace) {
  const Writers writers = writersOf(content);
  const bool overdue = quiet >= settings_.giveUpTime;
  if (writers == Writers::some)
    return {.missing = overdue ? "is open for writing in some program" : ""};
  for (const CompanionName* companion : {&settings_.marker, &settings_.manifest}) {
    if (companion->empty()) continue;
    const std::string wanted = companion->of(name);
    const auto there = drop.look(wanted);
    if (!there || !*there || !(*there)->isFile())
      return {.missing = overdue ? "waits for " + displayName(wanted) : ""};
  }
  std::optional<Result<Manifest>> manifest;
  if (!settings_.manifest.empty()) {
    const std::string wanted = settings_.manifest.of(name);
    const auto file = drop.read(wanted);
    manifest = file ? readManifest(*file) : Result<Manifest>(file.error());
    // Claimed with it, the ledger could not be read either. One that says nothing usable is an
    // exception of the claimed file.
    if (!*manifest && isFolderFault(manifest->error()))
      return {.missing = "waits: its manifest " + displayName(wanted) +
                         " cannot be read; give the gateway's user the right to it"};
  }
  if (overdue) return {.complete = true};
  if (!looksWhole(content, name)) return {};
  if (manifest) {
    if (!*manifest) return {.complete = true};
    return compare(**manifest, name, content, pace);
  }
  if (!settings_.marker.empty()) return {.complete = true};
  const bool doubtful = writers == Writers::unknown || !endsAsFilesDo(content);
  return {.complete = !doubtful || quiet >= settings_.quietTime};
}

}  // namespace lianqiao::file_drop
