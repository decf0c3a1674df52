#include "file_drop/completeness.h"

#include <array>
#include <string_view>

#include "file_drop/completion.h"
#include "file_drop/content_digest.h"
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

/// False while a ledger is not yet what its manifest says. A manifest that cannot be read, or that
/// stays at odds, is an exception of the claimed file. Rows are counted when it is read.
bool agreesSoFar(const Folder& drop, const std::string& name, const Fd& content) {
  const auto file = drop.read(name);
  if (!file) return true;
  const auto manifest = readManifest(*file);
  const auto bytes = sizeOf(content);
  if (!manifest || !bytes) return true;
  if (manifest->bytes && *manifest->bytes != *bytes) return false;
  if (manifest->sha256.empty() && manifest->md5.empty()) return true;
  ContentDigest digest(true);
  std::uint64_t budget = *bytes + 1;
  while (budget > 0) {
    const auto done = digest.go(content, budget);
    if (!done) return true;
    if (*done) break;
  }
  const std::string sha256 = digest.sha256();
  return differenceFrom(*manifest, manifest->rows.value_or(0), *bytes, sha256, digest.md5())
      .empty();
}

}  // namespace

Completeness completenessOf(const DropSettings& settings, const Folder& drop,
                            const std::string& name, const Fd& content,
                            std::chrono::milliseconds quiet) {
  const Writers writers = writersOf(content);
  const bool overdue = quiet >= settings.giveUpTime;
  if (writers == Writers::some)
    return {false, overdue ? "is open for writing in some program" : ""};
  for (const CompanionName* companion : {&settings.marker, &settings.manifest}) {
    if (companion->empty()) continue;
    const std::string wanted = companion->of(name);
    const auto there = drop.look(wanted);
    if (!there || !*there || !(*there)->isFile())
      return {false, overdue ? "waits for " + displayName(wanted) : ""};
  }
  if (overdue) return {true, {}};
  if (!looksWhole(content, name)) return {};
  if (!settings.manifest.empty())
    return {agreesSoFar(drop, settings.manifest.of(name), content), {}};
  if (!settings.marker.empty()) return {true, {}};
  const bool doubtful = writers == Writers::unknown || !endsAsFilesDo(content);
  return {!doubtful || quiet >= settings.quietTime, {}};
}

}  // namespace lianqiao::file_drop
