#include "pipeline/sent_values.h"

#include <algorithm>

#include "expression/clean.h"
#include "expression/reading.h"
#include "pipeline/presumption.h"
#include "yaml/findings.h"
#include "yaml/texts_of.h"

namespace lianqiao::pipeline {
namespace {

/// After one of these the value is another than the schema's.
constexpr std::string_view kChanging[] = {"split", "clean", "after", "before"};

bool contains(const std::vector<std::string>& all, std::string_view one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

std::string comparable(const std::string& text) {
  std::string buffer;
  return std::string(expression::comparable(text, buffer));
}

/// The paths of which one is the value; empty where it is not as the record has it.
std::vector<std::string> pathsOf(const yaml::YamlNode& expression) {
  const auto plain = [](const yaml::YamlNode& node) -> const yaml::YamlNode* {
    if (node.isScalar()) return &node;
    const yaml::YamlNode* const from = node.find("from");
    return from != nullptr && node.entries().size() == 1 ? from : nullptr;
  };
  for (std::string_view word : kChanging) {
    if (expression.find(word) != nullptr) return {};
  }
  if (const yaml::YamlNode* from = expression.find("from")) return {from->text()};
  const yaml::YamlNode* const first = expression.find("first");
  std::vector<std::string> paths;
  if (first == nullptr) return paths;
  for (const yaml::YamlNode& item : first->items()) {
    const yaml::YamlNode* const path = plain(item);
    if (path == nullptr) return {};
    paths.push_back(path->text());
  }
  return paths;
}

std::string quoted(const std::vector<std::string>& values) {
  constexpr std::size_t kMostShown = 8;
  std::string out;
  for (std::size_t i = 0; i < std::min(values.size(), kMostShown); ++i)
    out += (i == 0 ? "`" : ", `") + values[i] + '`';
  if (values.size() > kMostShown)
    out += " and " + std::to_string(values.size() - kMostShown) + " more";
  return out;
}

}  // namespace

void SentValues::begin(const std::string& name, const yaml::YamlNode& mapping,
                       const std::vector<std::string>& types, const EventShape& event) {
  name_ = name;
  mapping_ = &mapping;
  types_ = &types;
  event_ = &event;
  supposed_.clear();
}

SentValues::Supposed SentValues::suppose(const yaml::YamlNode& condition, bool holds) {
  supposed_.emplace_back(&condition, holds);
  return Supposed(*this);
}

SentValues::Supposed SentValues::within() {
  supposed_.emplace_back(nullptr, true);
  return Supposed(*this);
}

void SentValues::seeInbound(const yaml::YamlNode& node) {
  for (const yaml::YamlNode& item : node.items()) seeInbound(item);
  for (const yaml::YamlNode::Entry& entry : node.entries()) {
    if (entry.key == "table" || entry.key == "to") uses_[entry.value.text()].any = true;
    seeInbound(entry.value);
  }
}

void SentValues::look(const yaml::YamlNode& expression, const EventShape& scope) {
  const yaml::YamlNode* const to = expression.find("to");
  const yaml::YamlNode* const cases = expression.find("cases");
  if (to == nullptr && cases == nullptr) return;
  const auto came = comingTo(expression, scope);
  if (cases != nullptr && came) {
    lookAtCases(*cases, *came, expression.find("default") != nullptr);
  }
  // what cases make is theirs to name
  if (to != nullptr) lookAtTable(*to, cases == nullptr ? came : std::nullopt);
}

std::optional<SentValues::Came> SentValues::comingTo(const yaml::YamlNode& expression,
                                                     const EventShape& scope) const {
  Came came;
  for (const std::string& path : pathsOf(expression)) {
    const auto steps = expression::parsePath(path);
    if (!steps) return std::nullopt;
    const EventShape place = scope.at(*steps);
    if (place.empty()) continue;
    const auto listed = place.values();
    if (!listed) return std::nullopt;
    came.path += (came.path.empty() ? "" : " or ") + path;
    for (const std::string& type : *types_) {
      for (const std::string& value : place.valuesOf(type)) {
        if (!contains(came.all, value)) came.all.push_back(value);
        if (!contains(came.known, value) && comes(type, path, value)) came.known.push_back(value);
      }
    }
  }
  return came.all.empty() ? std::nullopt : std::optional(std::move(came));
}

bool SentValues::comes(const std::string& type, const std::string& path,
                       const std::string& value) const {
  // where routes.yaml is wrong, what it lets through is not known
  if (yaml::concern(errors_, "routes.yaml")) return false;
  Presumption presumed{type, presumedPath(path), comparable(value)};
  for (const auto& [condition, holdsHere] : supposed_) {
    if (condition == nullptr) presumed.path.clear();
  }
  for (const auto& [condition, holdsHere] : supposed_) {
    if (condition == nullptr) break;
    if (holds(*condition, presumed, *event_) == !holdsHere) return false;
  }
  const yaml::YamlNode* const when = mapping_->find("when");
  if (when != nullptr && holds(*when, presumed, *event_) == false) return false;
  return std::any_of(config_.peers.begin(), config_.peers.end(), [&](const auto& peer) {
    if (!contains(peer.outbound.mappings, name_) || takenBefore(peer, presumed)) return false;
    return std::any_of(config_.routes.begin(), config_.routes.end(), [&](const auto& route) {
      return contains(route.to, peer.name) && mayHold(route, presumed, *event_);
    });
  });
}

/// By a mapping that stands before this one in the peer's list.
bool SentValues::takenBefore(const config::PeerConfig& peer, const Presumption& presumed) const {
  for (const std::string& name : peer.outbound.mappings) {
    if (name == name_) return false;
    const auto found = config_.mappings.find(name);
    const yaml::YamlNode* const type =
        found == config_.mappings.end() ? nullptr : found->second.find("type");
    if (type == nullptr) continue;
    const bool takes = contains(yaml::textsOf(*type), presumed.type);
    const yaml::YamlNode* const when = found->second.find("when");
    if (takes && (when == nullptr || holds(*when, presumed, *event_) == true)) return true;
  }
  return false;
}

void SentValues::missing(const yaml::YamlNode& place, const std::vector<std::string>& values,
                         const Came& came, const std::string& what, std::string remedy) {
  if (values.empty()) return;
  const bool all = values.size() == came.known.size();
  (all ? errors_ : warnings_)
      .add(place.finding(what + quoted(values) + ", which can come in `" + came.path +
                             "`: such a record would become an exception",
                         std::move(remedy)));
}

void SentValues::lookAtTable(const yaml::YamlNode& to, const std::optional<Came>& came) {
  Use& use = uses_[to.text()];
  use.any = use.any || !came;
  const auto table = tables_.find(to.text());
  if (!came || table == tables_.end() || !table->second) return;
  use.values.insert(came->all.begin(), came->all.end());
  if (use.path.empty()) use.path = came->path;
  std::set<std::string> ours;
  for (const expression::CodeTable::Entry& entry : table->second->entries())
    ours.insert(comparable(entry.ours));
  std::vector<std::string> lacking;
  for (const std::string& value : came->known) {
    const bool has = !table->second->otherTheirs().empty() || ours.contains(comparable(value));
    if (!has) lacking.push_back(value);
  }
  missing(to, lacking, *came, "code table " + table->first + " has no entry with ours ",
          "add it to codes/" + table->first +
              ".yaml, or other_theirs: for all that it lacks; or let the route or `when` pass only "
              "what it has");
}

void SentValues::lookAtCases(const yaml::YamlNode& cases, const Came& came, bool hasDefault) {
  std::vector<std::string> lacking;
  std::vector<std::string_view> names(came.all.begin(), came.all.end());
  for (const yaml::YamlNode::Entry& entry : cases.entries()) {
    if (contains(came.all, comparable(entry.key))) continue;
    yaml::Finding finding =
        entry.value.finding("no record has in `" + came.path + "` the value `" + entry.key + "`",
                            expression::suggestion(entry.key, names));
    finding.position = entry.position;
    warnings_.add(std::move(finding));
  }
  if (hasDefault) return;
  for (const std::string& value : came.known) {
    const bool named =
        std::any_of(cases.entries().begin(), cases.entries().end(),
                    [&](const auto& entry) { return comparable(entry.key) == comparable(value); });
    if (!named) lacking.push_back(value);
  }
  missing(cases, lacking, came, "no case names ",
          "add it, or default:; or let the route or `when` pass only what has a case");
}

void SentValues::finish() {
  for (const auto& [name, use] : uses_) {
    const auto table = config_.codeTables.find(name);
    if (use.any || table == config_.codeTables.end()) continue;
    const yaml::YamlNode* const entries = table->second.find("entries");
    if (entries == nullptr) continue;
    const std::vector<std::string_view> names(use.values.begin(), use.values.end());
    for (const yaml::YamlNode& entry : entries->items()) {
      const yaml::YamlNode* const ours = entry.find("ours");
      if (ours == nullptr || !ours->isScalar() || use.values.contains(comparable(ours->text())))
        continue;
      warnings_.add(ours->finding("no record has `" + ours->text() + "` in `" + use.path +
                                      "`, which goes out through this table",
                                  expression::suggestion(ours->text(), names)));
    }
  }
}

}  // namespace lianqiao::pipeline
