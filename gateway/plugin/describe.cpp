#include "plugin/describe.h"

#include <array>
#include <string_view>
#include <vector>

#include "lianqiao/json.h"

namespace lianqiao::plugin {

namespace {

constexpr std::array<std::string_view, 10> kKinds{
    "text", "secret", "integer", "boolean", "duration", "size", "url", "choice", "list", "path"};
constexpr std::array<std::string_view, 10> kKindsZh{"文本", "密文", "整数", "是否", "时长",
                                                    "大小", "网址", "选项", "列表", "路径"};
constexpr std::array<std::string_view, 4> kStability{"development", "alpha", "beta", "stable"};
constexpr std::array<std::string_view, 4> kStabilityZh{"开发中", "试用", "公测", "稳定"};
constexpr std::array<std::string_view, 3> kPosture{"hardened", "trusted_peers", "unknown"};
constexpr std::array<std::string_view, 3> kPostureSaid{"may face an untrusted peer",
                                                       "needs a peer that means well",
                                                       "not examined against untrusted peers"};
constexpr std::array<std::string_view, 3> kPostureSaidZh{"可面对不可信的对端", "只用于可信的对端",
                                                         "尚未针对不可信对端检验"};

template <typename Names, typename Enum>
std::string_view nameOf(const Names& names, Enum value) {
  return names.at(static_cast<std::size_t>(value));
}

std::vector<std::string_view> rolesOf(const Descriptor& descriptor) {
  std::vector<std::string_view> roles;
  if (descriptor.makeReceiver != nullptr) roles.emplace_back("receiver");
  if (descriptor.makeSource != nullptr) roles.emplace_back("source");
  if (descriptor.makeSession != nullptr) roles.emplace_back("session");
  if (descriptor.makeSink != nullptr) roles.emplace_back("sink");
  if (descriptor.makeCounterpart != nullptr) roles.emplace_back("counterpart");
  if (descriptor.makeMock != nullptr) roles.emplace_back("mock");
  if (descriptor.makeReader != nullptr) roles.emplace_back("reader");
  return roles;
}

template <typename Range>
std::string join(const Range& words, std::string_view between) {
  std::string all;
  for (std::string_view word : words) {
    if (!all.empty()) all += between;
    all += word;
  }
  return all;
}

struct Words {
  bool zh;
  [[nodiscard]] std::string_view pick(std::string_view english, std::string_view chinese) const {
    return zh ? chinese : english;
  }
};

std::string factsOf(const Descriptor& descriptor, const Words& words) {
  std::string facts(words.pick("version ", "版本 "));
  facts += descriptor.version;
  facts += words.pick(" · roles: ", " · 角色：");
  facts += join(rolesOf(descriptor), words.pick(", ", "、"));
  facts += words.pick(" · stability: ", " · 成熟度：");
  facts += words.zh ? nameOf(kStabilityZh, descriptor.stability)
                    : nameOf(kStability, descriptor.stability);
  facts += " · ";
  facts += words.zh ? nameOf(kPostureSaidZh, descriptor.posture)
                    : nameOf(kPostureSaid, descriptor.posture);
  return facts;
}

std::string kindOf(const FieldSpec& spec, const Words& words) {
  std::string kind(words.zh ? nameOf(kKindsZh, spec.kind) : nameOf(kKinds, spec.kind));
  if (!spec.choices.empty()) {
    kind += words.pick(": ", "：");
    kind += join(spec.choices, " | ");
  }
  if (spec.least.empty()) return kind;
  kind += words.pick(", ", "，");
  kind += spec.least;
  kind += words.pick(" to ", " 到 ");
  kind += spec.most;
  if (!spec.unit.empty()) kind += ' ' + std::string(words.pick(spec.unit, spec.unitZh));
  return kind;
}

std::string fallbackOf(const FieldSpec& spec, const Words& words) {
  if (spec.required) return std::string(words.pick("required", "必填"));
  if (spec.fallback.empty()) return "—";
  return std::string(spec.fallback);
}

// A '|' would end the cell.
std::string cell(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

json::Value words(json::Document& document, std::span<const std::string_view> all) {
  std::vector<json::Value> values;
  values.reserve(all.size());
  for (std::string_view word : all) values.push_back(json::Value::ofText(word));
  return document.array(values);
}

json::Value settingAsJson(json::Document& document, const FieldSpec& spec) {
  std::vector<json::Member> members{
      {"name", json::Value::ofText(spec.name)},
      {"kind", json::Value::ofText(nameOf(kKinds, spec.kind))},
      {"doc", json::Value::ofText(spec.doc)},
      {"docZh", json::Value::ofText(spec.docZh)},
      {"required", json::Value::ofBoolean(spec.required)},
  };
  if (!spec.fallback.empty()) members.push_back({"fallback", json::Value::ofText(spec.fallback)});
  if (!spec.choices.empty()) members.push_back({"choices", words(document, spec.choices)});
  if (!spec.example.empty()) members.push_back({"example", json::Value::ofText(spec.example)});
  if (!spec.least.empty()) members.push_back({"least", json::Value::ofText(spec.least)});
  if (!spec.most.empty()) members.push_back({"most", json::Value::ofText(spec.most)});
  if (!spec.unit.empty()) members.push_back({"unit", json::Value::ofText(spec.unit)});
  if (!spec.unitZh.empty()) members.push_back({"unitZh", json::Value::ofText(spec.unitZh)});
  return document.object(members);
}

json::Value asJson(json::Document& document, const Descriptor& descriptor) {
  std::vector<json::Value> settings;
  settings.reserve(descriptor.settings.size());
  for (const FieldSpec& spec : descriptor.settings) {
    settings.push_back(settingAsJson(document, spec));
  }
  const auto roles = rolesOf(descriptor);
  const std::array members{
      json::Member{"name", json::Value::ofText(descriptor.name)},
      json::Member{"version", json::Value::ofText(descriptor.version)},
      json::Member{"summary", json::Value::ofText(descriptor.summary)},
      json::Member{"summaryZh", json::Value::ofText(descriptor.summaryZh)},
      json::Member{"stability", json::Value::ofText(nameOf(kStability, descriptor.stability))},
      json::Member{"posture", json::Value::ofText(nameOf(kPosture, descriptor.posture))},
      json::Member{"roles", words(document, roles)},
      json::Member{"authenticatesCallers", json::Value::ofBoolean(descriptor.authenticatesCallers)},
      json::Member{"settings", document.array(settings)},
  };
  return document.object(members);
}

}  // namespace

std::string describeText(const Descriptor& descriptor, Language language) {
  const Words say{language == Language::chinese};
  std::string out(descriptor.name);
  out += say.pick(" — ", "——");
  out += say.pick(descriptor.summary, descriptor.summaryZh);
  out += "\n" + factsOf(descriptor, say) + "\n";
  if (descriptor.settings.empty()) out += say.pick("\nNo settings.\n", "\n没有设置项。\n");
  for (const FieldSpec& spec : descriptor.settings) {
    out += "\n  " + std::string(spec.name) + " (" + kindOf(spec, say) + ", ";
    out += spec.required || spec.fallback.empty() ? "" : say.pick("default ", "默认 ");
    out += spec.required || !spec.fallback.empty() ? fallbackOf(spec, say)
                                                   : std::string(say.pick("optional", "可选"));
    out += ")\n      ";
    out += say.pick(spec.doc, spec.docZh);
    out += "\n";
    if (!spec.example.empty()) {
      out += "      ";
      out += say.pick("Example: ", "例：");
      out += std::string(spec.example) + "\n";
    }
  }
  return out;
}

std::string describeMarkdown(const Descriptor& descriptor, Language language) {
  const Words say{language == Language::chinese};
  std::string out = "## " + std::string(descriptor.name) + "\n\n";
  out += say.pick(descriptor.summary, descriptor.summaryZh);
  out += "\n\n" + factsOf(descriptor, say) + "\n\n";
  if (descriptor.settings.empty()) {
    out += say.pick("No settings.\n", "没有设置项。\n");
    return out;
  }
  out += say.pick("| Setting | Kind | Default | What it does |\n",
                  "| 设置项 | 类型 | 默认 | 作用 |\n");
  out += "|---|---|---|---|\n";
  for (const FieldSpec& spec : descriptor.settings) {
    out += "| `" + std::string(spec.name) + "` | " + cell(kindOf(spec, say)) + " | " +
           cell(fallbackOf(spec, say)) + " | " + cell(say.pick(spec.doc, spec.docZh));
    if (!spec.example.empty()) {
      out += say.pick(" Example: `", "例：`");
      out += cell(spec.example) + "`";
    }
    out += " |\n";
  }
  return out;
}

std::string describeJson(const Descriptor& descriptor) {
  json::Document document;
  return json::write(asJson(document, descriptor));
}

std::string describeJson(std::span<const Descriptor* const> descriptors) {
  json::Document document;
  std::vector<json::Value> all;
  all.reserve(descriptors.size());
  for (const Descriptor* descriptor : descriptors) all.push_back(asJson(document, *descriptor));
  const std::array members{json::Member{"adapters", document.array(all)}};
  return json::write(document.object(members));
}

}  // namespace lianqiao::plugin
