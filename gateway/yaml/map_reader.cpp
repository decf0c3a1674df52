#include "yaml/map_reader.h"

#include <algorithm>
#include <fstream>

#include "lianqiao/text.h"

namespace lianqiao::yaml {
namespace {

/// A bundle of certificates with their texts has less.
constexpr int kMostPemLines = 100'000;

}  // namespace

MapReader::MapReader(const YamlNode* map, Findings& findings) : findings_(findings) {
  if (map == nullptr || map->isNull()) return;
  if (map->isMap()) {
    map_ = map;
  } else {
    findings_.add(map->finding("a map is wanted here", "write `key: value` lines below the key"));
  }
}

const YamlNode* MapReader::take(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.push_back(key);
  return map_ == nullptr ? nullptr : map_->find(key);
}

const YamlNode* MapReader::require(std::string_view key, const YamlNode& owner,
                                   std::string remedy) {
  const YamlNode* node = take(key);
  if (node == nullptr) {
    findings_.add(
        owner.finding("the key '" + std::string(key) + "' is missing", std::move(remedy)));
  }
  return node;
}

template <typename T, typename Parse>
void MapReader::parsed(std::string_view key, T& target, Parse parse) {
  const YamlNode* node = take(key);
  if (node == nullptr) return;
  const auto written = readText(*node, findings_);
  if (!written) return;
  if (auto value = accept(*node, parse(*written), findings_)) target = static_cast<T>(*value);
}

void MapReader::text(std::string_view key, std::string& target) {
  parsed(key, target, [](const std::string& text) { return Reading<std::string>(text); });
}

void MapReader::name(std::string_view key, std::string& target) { parsed(key, target, parseName); }

void MapReader::zone(std::string_view key, std::string& target) { parsed(key, target, parseZone); }

void MapReader::boolean(std::string_view key, bool& target) {
  if (const YamlNode* node = take(key)) target = readBoolean(*node, findings_).value_or(target);
}

void MapReader::duration(std::string_view key, milliseconds& target, Range<milliseconds> range) {
  parsed(key, target, [&](const std::string& text) { return parseDuration(text, range); });
}

void MapReader::size(std::string_view key, std::size_t& target, Range<std::int64_t> range) {
  parsed(key, target, [&](const std::string& text) { return parseSize(text, range); });
}

void MapReader::decimal(std::string_view key, double& target, Range<double> range) {
  parsed(key, target, [&](const std::string& text) { return parseDecimal(text, range); });
}

void MapReader::rate(std::string_view key, double& perSecond) { parsed(key, perSecond, parseRate); }

void MapReader::names(std::string_view key, std::vector<std::string>& target) {
  if (const YamlNode* node = take(key)) target = readNames(*node, findings_);
}

void MapReader::path(std::string_view key, const std::filesystem::path& directory,
                     std::filesystem::path& target) {
  std::string text;
  parsed(key, text, parsePath);
  if (!text.empty()) target = (directory / text).lexically_normal();
}

void MapReader::pem(std::string_view key, const std::filesystem::path& directory,
                    std::string_view kind, std::filesystem::path& target) {
  std::filesystem::path path;
  this->path(key, directory, path);
  if (path.empty()) return;
  const YamlNode& place = *map_->find(key);
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    findings_.add(place.finding("there is no file " + path.string(),
                                "put it there, or name another; relative paths begin at the "
                                "configuration folder"));
    return;
  }
  std::ifstream in(path, std::ios::binary);
  std::string line;
  bool found = false;
  for (int lines = 0; !found && lines < kMostPemLines && std::getline(in, line); ++lines)
    found = line.starts_with("-----BEGIN ") && trim(line).ends_with(kind);
  if (found) {
    target = std::move(path);
    return;
  }
  const std::string what(kind == kCertificate ? "certificate" : "private key");
  findings_.add(place.finding(
      path.string() + " holds no " + what + " in PEM",
      "name the file with -----BEGIN … " + std::string(kind) + ", readable by the gateway's user"));
}

int MapReader::choice(std::string_view key, std::span<const std::string_view> choices) {
  std::string chosen;
  parsed(key, chosen, [&](const std::string& text) { return parseChoice(text, choices); });
  const auto at = std::find(choices.begin(), choices.end(), chosen);
  return at == choices.end() ? -1 : static_cast<int>(at - choices.begin());
}

void MapReader::finish() {
  if (map_ == nullptr) return;
  for (const YamlNode::Entry& entry : map_->entries()) {
    if (std::find(known_.begin(), known_.end(), entry.key) != known_.end()) continue;
    findings_.add(findingAtKey(entry, "the key '" + entry.key + "' is not known here",
                               suggestion(entry.key, known_)));
  }
}

Finding findingAtKey(const YamlNode::Entry& entry, std::string message, std::string remedy) {
  Finding finding = entry.value.finding(std::move(message), std::move(remedy));
  finding.position = entry.position;
  return finding;
}

std::vector<std::string> readNames(const YamlNode& node, Findings& findings) {
  std::vector<std::string> names;
  if (!node.isList()) {
    findings.add(
        node.finding("a list of names is wanted here", "write [a, b], or one `- ` line for each"));
    return names;
  }
  for (const YamlNode& item : node.items()) {
    const auto text = readText(item, findings);
    auto name = text ? accept(item, parseName(*text), findings) : std::nullopt;
    if (!name) continue;
    if (std::find(names.begin(), names.end(), *name) != names.end()) {
      findings.add(item.finding("'" + *name + "' stands twice in this list", "leave one out"));
    } else {
      names.push_back(std::move(*name));
    }
  }
  return names;
}

}  // namespace lianqiao::yaml
