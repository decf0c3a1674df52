#include "expression/expression_compiler.h"
#include "expression/origins.h"
#include "expression/reading.h"
#include "lianqiao/text.h"

/// The part of ExpressionCompiler that reads where a value comes from.
namespace lianqiao::expression {
namespace {

constexpr std::string_view kReferenceKeys[] = {"peer", "id"};
constexpr std::string_view kRecordParts[] = {"key", "sourceid", "peer"};

}  // namespace

std::unique_ptr<const Origin> ExpressionCompiler::compileOrigin(std::string_view word,
                                                                const yaml::YamlNode& node,
                                                                const TargetShape& target,
                                                                SourceShape& shape) {
  const yaml::YamlNode& spec = *node.find(word);
  if (word == "from") {
    const auto slot = compilePath(spec, shape);
    return slot ? std::make_unique<FromPath>(*slot) : nullptr;
  }
  if (word == "const") return compileConst(spec, node, target);
  if (word == "first") return compileFirst(spec, target, shape);
  if (word == "list") return compileList(spec, target, shape);
  if (word == "template") return compileTemplate(spec, shape);
  if (word == "each") return compileEach(node, target, shape);
  if (word == "when") return compileChoice(node, target, shape);
  if (word == "point") return compilePoint(spec, shape);
  if (word == "ref") return compileReference(spec, shape);
  if (word == "grid_of") return compileGridOf(spec, shape);
  if (word == "record") {
    const auto which = readWord(spec, kRecordParts, findings_);
    return which ? std::make_unique<FromRecord>(static_cast<FromRecord::Part>(*which)) : nullptr;
  }
  auto object = compileFields(spec, target, shape);
  if (!object) return nullptr;
  auto origin = std::make_unique<FromFields>();
  origin->object = std::move(*object);
  return origin;
}

std::unique_ptr<const Origin> ExpressionCompiler::compileConst(const yaml::YamlNode& node,
                                                               const yaml::YamlNode& whole,
                                                               const TargetShape& target) {
  if (node.isMap()) {
    auto origin = std::make_unique<FromFields>();
    for (const yaml::YamlNode::Entry& entry : node.entries()) {
      const auto inner = target.member(entry.key);
      if (!inner) {
        findings_.add(entry.value.finding("the schema has no field `" + entry.key + "` here",
                                          suggestion(entry.key, target.names())));
        continue;
      }
      auto value = std::make_unique<Expression>();
      value->origin = compileConst(entry.value, entry.value, *inner);
      origin->object.fields.push_back(
          {entry.key, pointerToken(entry.key), std::move(value), nullptr});
    }
    return origin;
  }
  if (node.isList()) {
    auto origin = std::make_unique<FromList>();
    for (const yaml::YamlNode& item : node.items()) {
      origin->parts.emplace_back();
      origin->parts.back().origin = compileConst(item, item, target.items());
    }
    return origin;
  }
  auto constant = compileConstant(node, &whole, target);
  return constant ? std::make_unique<FromConstant>(std::move(*constant)) : nullptr;
}

std::unique_ptr<const Origin> ExpressionCompiler::compileFirst(const yaml::YamlNode& list,
                                                               const TargetShape&,
                                                               SourceShape& shape) {
  if (!list.isList() || list.items().empty()) {
    findings_.add(list.finding("`first` is a list of expressions",
                               "write first: [linkphone, rqstnumber], say"));
    return nullptr;
  }
  auto origin = std::make_unique<FromFirst>();
  for (const yaml::YamlNode& item : list.items()) {
    // what becomes of the value is known to the outer expression only
    auto choice = compile(item, TargetShape(), shape);
    if (choice) origin->choices.push_back(std::move(*choice));
  }
  return origin;
}

std::unique_ptr<const Origin> ExpressionCompiler::compileList(const yaml::YamlNode& list,
                                                              const TargetShape& target,
                                                              SourceShape& shape) {
  if (!list.isList() || list.items().empty()) {
    findings_.add(list.finding("`list` is a list of expressions"));
    return nullptr;
  }
  auto origin = std::make_unique<FromList>();
  for (const yaml::YamlNode& item : list.items()) {
    auto part = compile(item, target.items(), shape);
    if (part) origin->parts.push_back(std::move(*part));
  }
  return origin;
}

std::unique_ptr<const Origin> ExpressionCompiler::compileTemplate(const yaml::YamlNode& node,
                                                                  SourceShape& shape) {
  if (!node.isScalar()) {
    findings_.add(node.finding("a template is a text with {paths}"));
    return nullptr;
  }
  auto origin = std::make_unique<FromTemplate>();
  std::string_view rest = node.text();
  FromTemplate::Part part;
  while (!rest.empty()) {
    if (rest.starts_with("{{") || rest.starts_with("}}")) {
      part.literal += rest[0];
      rest.remove_prefix(2);
      continue;
    }
    if (rest.starts_with("${")) {
      findings_.add(node.finding("a template names its paths without $",
                                 "write {path}; put something between $ and { where $ is meant"));
      return nullptr;
    }
    if (rest[0] != '{') {
      part.literal += rest[0];
      rest.remove_prefix(1);
      continue;
    }
    const std::size_t close = rest.find('}');
    const std::string_view inside = rest.substr(1, close - 1);
    auto steps = close == std::string_view::npos || inside.find('{') != std::string_view::npos
                     ? Result<std::vector<Step>>(Error{"", "a { of the template is not closed"})
                     : parsePath(inside);
    if (!steps) {
      findings_.add(
          node.finding(steps.error().detail, "write {{ for a brace that is meant as such"));
      return nullptr;
    }
    part.slot = shape.add(*steps);
    origin->parts.push_back(std::move(part));
    part = {};
    rest.remove_prefix(close + 1);
  }
  if (!part.literal.empty() || origin->parts.empty()) origin->parts.push_back(std::move(part));
  return origin;
}

std::unique_ptr<const Origin> ExpressionCompiler::compileEach(const yaml::YamlNode& node,
                                                              const TargetShape& target,
                                                              SourceShape& shape) {
  const yaml::YamlNode* const fields = node.find("fields");
  const yaml::YamlNode* const value = node.find("value");
  if ((fields == nullptr) == (value == nullptr)) {
    findings_.add(node.finding("`each` needs either `fields` or `value`",
                               "write {each: attachs, fields: {name: FileName}}, say"));
    return nullptr;
  }
  auto origin = std::make_unique<FromEach>();
  const auto slot = compilePath(*node.find("each"), shape);
  if (fields != nullptr) {
    auto object = compileFields(*fields, target.items(), origin->shape);
    if (!slot || !object) return nullptr;
    origin->object = std::move(*object);
  } else {
    auto inner = compile(*value, target.items(), origin->shape);
    if (!slot || !inner) return nullptr;
    origin->value = std::make_unique<Expression>(std::move(*inner));
  }
  origin->slot = *slot;
  origin->shape.seal();
  return origin;
}

std::unique_ptr<const Origin> ExpressionCompiler::compileChoice(const yaml::YamlNode& node,
                                                                const TargetShape& target,
                                                                SourceShape& shape) {
  const yaml::YamlNode* const then = node.find("then");
  const yaml::YamlNode* const otherwise = node.find("else");
  if (then == nullptr) {
    findings_.add(node.finding("`when` needs `then`",
                               "write {when: {path: a, equals: \"1\"}, then: …, else: …}"));
    return nullptr;
  }
  auto origin = std::make_unique<FromChoice>();
  auto condition = Condition::compile(*node.find("when"), shape, findings_);
  auto yes = compile(*then, target, shape);
  auto no = otherwise == nullptr ? std::nullopt : compile(*otherwise, target, shape);
  if (!condition || !yes || (otherwise != nullptr && !no)) return nullptr;
  origin->condition = std::move(*condition);
  origin->then = std::make_unique<Expression>(std::move(*yes));
  if (no) origin->otherwise = std::make_unique<Expression>(std::move(*no));
  return origin;
}

std::unique_ptr<const Origin> ExpressionCompiler::compileReference(const yaml::YamlNode& node,
                                                                   SourceShape& shape) {
  if (references_.outbound) {
    if (!node.isScalar() || node.text() != "theirs") {
      findings_.add(node.finding("outbound `ref` is the destination's own id of the thing",
                                 "write {ref: theirs}; ids of other peers do not go out"));
      return nullptr;
    }
    references_.theirs = true;
    return std::make_unique<FromTheirs>();
  }
  const yaml::YamlNode* const peer = node.find("peer");
  const yaml::YamlNode* const id = node.find("id");
  if (peer == nullptr || id == nullptr) {
    findings_.add(node.finding("inbound `ref` names a peer and the path of that peer's id",
                               "write {ref: {peer: grid-platform, id: eventId}}, say"));
    return nullptr;
  }
  checkKeys(node, kReferenceKeys, findings_);
  auto named = readText(*peer, findings_);
  auto expression = compile(*id, TargetShape(), shape);
  if (!named || !expression) return nullptr;
  if (references_.peers != nullptr && !references_.peers->contains(*named)) {
    const std::vector<std::string_view> known(references_.peers->begin(), references_.peers->end());
    findings_.add(peer->finding("there is no peer `" + *named + "`", suggestion(*named, known)));
    return nullptr;
  }
  auto origin = std::make_unique<FromReference>();
  origin->peer = std::move(*named);
  origin->id = std::make_unique<Expression>(std::move(*expression));
  references_.named.insert(origin->peer);
  return origin;
}

}  // namespace lianqiao::expression
