#include <algorithm>

#include "expression/reading.h"
#include "expression/transforms.h"
#include "pipeline/mapping.h"
#include "pipeline/read_paths.h"

namespace lianqiao::pipeline {
namespace {

constexpr std::string_view kMappingKeys[] = {"mapping", "title",  "direction", "type",  "when",
                                             "record",  "fields", "rest",      "ignore"};
constexpr std::string_view kRecordKeys[] = {"key",      "key_is_full", "sourceid", "reference",
                                            "revision", "time",        "priority"};
constexpr std::string_view kDirections[] = {"inbound", "outbound", "derived"};
/// Words that are meant as a priority wherever they stand, and are none of ours.
constexpr std::string_view kNoPriorities[] = {"urgent", "low"};

/// What `priority` must make.
expression::TargetShape priorities() {
  static const std::unique_ptr<const json::Document> schema = [] {
    auto document = std::make_unique<json::Document>();
    [[maybe_unused]] const bool whole =
        json::parse(R"({"type":"string","enum":["normal","high"]})", *document).ok();
    return document;
  }();
  return expression::TargetShape::of(schema->root);
}

/// Adds the members of the item that `node` reads; false where something else can fill it too.
bool addSources(const yaml::YamlNode& node, std::vector<std::string>& names) {
  if (node.isScalar()) {
    const auto steps = expression::parsePath(node.text());
    if (!steps || steps->empty() || steps->front().index >= 0) return false;
    names.push_back(steps->front().name);
    return true;
  }
  if (!node.isMap() || node.find("default") != nullptr) return false;
  if (const yaml::YamlNode* from = node.find("from")) return addSources(*from, names);
  const yaml::YamlNode* const first = node.find("first");
  return first != nullptr && std::all_of(first->items().begin(), first->items().end(),
                                         [&](const auto& item) { return addSources(item, names); });
}

}  // namespace

/// Fills one Mapping from its file.
class MappingCompiler {
 public:
  MappingCompiler(Mapping& out, const yaml::YamlNode& node, const expression::CodeTables& tables,
                  const SchemaIndex& schemas, yaml::Findings& findings,
                  const std::set<std::string>* peers, std::shared_ptr<const places::Grids> grids)
      : out_(out),
        node_(node),
        schemas_(schemas),
        findings_(findings),
        expressions_(tables, findings, {.peers = peers}, std::move(grids)) {}

  void run() {
    expression::checkKeys(node_, kMappingKeys, findings_);
    compileHead();
    if (const yaml::YamlNode* when = node_.find("when"); when != nullptr && isDerived())
      findings_.add(when->finding("which records are derived from is said by the rule",
                                  "move it to `when` of the rule in derivations.yaml"));
    else if (when != nullptr)
      out_.when_ = expression::Condition::compile(*when, out_.shape_, findings_);
    const expression::TargetShape target = compileTypes();
    compileRecord();
    if (const yaml::YamlNode* fields = need("fields", "write fields: {title: rqsttitle}, say")) {
      auto object = expressions_.compileFields(*fields, target, out_.shape_);
      if (object) out_.fields_ = std::move(*object);
      for (const yaml::YamlNode::Entry& field : fields->entries()) {
        const yaml::YamlNode* const required = field.value.find("required");
        if (required != nullptr && required->text() == "true") addNeeded(field.value);
      }
    }
    compileRest(target);
    compileIgnore();
    compileNamedRest();
    out_.shape_.seal();
    out_.ignored_.seal();
    out_.referencedPeers_ = expressions_.references().named;
    out_.namesTheirs_ = expressions_.references().theirs;
  }

 private:
  const yaml::YamlNode* need(std::string_view key, std::string remedy) {
    const yaml::YamlNode* const found = node_.find(key);
    if (found == nullptr)
      findings_.add(
          node_.finding("the mapping has no `" + std::string(key) + "`", std::move(remedy)));
    return found;
  }

  [[nodiscard]] bool isDerived() const { return out_.direction_ == Mapping::Direction::derived; }

  void addNeeded(const yaml::YamlNode& node) {
    std::vector<std::string> names;
    if (addSources(node, names)) out_.needed_.push_back(std::move(names));
  }

  void compileHead() {
    const yaml::YamlNode* const named = need("mapping", "write mapping: " + out_.name_);
    if (named != nullptr && named->text() != out_.name_) {
      findings_.add(
          named->finding("the name differs from the file's", "write mapping: " + out_.name_));
    }
    if (const yaml::YamlNode* direction =
            need("direction", "write direction: inbound, outbound or derived")) {
      const auto word = expression::readWord(*direction, kDirections, findings_);
      if (word) out_.direction_ = static_cast<Mapping::Direction>(*word);
      expressions_.references().outbound = word == 1u;
    }
  }

  /// The schema that `fields` is checked against; nothing known for payloads.
  expression::TargetShape compileTypes() {
    const yaml::YamlNode* const type = need("type", "write type: work_order, say");
    if (type == nullptr) return {};
    auto types = expression::readTexts(*type, findings_);
    if (!types) return {};
    std::vector<std::string_view> known;
    for (const auto& [name, schema] : schemas_) known.push_back(name);
    for (const std::string& name : *types) {
      // where there is no schema at all, that is told already
      if (schemas_.empty() || schemas_.contains(name)) continue;
      findings_.add(type->finding("there is no schema for the type `" + name + "`",
                                  expression::suggestion(name, known)));
    }
    out_.types_ = std::move(*types);
    if (out_.direction_ == Mapping::Direction::outbound) return {};
    if (out_.types_.size() != 1)
      findings_.add(type->finding("a mapping makes one type", "write one mapping for each"));
    const auto schema = schemas_.find(out_.types_.front());
    return schema == schemas_.end() ? expression::TargetShape()
                                    : expression::TargetShape::of(schema->second->source());
  }

  void compileRecord() {
    const yaml::YamlNode* const record = node_.find("record");
    if (out_.direction_ == Mapping::Direction::outbound) {
      if (record != nullptr)
        findings_.add(record->finding("an outbound mapping makes no record",
                                      "take `record` out, or write direction: inbound"));
      return;
    }
    const yaml::YamlNode* const key = record == nullptr ? nullptr : record->find("key");
    if (record == nullptr || !record->isMap() || key == nullptr) {
      findings_.add((record == nullptr ? node_ : *record)
                        .finding("a mapping that makes records needs `record` with a `key`",
                                 "write record: {key: [caseguid]}, say"));
      return;
    }
    expression::checkKeys(*record, kRecordKeys, findings_);
    const std::span<const yaml::YamlNode> parts =
        key->isList() ? std::span(key->items()) : std::span(key, 1);
    for (const yaml::YamlNode& part : parts) {
      auto expression = text(part);
      if (!expression) continue;
      expression->required = true;
      out_.key_.push_back(std::move(*expression));
      addNeeded(part);
    }
    if (parts.empty()) findings_.add(key->finding("the key has no parts"));
    if (const yaml::YamlNode* full = record->find("key_is_full"))
      out_.keyIsFull_ = expression::readFlag(*full, findings_).value_or(false);
    if (!out_.keyIsFull_ && !expressions_.references().named.empty())
      findings_.add(
          key->finding("a reference makes a whole key, and this one gets the peer before it",
                       "write key_is_full: true beside it"));
    if (out_.keyIsFull_ && parts.size() > 1)
      findings_.add(key->finding("a full key is one expression", "join its parts with template:"));
    if (const yaml::YamlNode* id = record->find("sourceid")) {
      if (isDerived())
        findings_.add(id->finding("the source id of what is derived tells its rule and its cause",
                                  "take `sourceid` out"));
      out_.sourceId_ = text(*id);
      if (out_.sourceId_ && !readsPath(*id)) {
        findings_.add(
            id->finding("this reads nothing of the item: all that comes would be one thing",
                        "name the path of its id; in a template {path}"));
      }
    }
    if (const yaml::YamlNode* reference = record->find("reference"))
      out_.reference_ = text(*reference);
    if (const yaml::YamlNode* revision = record->find("revision")) out_.revision_ = text(*revision);
    out_.shape_.beginContent();
    if (const yaml::YamlNode* priority = record->find("priority")) compilePriority(*priority);
    if (const yaml::YamlNode* time = record->find("time")) compileTime(*time);
  }

  /// Ids may come as numbers.
  std::optional<expression::Expression> text(const yaml::YamlNode& node) {
    auto expression = expressions_.compile(node, expression::TargetShape(), out_.shape_);
    if (expression) expression->transforms.push_back(std::make_unique<expression::ToText>(false));
    return expression;
  }

  void compilePriority(const yaml::YamlNode& node) {
    const bool meant = std::find(std::begin(kNoPriorities), std::end(kNoPriorities),
                                 std::string_view(node.text())) != std::end(kNoPriorities);
    if (node.isScalar() && meant) {
      findings_.add(node.finding("`" + node.text() + "` is no priority",
                                 "write {const: high} or {const: normal}; or {from: " +
                                     node.text() + "} where the source has such a field"));
      return;
    }
    out_.priority_ = expressions_.compile(node, priorities(), out_.shape_);
    if (out_.priority_)
      out_.priority_->transforms.push_back(std::make_unique<expression::ToText>(false));
  }

  void compileTime(const yaml::YamlNode& node) {
    out_.time_ = expressions_.compile(node, expression::TargetShape(), out_.shape_);
    if (!out_.time_ || node.find("time") != nullptr) return;
    auto automatic = std::make_unique<expression::ToTime>();
    automatic->formats.emplace_back();
    out_.time_->transforms.push_back(std::move(automatic));
  }

  void compileRest(const expression::TargetShape& target) {
    const yaml::YamlNode* const rest = node_.find("rest");
    if (rest == nullptr) {
      out_.dropsRest_ = out_.direction_ == Mapping::Direction::inbound && target.known() &&
                        target.member("sourceFields").has_value();
      return;
    }
    out_.rest_ = expression::readText(*rest, findings_).value_or("");
    if (out_.direction_ != Mapping::Direction::inbound) {
      findings_.add(rest->finding("only inbound mappings keep what is left",
                                  "take `rest` out; name what is to go out below `fields`"));
      return;
    }
    const auto place = target.member(out_.rest_);
    const auto any = place ? place->member("any") : std::nullopt;
    const bool takesAll = any && place->takes(json::Kind::object) && any->takes(json::Kind::string);
    if (place && !takesAll) {
      findings_.add(rest->finding(
          "the field `" + out_.rest_ + "` cannot take any name and text",
          target.member("sourceFields") ? "write rest: sourceFields" : "take `rest` out"));
    }
    if (!place) {
      findings_.add(rest->finding("the schema has no field `" + out_.rest_ + "`",
                                  expression::suggestion(out_.rest_, target.names())));
    }
    const auto same = [&](const expression::ObjectTemplate::Field& field) {
      return field.name == out_.rest_;
    };
    if (std::any_of(out_.fields_.fields.begin(), out_.fields_.fields.end(), same)) {
      findings_.add(rest->finding("`" + out_.rest_ + "` is made by `fields` already"));
    }
  }

  /// The paths of what was not mapped on its way in that an outbound mapping, or a derived record,
  /// may have.
  void compileNamedRest() {
    if (out_.direction_ == Mapping::Direction::inbound) return;
    const std::vector<expression::Step> all = {{"data", -1}, {"sourceFields", -1}};
    if (out_.shape_.reads(all)) {
      findings_.add(node_.finding(
          "the mapping reads data.sourceFields as a whole, which may hold anything",
          "name each path that the peer is to have: data.sourceFields.areaCode, say"));
    }
    for (std::string_view name : out_.shape_.membersBelow(all)) out_.named_.emplace_back(name);
  }

  /// Paths that do not tell one revision from another.
  void compileIgnore() {
    const yaml::YamlNode* const ignore = node_.find("ignore");
    if (ignore == nullptr) return;
    if (out_.direction_ != Mapping::Direction::inbound) {
      findings_.add(ignore->finding("only inbound mappings tell duplicates", "take `ignore` out"));
      return;
    }
    const std::span<const yaml::YamlNode> paths =
        ignore->isList() ? std::span(ignore->items()) : std::span(ignore, 1);
    if (paths.empty()) findings_.add(ignore->finding("`ignore` is a list of paths"));
    for (const yaml::YamlNode& path : paths) compileIgnored(path);
  }

  void compileIgnored(const yaml::YamlNode& path) {
    if (!path.isScalar() || path.text().empty()) {
      findings_.add(path.finding("`ignore` is a list of paths", "write ignore: [sendTime], say"));
      return;
    }
    const auto steps = expression::parsePath(path.text());
    if (!steps || steps->empty()) {
      findings_.add(path.finding(steps ? "`$` would ignore everything" : steps.error().detail));
      return;
    }
    out_.ignoredAt_.push_back(out_.ignored_.add(*steps));
    out_.ignoredPaths_.push_back(expression::pathText(*steps));
    const auto read = out_.shape_.contentSlotsBelow(*steps);
    out_.ignoredFields_.insert(out_.ignoredFields_.end(), read.begin(), read.end());
  }

  Mapping& out_;
  const yaml::YamlNode& node_;
  const SchemaIndex& schemas_;
  yaml::Findings& findings_;
  expression::ExpressionCompiler expressions_;
};

std::shared_ptr<const Mapping> Mapping::compile(const std::string& name, const yaml::YamlNode& node,
                                                const expression::CodeTables& tables,
                                                const SchemaIndex& schemas,
                                                yaml::Findings& findings,
                                                const std::set<std::string>* peers,
                                                std::shared_ptr<const places::Grids> grids) {
  const std::size_t before = findings.all().size();
  auto mapping = std::make_shared<Mapping>();
  mapping->name_ = name;
  if (!node.isMap()) {
    findings.add(node.finding("a mapping is a map", "see config/MAPPINGS.md"));
    return nullptr;
  }
  MappingCompiler(*mapping, node, tables, schemas, findings, peers, std::move(grids)).run();
  return findings.all().size() == before ? mapping : nullptr;
}

}  // namespace lianqiao::pipeline
