#include "schema/schema_compiler.h"

#include <algorithm>
#include <array>

#include "lianqiao/codes.h"
#include "lianqiao/text.h"
#include "schema/pattern.h"
#include "schema/schema.h"

namespace lianqiao::schema {
namespace {

constexpr std::uint8_t kBoth = 3;
constexpr std::uint8_t kModern = 1;
constexpr std::uint8_t kDraft07 = 2;

}  // namespace

const SchemaCompiler::Keyword* SchemaCompiler::keyword(std::string_view name) {
  using C = SchemaCompiler;
  static constexpr std::array kKeywords{
      Keyword{"$schema", &C::onIgnored, kBoth},
      Keyword{"$id", &C::onIgnored, kBoth},
      Keyword{"$comment", &C::onIgnored, kBoth},
      Keyword{"title", &C::onIgnored, kBoth},
      Keyword{"description", &C::onIgnored, kBoth},
      Keyword{"default", &C::onIgnored, kBoth},
      Keyword{"examples", &C::onIgnored, kBoth},
      Keyword{"readOnly", &C::onIgnored, kBoth},
      Keyword{"writeOnly", &C::onIgnored, kBoth},
      Keyword{"deprecated", &C::onIgnored, kModern},
      Keyword{"contentEncoding", &C::onIgnored, kBoth},
      Keyword{"contentMediaType", &C::onIgnored, kBoth},
      Keyword{"contentSchema", &C::onIgnored, kModern},
      Keyword{"additionalItems", &C::onIgnored, kDraft07},  // read with items
      Keyword{"$ref", &C::onRef, kBoth},
      Keyword{"$defs", &C::onDefinitions, kBoth},
      Keyword{"definitions", &C::onDefinitions, kBoth},
      Keyword{"type", &C::onType, kBoth},
      Keyword{"enum", &C::onEnum, kBoth},
      Keyword{"const", &C::onConst, kBoth},
      Keyword{"properties", &C::onProperties, kBoth},
      Keyword{"required", &C::onRequired, kBoth},
      Keyword{"patternProperties", &C::onPatternProperties, kBoth},
      Keyword{"additionalProperties", &C::onAdditionalProperties, kBoth},
      Keyword{"propertyNames", &C::onPropertyNames, kBoth},
      Keyword{"dependentRequired", &C::onDependentRequired, kModern},
      Keyword{"items", &C::onItems, kBoth},
      Keyword{"prefixItems", &C::onPrefixItems, kModern},
      Keyword{"uniqueItems", &C::onUniqueItems, kBoth},
      Keyword{"minItems", &C::onBound, kBoth},
      Keyword{"maxItems", &C::onBound, kBoth},
      Keyword{"minProperties", &C::onBound, kBoth},
      Keyword{"maxProperties", &C::onBound, kBoth},
      Keyword{"minLength", &C::onBound, kBoth},
      Keyword{"maxLength", &C::onBound, kBoth},
      Keyword{"pattern", &C::onPattern, kBoth},
      Keyword{"format", &C::onFormat, kBoth},
      Keyword{"minimum", &C::onNumber, kBoth},
      Keyword{"maximum", &C::onNumber, kBoth},
      Keyword{"exclusiveMinimum", &C::onNumber, kBoth},
      Keyword{"exclusiveMaximum", &C::onNumber, kBoth},
      Keyword{"multipleOf", &C::onNumber, kBoth},
      Keyword{"allOf", &C::onList, kBoth},
      Keyword{"anyOf", &C::onList, kBoth},
      Keyword{"oneOf", &C::onList, kBoth},
      Keyword{"not", &C::onSingle, kBoth},
      Keyword{"if", &C::onSingle, kBoth},
      Keyword{"then", &C::onSingle, kBoth},
      Keyword{"else", &C::onSingle, kBoth},
  };
  const auto* found = std::find_if(kKeywords.begin(), kKeywords.end(),
                                   [name](const Keyword& row) { return row.name == name; });
  if (found != kKeywords.end()) return found;
  return nullptr;
}

SchemaCompiler::SchemaCompiler(CompiledSchema& out, std::vector<Problem>& problems)
    : out_(out), problems_(problems) {}

void SchemaCompiler::run(Dialect withoutWord) {
  draft07_ = withoutWord == Dialect::draft07;
  readDialect();
  out_.root = compile(out_.document.root, "");
  if (problems_.empty()) refuseLoops();
}

void SchemaCompiler::readDialect() {
  const json::Value* id = out_.document.root.find("$id");
  if (id != nullptr) id_ = id->text();
  const json::Value* dialect = out_.document.root.find("$schema");
  if (dialect == nullptr) return;
  std::string_view name = dialect->text();
  if (name.ends_with('#')) name.remove_suffix(1);
  draft07_ = name == "http://json-schema.org/draft-07/schema";
  wants(draft07_ || name == "https://json-schema.org/draft/2020-12/schema", "/$schema",
        "https://json-schema.org/draft/2020-12/schema or http://json-schema.org/draft-07/schema#");
}

NodeIndex SchemaCompiler::compile(const json::Value& schema, const std::string& path) {
  if (const auto known = done_.find(&schema); known != done_.end()) return known->second;
  const auto index = static_cast<NodeIndex>(out_.nodes.size());
  done_.emplace(&schema, index);
  out_.nodes.emplace_back();
  SchemaNode node;
  if (schema.kind() == json::Kind::boolean) {
    node.never = !schema.boolean();
  } else if (wants(schema.isObject(), path, "a schema: an object, true or false")) {
    keywords(node, schema, path);
  }
  node.combines = !node.allOf.empty() || !node.anyOf.empty() || !node.oneOf.empty() ||
                  node.ref != kNoNode || node.negated != kNoNode || node.condition != kNoNode;
  out_.nodes[index] = std::move(node);
  return index;
}

void SchemaCompiler::keywords(SchemaNode& node, const json::Value& schema,
                              const std::string& path) {
  const json::Value* ref = schema.find("$ref");
  if (draft07_ && ref != nullptr) {  // draft-07: everything beside $ref is ignored
    onRef(node, *ref, child(path, "$ref"));
    return;
  }
  for (const json::Member& member : schema.members()) {
    if (member.name.starts_with("x-")) continue;
    const std::string here = child(path, member.name);
    const Keyword* row = keyword(member.name);
    if (row == nullptr || (row->dialects & (draft07_ ? kDraft07 : kModern)) == 0) {
      refuse(here,
             "is a keyword outside the subset that schemas/README.md states; it would not be "
             "checked, so it is not taken");
      continue;
    }
    if (member.name == "$id" && !path.empty()) {
      refuse(here, "only the root of a schema may have an $id");
    }
    word_ = member.name;
    schema_ = &schema;
    (this->*row->handler)(node, member.value, here);
  }
}

void SchemaCompiler::onIgnored(SchemaNode&, const json::Value&, const std::string&) {}

void SchemaCompiler::onRef(SchemaNode& node, const json::Value& value, const std::string& path) {
  std::string_view reference = value.text();
  if (!id_.empty() && reference.starts_with(id_)) reference.remove_prefix(id_.size());
  if (!wants(value.isString() && (reference.empty() || reference[0] == '#'), path,
             "a reference within this file, such as #/$defs/coded")) {
    return;
  }
  const json::Value* target = resolvePointer(out_.document.root, reference);
  if (!wants(target != nullptr, path, "the place of a schema in this file; nothing stands there")) {
    return;
  }
  node.ref = compile(*target, std::string(reference.empty() ? "" : reference.substr(1)));
}

void SchemaCompiler::onDefinitions(SchemaNode&, const json::Value& value, const std::string& path) {
  if (!wants(value.isObject(), path, "an object of schemas")) return;
  for (const json::Member& member : value.members()) {
    compile(member.value, child(path, member.name));
  }
}

void SchemaCompiler::refuseLoops() {
  enum class Mark : std::uint8_t { unseen, open, done };
  std::vector<Mark> marks(out_.nodes.size(), Mark::unseen);
  const auto visit = [this, &marks](const auto& self, NodeIndex index) -> bool {
    if (index == kNoNode || marks[index] == Mark::done) return true;
    if (marks[index] == Mark::open) return false;
    marks[index] = Mark::open;
    const SchemaNode& node = out_.nodes[index];
    bool good = self(self, node.ref) && self(self, node.negated) && self(self, node.condition) &&
                self(self, node.consequence) && self(self, node.alternative);
    for (const auto* list : {&node.allOf, &node.anyOf, &node.oneOf}) {
      for (NodeIndex next : *list) good = good && self(self, next);
    }
    marks[index] = Mark::done;
    return good;
  };
  for (NodeIndex i = 0; i < out_.nodes.size(); ++i) {
    if (!visit(visit, i)) {
      refuse("",
             "a $ref leads back to itself without going into a member or element; "
             "checking would never end");
      return;
    }
  }
}

std::string SchemaCompiler::child(const std::string& path, std::string_view name) {
  std::string result = path + "/";
  for (char c : name) {
    if (c == '~') {
      result += "~0";
    } else if (c == '/') {
      result += "~1";
    } else {
      result += c;
    }
  }
  return result;
}

std::string SchemaCompiler::child(const std::string& path, std::size_t index) {
  return path + "/" + std::to_string(index);
}

void SchemaCompiler::refuse(const std::string& path, std::string message) {
  problems_.push_back({codes::kConfig, path, std::move(message)});
}

bool SchemaCompiler::wants(bool good, const std::string& path, std::string_view what) {
  if (!good) refuse(path, "must be " + std::string(what));
  return good;
}

std::vector<std::string_view> SchemaCompiler::names(const json::Value& value,
                                                    const std::string& path) {
  std::vector<std::string_view> result;
  bool good = value.isArray();
  for (const json::Value& name : value.elements()) {
    good = good && name.isString();
    result.push_back(name.text());
  }
  wants(good, path, "an array of names");
  return result;
}

bool SchemaCompiler::pattern(PatternRule& rule, std::string_view text, const std::string& path) {
  rule.text = text;
  Result<std::string> translated = toRe2(text);
  if (!translated.ok()) {
    refuse(path, translated.error().detail);
    return false;
  }
  RE2::Options options;
  options.set_log_errors(false);
  rule.expression = std::make_unique<RE2>(*translated, options);
  return wants(rule.expression->ok(), path,
               "a regular expression that RE2 takes: " + rule.expression->error());
}

}  // namespace lianqiao::schema
