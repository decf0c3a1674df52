#include <algorithm>

#include "expression/expression_compiler.h"
#include "expression/reading.h"
#include "expression/transforms.h"

namespace lianqiao::expression {
namespace {

/// The order in which transforms act, however the file lists them.
constexpr std::string_view kOrder[] = {"split",  "clean",   "after",   "before", "cases",
                                       "number", "integer", "boolean", "time",   "date",
                                       "table",  "to",      "text",    "max",    "join"};
/// At most one of these makes sense.
constexpr std::string_view kTyped[] = {"number", "integer", "boolean", "time",
                                       "date",   "table",   "to"};
constexpr std::string_view kCleanModes[] = {"text",  "line",        "digits",     "id",
                                            "phone", "resident_id", "credit_code"};
constexpr std::string_view kAs[] = {"object", "code"};

std::optional<json::Kind> kindMadeBy(std::string_view word) {
  if (word == "number" || word == "integer") return json::Kind::number;
  if (word == "boolean") return json::Kind::boolean;
  if (word == "date") return json::Kind::string;
  return std::nullopt;
}

}  // namespace

void ExpressionCompiler::compileTransforms(const yaml::YamlNode& node, const TargetShape& target,
                                           SourceShape& shape, Expression& out) {
  const yaml::YamlNode* typed = nullptr;
  for (std::string_view word : kTyped) {
    const yaml::YamlNode* const found = node.find(word);
    if (found == nullptr) continue;
    if (typed != nullptr) {
      findings_.add(found->finding("one value cannot become two things",
                                   "keep one of number, integer, boolean, time, date, table, to"));
      continue;
    }
    typed = found;
    const auto kind = kindMadeBy(word);
    if (kind && node.find("text") == nullptr && !target.takes(*kind) &&
        !target.takes(json::Kind::array)) {
      findings_.add(found->finding("the schema takes no " + std::string(word) + " here"));
    }
  }
  const bool isTime = node.find("time") != nullptr || node.find("date") != nullptr;
  for (std::string_view word : kOrder) {
    const yaml::YamlNode* const found = node.find(word);
    if (found != nullptr) {
      auto transform = compileTransform(word, *found, node, target, shape);
      if (transform) out.transforms.push_back(std::move(transform));
    } else if (word == "time" && !isTime && node.find("format") != nullptr) {
      // a format to write implies reading a time
      auto transform = compileTime("time", *node.find("format"), node);
      if (transform) out.transforms.push_back(std::move(transform));
    }
  }
  for (auto [word, owner, present] :
       {std::tuple("zone", "time or date", isTime || node.find("format") != nullptr),
        std::tuple("as", "table", node.find("table") != nullptr),
        std::tuple("label", "table", node.find("table") != nullptr),
        std::tuple("truncate", "max", node.find("max") != nullptr)}) {
    const yaml::YamlNode* const found = node.find(word);
    if (found != nullptr && !present) {
      findings_.add(found->finding("`" + std::string(word) + "` has no effect without " + owner));
    }
  }
  // what loses nothing is done unasked: a number goes into a text as it was written
  const TargetShape single = target.takes(json::Kind::string) ? target : target.items();
  if (single.known() && single.takes(json::Kind::string) && !single.takes(json::Kind::number)) {
    out.transforms.push_back(std::make_unique<ToText>(true));
  }
  if (const yaml::YamlNode* fallback = node.find("default"))
    out.fallback = compileConstant(*fallback, &node, target, true);
  if (const yaml::YamlNode* required = node.find("required"))
    out.required = readFlag(*required, findings_).value_or(false);
}

std::unique_ptr<const Transform> ExpressionCompiler::compileTransform(std::string_view word,
                                                                      const yaml::YamlNode& node,
                                                                      const yaml::YamlNode& whole,
                                                                      const TargetShape& target,
                                                                      SourceShape& shape) {
  if (word == "cases") return compileCases(node, whole, target);
  if (word == "boolean") return compileBoolean(node);
  if (word == "time" || word == "date") return compileTime(word, node, whole);
  if (word == "table" || word == "to") return compileTable(word, node, whole, target, shape);
  if (word == "split") {
    auto separators = readTexts(node, findings_);
    const bool empty = separators && std::any_of(separators->begin(), separators->end(),
                                                 [](const std::string& s) { return s.empty(); });
    if (empty) findings_.add(node.finding("a separator must not be empty"));
    return separators && !empty ? std::make_unique<SplitText>(std::move(*separators)) : nullptr;
  }
  if (word == "clean") {
    const auto mode = readWord(node, kCleanModes, findings_);
    return mode ? std::make_unique<CleanText>(static_cast<CleanMode>(*mode)) : nullptr;
  }
  if (word == "join") {
    auto separator = readText(node, findings_);
    return separator ? std::make_unique<JoinTexts>(std::move(*separator)) : nullptr;
  }
  if (word == "after" || word == "before") {
    auto mark = readText(node, findings_);
    return mark ? std::make_unique<CutText>(std::move(*mark), word == "after") : nullptr;
  }
  if (word == "max") {
    const auto most = readCount(node, findings_);
    const yaml::YamlNode* const truncate = whole.find("truncate");
    const bool cut = truncate != nullptr && readFlag(*truncate, findings_).value_or(false);
    return most ? std::make_unique<LimitLength>(*most, cut) : nullptr;
  }
  const auto wanted = readFlag(node, findings_);
  if (!wanted || !*wanted) return nullptr;
  if (word == "text") return std::make_unique<ToText>(false);
  return std::make_unique<ToNumber>(word == "integer");
}

std::unique_ptr<const Transform> ExpressionCompiler::compileCases(const yaml::YamlNode& cases,
                                                                  const yaml::YamlNode& whole,
                                                                  const TargetShape& target) {
  if (!cases.isMap() || cases.entries().empty()) {
    findings_.add(cases.finding("`cases` is a map of values to constants",
                                "write {特急: high, 加急: high}, say"));
    return nullptr;
  }
  auto transform = std::make_unique<ChooseCase>();
  transform->hasDefault = whole.find("default") != nullptr;
  for (const yaml::YamlNode::Entry& entry : cases.entries()) {
    std::string buffer;
    auto constant = compileConstant(entry.value, &whole, target);
    if (constant)
      transform->cases.emplace_back(comparable(entry.key, buffer), std::move(*constant));
  }
  return transform;
}

std::unique_ptr<const Transform> ExpressionCompiler::compileBoolean(const yaml::YamlNode& node) {
  auto transform = std::make_unique<ToBoolean>();
  if (node.isScalar() && node.text() == "true") {
    transform->yes = {"true", "1", "是", "有", "yes", "Y", "y"};
    transform->no = {"false", "0", "否", "无", "no", "N", "n"};
    return transform;
  }
  const yaml::YamlNode* const yes = node.find("true");
  const yaml::YamlNode* const no = node.find("false");
  if (!node.isMap() || yes == nullptr || no == nullptr || node.entries().size() != 2) {
    findings_.add(node.finding("`boolean` is true, or the words for both",
                               "write boolean: {true: [是, 1], false: [否, 0]}, say"));
    return nullptr;
  }
  transform->ownWords = true;
  for (auto [words, into] : {std::pair(yes, &transform->yes), std::pair(no, &transform->no)}) {
    const auto texts = readTexts(*words, findings_);
    if (!texts) return nullptr;
    for (const std::string& text : *texts) {
      std::string buffer;
      into->emplace_back(comparable(text, buffer));
    }
  }
  for (const std::string& word : transform->yes) {
    if (std::find(transform->no.begin(), transform->no.end(), word) == transform->no.end())
      continue;
    findings_.add(node.finding("`" + word + "` means both yes and no", "take it out of one list"));
  }
  return transform;
}

std::optional<times::TimeFormat> ExpressionCompiler::compileFormat(const yaml::YamlNode& node,
                                                                   times::TimeUse use) {
  auto format = times::TimeFormat::compile(node.text(), use);
  if (format) return std::move(*format);
  findings_.add(node.finding(format.error().detail));
  return std::nullopt;
}

std::unique_ptr<const Transform> ExpressionCompiler::compileTime(std::string_view word,
                                                                 const yaml::YamlNode& node,
                                                                 const yaml::YamlNode& whole) {
  auto transform = std::make_unique<ToTime>();
  transform->dateOnly = word == "date";
  if (&node == whole.find("format")) {
    transform->formats.emplace_back();
  } else {
    const std::span<const yaml::YamlNode> nodes =
        node.isList() ? std::span(node.items()) : std::span(&node, 1);
    for (const yaml::YamlNode& item : nodes) {
      auto format = compileFormat(item, times::TimeUse::read);
      if (format) transform->formats.push_back(std::move(*format));
    }
  }
  if (const yaml::YamlNode* format = whole.find("format"))
    transform->written = compileFormat(*format, times::TimeUse::write);
  if (const yaml::YamlNode* zone = whole.find("zone")) {
    transform->zone = times::readZone(zone->text());
    if (!transform->zone) {
      findings_.add(zone->finding("`" + zone->text() + "` is no zone with one fixed offset",
                                  "write \"+08:00\" or Asia/Shanghai"));
    }
  }
  return transform;
}

std::unique_ptr<const Transform> ExpressionCompiler::compileTable(std::string_view word,
                                                                  const yaml::YamlNode& node,
                                                                  const yaml::YamlNode& whole,
                                                                  const TargetShape& target,
                                                                  SourceShape& shape) {
  const auto found = tables_.find(node.text());
  if (!node.isScalar() || found == tables_.end()) {
    std::vector<std::string_view> names;
    for (const auto& [name, table] : tables_) names.push_back(name);
    findings_.add(node.finding("there is no code table `" + node.text() + "` in config/codes",
                               suggestion(node.text(), names)));
    return nullptr;
  }
  if (!found->second) return nullptr;
  if (word == "to") return std::make_unique<ToTable>(found->second);
  auto transform = std::make_unique<FromTable>();
  transform->table = found->second;
  if (const yaml::YamlNode* as = whole.find("as"))
    transform->codeOnly = readWord(*as, kAs, findings_) == 1u;
  if (const yaml::YamlNode* label = whole.find("label"))
    transform->label = compilePath(*label, shape);
  const bool list = whole.find("split") != nullptr || target.takes(json::Kind::array);
  if (!list && !target.takes(transform->codeOnly ? json::Kind::string : json::Kind::object)) {
    findings_.add(node.finding(transform->codeOnly ? "the schema takes no text here"
                                                   : "the schema takes no {code, text} here",
                               transform->codeOnly ? "take as: code out" : "add as: code"));
  }
  // a code that the schema does not know would be refused with every record
  const TargetShape one = list && target.items().known() ? target.items() : target;
  const auto code = one.member("code");
  const TargetShape place = transform->codeOnly ? one : code.value_or(TargetShape());
  const auto check = [&](const std::string& ours) {
    if (!place.excludes(ours)) return;
    findings_.add(node.finding(
        "code table " + found->first + " makes `" + ours + "`, which the schema does not know here",
        suggestion(ours, place.allowedTexts())));
  };
  for (const CodeTable::Entry& entry : found->second->entries()) check(entry.ours);
  if (!found->second->other().empty()) check(found->second->other());
  return transform;
}

}  // namespace lianqiao::expression
