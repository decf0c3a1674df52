#include "expression/reading.h"

#include <algorithm>
#include <charconv>

#include "lianqiao/text.h"

namespace lianqiao::expression {
namespace {

std::string listed(std::span<const std::string_view> names) {
  std::string out;
  for (std::string_view name : names) {
    if (!out.empty()) out += ", ";
    out += name;
  }
  return out;
}

}  // namespace

std::string suggestion(std::string_view word, std::span<const std::string_view> names) {
  const std::string_view near = closest(word, names);
  if (!near.empty()) return "did you mean `" + std::string(near) + "`?";
  return names.empty() ? std::string() : "known here: " + listed(names);
}

void checkKeys(const yaml::YamlNode& map, std::span<const std::string_view> known,
               yaml::Findings& findings) {
  for (const yaml::YamlNode::Entry& entry : map.entries()) {
    if (std::find(known.begin(), known.end(), entry.key) != known.end()) continue;
    yaml::Finding finding =
        entry.value.finding("unknown key `" + entry.key + "`", suggestion(entry.key, known));
    finding.position = entry.position;
    findings.add(std::move(finding));
  }
}

std::optional<std::string> readText(const yaml::YamlNode& node, yaml::Findings& findings) {
  if (node.isScalar()) return node.text();
  findings.add(node.finding("a text is expected here"));
  return std::nullopt;
}

std::optional<std::vector<std::string>> readTexts(const yaml::YamlNode& node,
                                                  yaml::Findings& findings) {
  std::vector<std::string> texts;
  if (node.isScalar()) {
    texts.push_back(node.text());
    return texts;
  }
  if (!node.isList() || node.items().empty()) {
    findings.add(node.finding("a text or a list of texts is expected here"));
    return std::nullopt;
  }
  for (const yaml::YamlNode& item : node.items()) {
    std::optional<std::string> text = readText(item, findings);
    if (!text) return std::nullopt;
    texts.push_back(std::move(*text));
  }
  return texts;
}

std::optional<bool> readFlag(const yaml::YamlNode& node, yaml::Findings& findings) {
  if (node.isScalar() && (node.text() == "true" || node.text() == "false"))
    return node.text() == "true";
  findings.add(node.finding("true or false is expected here"));
  return std::nullopt;
}

std::optional<std::size_t> readCount(const yaml::YamlNode& node, yaml::Findings& findings) {
  std::size_t count = 0;
  const std::string& text = node.text();
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (node.isScalar() && error == std::errc() && end == text.data() + text.size() && count > 0)
    return count;
  findings.add(node.finding("a whole number from 1 is expected here"));
  return std::nullopt;
}

std::optional<std::size_t> readWord(const yaml::YamlNode& node,
                                    std::span<const std::string_view> words,
                                    yaml::Findings& findings) {
  const auto at = std::find(words.begin(), words.end(), std::string_view(node.text()));
  if (node.isScalar() && at != words.end()) return static_cast<std::size_t>(at - words.begin());
  findings.add(
      node.finding("`" + node.text() + "` is not known here", suggestion(node.text(), words)));
  return std::nullopt;
}

}  // namespace lianqiao::expression
