#include "config/sources.h"

#include <algorithm>
#include <array>
#include <vector>

#include "lianqiao/ascii.h"
#include "lianqiao/text.h"
#include "yaml/scalar.h"
#include "yaml/yaml_reader.h"

namespace lianqiao::config {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 6> kFiles = {"lianqiao.yaml",    "routes.yaml",
                                                    "derivations.yaml", "calendar.yaml",
                                                    "deadlines.yaml",   "reports.yaml"};
constexpr std::array<std::string_view, 3> kFolders = {"peers", "mappings", "codes"};

/// Sorted, so that findings come in the same order everywhere. Hidden files are left out. A folder
/// that is not there is empty; one that cannot be read is a finding and makes the sources `unread`.
std::vector<fs::path> entriesOf(const fs::path& folder, const std::string& shownPath,
                                Sources& sources, yaml::Findings& findings) {
  std::vector<fs::path> entries;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (!at->path().filename().string().starts_with('.')) entries.push_back(at->path());
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    sources.unread = true;
    findings.add({shownPath,
                  {},
                  {},
                  "the folder cannot be read: " + error.message(),
                  "make it a folder that the gateway's user may read (chmod, chown)"});
  }
  std::sort(entries.begin(), entries.end());
  return entries;
}

bool isYaml(const fs::path& path) { return path.extension() == ".yaml"; }

/// The name under which a file would be read that was surely meant to be and is not; empty for all
/// others.
std::string meantName(const fs::path& path) {
  std::string name = path.filename().string();
  const std::string lower = lowered(name);
  for (const std::string_view end : {".yaml.txt", ".yml.txt", ".yml", ".yaml"}) {
    if (!lower.ends_with(end) || name.ends_with(".yaml")) continue;
    return name.substr(0, name.size() - end.size()) + ".yaml";
  }
  return {};
}

void checkExtension(const fs::path& path, const std::string& shownPath, yaml::Findings& findings) {
  const std::string meant = meantName(path);
  if (meant.empty()) return;
  const bool hidden = path.extension() == ".txt";
  findings.add({shownPath,
                {},
                {},
                hidden ? "the file is not read: an editor put .txt behind its name, which Windows "
                         "may not show"
                       : "the file is not read: only names that end in .yaml are",
                "rename it to " + meant});
}

/// Mappings and tables name themselves, so that a copy under another name is noticed.
void checkOwnName(const yaml::YamlNode& root, const char* key, const std::string& stem,
                  yaml::Findings& findings) {
  const yaml::YamlNode* own = root.find(key);
  const std::string remedy = "write " + std::string(key) + ": " + stem + ", or rename the file";
  if (!root.isMap()) {
    findings.add(
        root.finding("a map is wanted here", "begin with " + std::string(key) + ": " + stem));
  } else if (own == nullptr) {
    findings.add(root.finding("the key '" + std::string(key) + "' is missing", remedy));
  } else if (own->text() != stem) {
    findings.add(own->finding("the name differs from the file's", remedy));
  }
}

Sources::Files readFolder(const fs::path& directory, std::string_view folder, const char* nameKey,
                          Sources& sources, yaml::Findings& findings) {
  Sources::Files files;
  for (const fs::path& path :
       entriesOf(directory / folder, std::string(folder), sources, findings)) {
    const std::string file = std::string(folder) + '/' + path.filename().string();
    checkExtension(path, file, findings);
    if (!isYaml(path)) continue;
    const std::string stem = path.stem().string();
    yaml::Reading<std::string> name = yaml::parseName(stem);
    if (yaml::BadValue* bad = std::get_if<yaml::BadValue>(&name)) {
      findings.add({file, {}, {}, std::move(bad->message), "rename the file: " + bad->remedy});
    }
    std::optional<yaml::YamlNode> root = yaml::YamlReader::lookAtFile(path, file, findings).root;
    if (root && nameKey != nullptr) checkOwnName(*root, nameKey, stem, findings);
    files.emplace(stem, std::move(root));
  }
  return files;
}

void checkTopLevel(const fs::path& directory, Sources& sources, yaml::Findings& findings) {
  for (const fs::path& path : entriesOf(directory, directory.string(), sources, findings)) {
    const std::string name = path.filename().string();
    std::error_code error;
    if (fs::is_directory(path, error)) {
      const std::string_view near = closest(name, kFolders);
      if (!near.empty() && near != name) {
        findings.add(
            {name, {}, {}, "the folder is not read", "did you mean '" + std::string(near) + "'?"});
      }
      continue;
    }
    checkExtension(path, name, findings);
    if (isYaml(path) && std::find(kFiles.begin(), kFiles.end(), name) == kFiles.end()) {
      findings.add({name, {}, {}, "the file is not read", yaml::suggestion(name, kFiles)});
    }
  }
}

std::optional<yaml::YamlNode> readIfThere(const fs::path& directory, const std::string& name,
                                          yaml::Findings& findings) {
  std::error_code error;
  if (!fs::exists(directory / name, error)) return std::nullopt;
  return yaml::YamlReader::lookAtFile(directory / name, name, findings).root;
}

}  // namespace

Sources readSources(const fs::path& directory, yaml::Findings& findings) {
  Sources sources;
  checkTopLevel(directory, sources, findings);
  if (sources.unread) return sources;
  sources.gateway =
      yaml::YamlReader::lookAtFile(directory / "lianqiao.yaml", "lianqiao.yaml", findings).root;
  sources.peers = readFolder(directory, "peers", nullptr, sources, findings);
  sources.mappings = readFolder(directory, "mappings", "mapping", sources, findings);
  sources.codes = readFolder(directory, "codes", "table", sources, findings);
  sources.routes =
      yaml::YamlReader::lookAtFile(directory / "routes.yaml", "routes.yaml", findings).root;
  sources.derivations = readIfThere(directory, "derivations.yaml", findings);
  sources.calendar = readIfThere(directory, "calendar.yaml", findings);
  sources.deadlines = readIfThere(directory, "deadlines.yaml", findings);
  sources.reports = readIfThere(directory, "reports.yaml", findings);
  return sources;
}

}  // namespace lianqiao::config
