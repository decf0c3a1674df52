#include "config/field_check.h"

#include <algorithm>

#include "config/field_range.h"
#include "lianqiao/text.h"
#include "yaml/map_reader.h"
#include "yaml/scalar.h"

namespace lianqiao::config {
namespace {

std::optional<std::vector<std::string>> readList(const yaml::YamlNode& node,
                                                 yaml::Findings& findings) {
  if (!node.isList()) {
    findings.add(node.finding("a list is wanted here", "write [a, b], or one `- ` line for each"));
    return std::nullopt;
  }
  std::vector<std::string> texts;
  for (const yaml::YamlNode& item : node.items()) {
    if (auto text = yaml::readText(item, findings)) texts.push_back(std::move(*text));
  }
  return texts.size() == node.items().size() ? std::optional(std::move(texts)) : std::nullopt;
}

template <typename T>
std::optional<Settings::Value> widened(std::optional<T> value) {
  return value ? std::optional<Settings::Value>(std::move(*value)) : std::nullopt;
}

Settings::Value ofNumber(FieldKind kind, std::int64_t number) {
  if (kind == FieldKind::duration) return std::chrono::milliseconds(number);
  return number;
}

std::optional<Settings::Value> readNumeric(const yaml::YamlNode& node, const FieldSpec& spec,
                                           yaml::Findings& findings) {
  const auto text = spec.kind == FieldKind::integer ? yaml::readUnquoted(node, "a number", findings)
                                                    : yaml::readText(node, findings);
  if (!text) return std::nullopt;
  auto reading = parseNumeric(spec, *text);
  auto* bad = std::get_if<yaml::BadValue>(&reading);
  if (bad != nullptr && !spec.unit.empty() && bad->message.ends_with("out of range")) {
    bad->remedy += ' ' + std::string(spec.unit);
  }
  const auto number = yaml::accept(node, std::move(reading), findings);
  return number ? std::optional(ofNumber(spec.kind, *number)) : std::nullopt;
}

std::optional<Settings::Value> readPath(const yaml::YamlNode& node, const SecretSource& secrets,
                                        yaml::Findings& findings) {
  const auto written = yaml::readText(node, findings);
  const auto text =
      written ? yaml::accept(node, yaml::parsePath(*written), findings) : std::nullopt;
  if (!text) return std::nullopt;
  return (secrets.directory() / *text).lexically_normal().string();
}

std::optional<Settings::Value> read(const yaml::YamlNode& node, const FieldSpec& spec,
                                    const SecretSource& secrets, yaml::Findings& findings) {
  const auto parsed = [&](auto parse) -> std::optional<Settings::Value> {
    const auto text = yaml::readText(node, findings);
    return text ? widened(yaml::accept(node, parse(*text), findings)) : std::nullopt;
  };
  switch (spec.kind) {
    case FieldKind::text:
      return widened(yaml::readText(node, findings));
    case FieldKind::secret:
      return widened(secrets.resolve(node, findings));
    case FieldKind::boolean:
      return widened(yaml::readBoolean(node, findings));
    case FieldKind::integer:
    case FieldKind::duration:
    case FieldKind::size:
      return readNumeric(node, spec, findings);
    case FieldKind::url:
      return parsed([](const auto& text) { return yaml::parseUrl(text, yaml::kWebSchemes); });
    case FieldKind::choice:
      return parsed([&](const auto& text) { return yaml::parseChoice(text, spec.choices); });
    case FieldKind::list:
      return widened(readList(node, findings));
    case FieldKind::path:
      return readPath(node, secrets, findings);
  }
  return std::nullopt;
}

std::vector<std::string> splitFallback(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  std::vector<std::string> items;
  while (!trim(text).empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    items.emplace_back(trim(text.substr(0, comma)));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return items;
}

/// nullopt: the adapter describes its own fallback wrongly.
std::optional<Settings::Value> fallback(const FieldSpec& spec, const SecretSource& secrets) {
  const auto parsed = [](auto reading) -> std::optional<Settings::Value> {
    if (auto* value = std::get_if<0>(&reading)) return std::move(*value);
    return std::nullopt;
  };
  switch (spec.kind) {
    case FieldKind::text:
      return std::string(spec.fallback);
    case FieldKind::secret:
      return std::nullopt;
    case FieldKind::boolean:
      return parsed(yaml::parseBoolean(spec.fallback));
    case FieldKind::integer:
    case FieldKind::duration:
    case FieldKind::size: {
      const auto reading = parseNumeric(spec, spec.fallback);
      const auto* number = std::get_if<std::int64_t>(&reading);
      return number ? std::optional(ofNumber(spec.kind, *number)) : std::nullopt;
    }
    case FieldKind::url:
      return parsed(yaml::parseUrl(spec.fallback, yaml::kWebSchemes));
    case FieldKind::choice:
      return parsed(yaml::parseChoice(spec.fallback, spec.choices));
    case FieldKind::list:
      return splitFallback(spec.fallback);
    case FieldKind::path:
      return (secrets.directory() / spec.fallback).lexically_normal().string();
  }
  return std::nullopt;
}

void fillIn(const FieldSpec& spec, const yaml::YamlNode& place, const SecretSource& secrets,
            Settings& settings, yaml::Findings& findings) {
  const std::string name(spec.name);
  if (spec.fallback.empty()) {
    if (!spec.required) {
      settings.describe(name);
      return;
    }
    yaml::Finding finding =
        place.finding("the setting '" + name + "' is missing", "write " + name + ": …");
    if (!spec.example.empty())
      finding.remedy = "write it as in `" + name + ": " + std::string(spec.example) + '`';
    if (spec.kind == FieldKind::secret)
      finding.remedy = "write " + name + ": ${env:NAME} or ${file:path}";
    findings.add(std::move(finding));
    return;
  }
  if (auto value = fallback(spec, secrets)) {
    settings.set(name, std::move(*value));
  } else {
    findings.add(place.finding("the adapter's fallback for '" + name + "' is not of its kind",
                               "give the setting, and tell the adapter's author"));
  }
}

/// Of a setting that the adapter does not have: what it is called now, or what may be meant.
yaml::Finding unknownSetting(const yaml::YamlNode::Entry& entry, const yaml::YamlNode& settings,
                             std::span<const FieldSpec> specs) {
  const auto now = std::find_if(specs.begin(), specs.end(),
                                [&](const FieldSpec& one) { return one.formerly == entry.key; });
  if (now != specs.end()) {
    const std::string name(now->name);
    return yaml::findingAtKey(entry, "the setting '" + entry.key + "' is now called '" + name + "'",
                              settings.find(name) == nullptr
                                  ? "write " + name + " in its place"
                                  : "leave it out, " + name + " is given");
  }
  std::vector<std::string_view> names;
  for (const FieldSpec& spec : specs) names.push_back(spec.name);
  return yaml::findingAtKey(
      entry, "the adapter has no setting '" + entry.key + "'",
      names.empty() ? std::string("leave it out") : yaml::suggestion(entry.key, names));
}

}  // namespace

Settings check(const yaml::YamlNode& owner, const yaml::YamlNode* settings,
               std::span<const FieldSpec> specs, const SecretSource& secrets,
               yaml::Findings& findings) {
  Settings result;
  const yaml::YamlNode& place = settings == nullptr ? owner : *settings;
  if (settings != nullptr && !settings->isMap() && !settings->isNull()) {
    findings.add(
        settings->finding("settings must be a map", "write `name: value` lines below the key"));
    return result;
  }
  if (settings != nullptr) {
    for (const yaml::YamlNode::Entry& entry : settings->entries()) {
      const auto spec = std::find_if(specs.begin(), specs.end(),
                                     [&](const FieldSpec& one) { return one.name == entry.key; });
      if (spec == specs.end()) {
        findings.add(unknownSetting(entry, *settings, specs));
      } else if (auto value = read(entry.value, *spec, secrets, findings)) {
        result.set(entry.key, std::move(*value));
      }
    }
  }
  for (const FieldSpec& spec : specs) {
    if (settings == nullptr || settings->find(spec.name) == nullptr) {
      fillIn(spec, place, secrets, result, findings);
    }
  }
  return result;
}

Settings check(const yaml::YamlNode& settings, std::span<const FieldSpec> specs,
               const SecretSource& secrets, yaml::Findings& findings) {
  return check(settings, &settings, specs, secrets, findings);
}

}  // namespace lianqiao::config
