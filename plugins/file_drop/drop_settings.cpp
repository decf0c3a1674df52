#include "file_drop/drop_settings.h"

#include <strings.h>

#include <algorithm>
#include <stdexcept>

namespace lianqiao::file_drop {

namespace {

std::vector<std::string> splitPatterns(std::string_view text) {
  std::vector<std::string> patterns;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    std::string_view one = text.substr(0, comma);
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (!one.empty()) patterns.emplace_back(one);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return patterns;
}

std::filesystem::path pathOr(const Settings& settings, std::string_view name,
                             std::filesystem::path fallback) {
  if (!settings.has(name) || settings.text(name).empty()) return fallback;
  return settings.text(name);
}

std::string textOr(const Settings& settings, std::string_view name) {
  return settings.has(name) ? settings.text(name) : std::string();
}

bool endsWithAnyCase(std::string_view text, std::string_view ending) {
  return text.size() >= ending.size() && ::strncasecmp(text.data() + text.size() - ending.size(),
                                                       ending.data(), ending.size()) == 0;
}

/// A result must be known by its name, or it is read as a ledger; and a ledger must not be taken
/// for a result.
void checkSuffix(const DropSettings& drop) {
  constexpr std::size_t kLongest = 64;
  const std::string& suffix = drop.resultSuffix;
  if (suffix.empty() || suffix.size() > kLongest || suffix.find('/') != std::string::npos) {
    throw std::invalid_argument(
        "result_suffix must be 1 to 64 bytes without \"/\", such as .result.csv");
  }
  for (const std::string& pattern : drop.patterns) {
    if (!endsWithAnyCase(pattern, suffix)) continue;
    throw std::invalid_argument("result_suffix " + suffix + " is the end of the pattern " +
                                pattern +
                                ", so that no such file would be taken; make it longer, such as "
                                ".result.csv");
  }
}

CompanionName companion(const Settings& settings, std::string_view name,
                        const std::vector<std::string>& patterns) {
  if (!settings.has(name) || settings.text(name).empty()) return {};
  CompanionName companion(name, settings.text(name));
  for (const std::string& pattern : patterns) {
    if (companion.ending().empty() || !endsWithAnyCase(pattern, companion.ending())) continue;
    throw std::invalid_argument(std::string(name) + " " + settings.text(name) +
                                " ends as the pattern " + pattern +
                                " does, so that no such ledger would be taken; name them apart, "
                                "such as .ok");
  }
  return companion;
}

std::uint32_t modeOf(const std::string& octal) {
  return static_cast<std::uint32_t>(std::stoul(octal, nullptr, 8));
}

char delimiterOf(std::string_view word) {
  if (word == "comma") return ',';
  if (word == "semicolon") return ';';
  if (word == "pipe") return '|';
  return word == "tab" ? '\t' : '\0';
}

}  // namespace

DropSettings readSettings(const Settings& settings) {
  DropSettings drop;
  drop.folder = pathOr(settings, "folder", {});
  drop.archive = pathOr(settings, "archive", drop.folder / "archive");
  drop.failed = pathOr(settings, "failed", drop.folder / "failed");
  drop.patterns = splitPatterns(settings.text("pattern"));
  drop.settleTime = settings.duration("settle_time");
  drop.quietTime = settings.duration("quiet_time");
  drop.giveUpTime = settings.duration("give_up_time");
  drop.batchItems = static_cast<std::size_t>(settings.integer("batch"));
  drop.resultSuffix = settings.text("result_suffix");
  drop.resultMode = modeOf(settings.text("result_mode"));
  checkSuffix(drop);
  drop.ignore = splitPatterns(settings.text("ignore_files"));
  drop.marker = companion(settings, "marker", drop.patterns);
  drop.manifest = companion(settings, "manifest", drop.patterns);
  drop.outputFolder = pathOr(settings, "output_folder", {});
  drop.outputMode = modeOf(settings.text("output_mode"));
  drop.outputCsv = settings.text("output_format") == "csv";
  drop.outputBatch = static_cast<std::size_t>(settings.integer("output_batch"));

  drop.outputManifest = companion(settings, "output_manifest", {});
  drop.outputSm3 = settings.text("output_hash") == "sm3";
  if (settings.has("output_key")) drop.outputKey = settings.secret("output_key");
  if (drop.outputManifest.empty() && !drop.outputKey.empty())
    throw std::invalid_argument(
        "output_key is set and output_manifest is not; name the file that bears the HMAC, such as "
        ".sum");
  drop.list.file = pathOr(settings, "list_file", {});
  drop.list.time = textOr(settings, "list_time");
  drop.list.content = textOr(settings, "list_content");
  drop.list.id = {"id"};
  for (const char* name : {"id_columns", "list_id"})
    if (settings.has(name) && !settings.list(name).empty()) drop.list.id = settings.list(name);

  ReadOptions& read = drop.read;
  read.encoding = settings.text("encoding");
  read.delimiter = delimiterOf(settings.text("delimiter"));
  if (settings.has("sheet")) read.sheet = settings.text("sheet");
  read.headerRow = static_cast<std::uint64_t>(settings.integer("header_row"));
  read.acceptShortRows = settings.text("short_rows") == "accept";
  if (settings.has("skip")) read.skip = settings.list("skip");
  read.fillMerged = settings.text("merged") == "fill";
  read.expectRows = settings.text("expect") == "rows";
  if (settings.has("id_columns")) read.idColumns = settings.list("id_columns");
  read.maxRows = static_cast<std::uint64_t>(settings.integer("max_rows"));
  read.maxColumns = static_cast<std::uint32_t>(settings.integer("max_columns"));
  read.maxFile = static_cast<std::uint64_t>(settings.integer("max_file"));
  read.maxUnpacked = static_cast<std::uint64_t>(settings.integer("max_unpacked"));
  read.maxCell = static_cast<std::size_t>(settings.integer("max_cell"));
  read.maxRow = static_cast<std::size_t>(settings.integer("max_row"));
  return drop;
}

std::filesystem::path pathBelow(const std::filesystem::path& folder,
                                const std::filesystem::path& path) {
  if (folder.empty() || path.empty()) return {};
  const std::filesystem::path way =
      path.lexically_normal().lexically_relative(folder.lexically_normal());
  return way.empty() || way == "." || *way.begin() == ".." ? std::filesystem::path() : way;
}

}  // namespace lianqiao::file_drop
