#include "lifecycle/life_cycle_reader.h"

#include <algorithm>
#include <deque>
#include <set>

#include "expression/target_shape.h"
#include "yaml/map_reader.h"
#include "yaml/texts_of.h"

namespace lianqiao::lifecycle {
namespace {

using yaml::Findings;
using yaml::YamlNode;

constexpr std::size_t kMostStates = 64;
constexpr std::string_view kUnseenWord = "unseen";

/// Reads one file from top to bottom; what follows from a mistake is not told again.
class LifeCycleReader {
 public:
  LifeCycleReader(const YamlNode& root, Findings& findings, const record::SchemaSet* types)
      : root_(root), findings_(findings), types_(types) {}

  LifeCycle::Content read(std::string_view type) {
    yaml::MapReader map(&root_, findings_);
    readHead(map, type);
    const std::size_t before = findings_.all().size();
    if (const YamlNode* states =
            map.require("states", root_, "write states: and one line for each"))
      readStates(*states);
    if (const YamlNode* pending = map.take("pending")) readPending(*pending);
    if (const YamlNode* groups = map.take("groups")) readGroups(*groups);
    if (const YamlNode* steps = map.require("steps", root_, "write steps: and one line for each"))
      readSteps(*steps);
    if (const YamlNode* rounds = map.take("rounds")) mark(*rounds, &LifeCycle::Step::beginsRound);
    if (const YamlNode* clocks = map.take("clocks")) readClocks(*clocks);
    if (const YamlNode* returns = map.take("returns")) readReturns(*returns);
    if (const YamlNode* movedBy = map.take("moved_by")) readMovedBy(*movedBy);
    map.finish();
    if (findings_.all().size() == before) checkWays();
    return std::move(content_);
  }

 private:
  struct Change {
    std::uint32_t needs = 0;
    std::uint32_t raises = 0;
    std::uint32_t clears = 0;
    std::optional<int> to;
  };

  void readHead(yaml::MapReader& map, std::string_view type) {
    const std::string remedy = "write type: " + std::string(type) + ", or rename the file";
    content_.type = type;
    std::string own;
    const YamlNode* node = map.require("type", root_, remedy);
    map.text("type", own);
    if (node != nullptr && own != type)
      findings_.add(node->finding("the type differs from the file's", remedy));
    map.require("version", root_, "write version: \"1\"");
    map.name("version", content_.version);
  }

  /// The entries of a map of names.
  const std::vector<YamlNode::Entry>& named(const YamlNode& node, std::string_view what) {
    static const std::vector<YamlNode::Entry> kNone;
    if (!node.isMap() || node.entries().empty()) {
      findings_.add(node.finding("a map of " + std::string(what) + " is wanted here",
                                 "write one `name: …` for each"));
      return kNone;
    }
    for (const YamlNode::Entry& entry : node.entries()) {
      yaml::Reading<std::string> name = yaml::parseName(entry.key);
      if (const auto* bad = std::get_if<yaml::BadValue>(&name))
        findings_.add(yaml::findingAtKey(entry, bad->message, bad->remedy));
    }
    return node.entries();
  }

  void readStates(const YamlNode& node) {
    for (const YamlNode::Entry& entry : named(node, "states")) {
      if (entry.key == kUnseenWord || content_.states.size() == kMostStates) {
        findings_.add(yaml::findingAtKey(entry, "'" + entry.key + "' cannot be a state here",
                                         "a file has at most 64, and unseen means none yet"));
        continue;
      }
      LifeCycle::State state{.name = entry.key};
      yaml::MapReader map(&entry.value, findings_);
      map.boolean("stands", state.stands);
      map.boolean("end", state.isEnd);
      map.finish();
      groups_[entry.key] = {static_cast<int>(content_.states.size())};
      content_.states.push_back(std::move(state));
      places_.push_back(&entry);
    }
    groups_[std::string(kUnseenWord)] = {Standing::kUnseen};
  }

  void readPending(const YamlNode& node) {
    content_.pending = yaml::readNames(node, findings_);
    if (content_.pending.size() > LifeCycle::kMostPending) {
      findings_.add(node.finding("too much can be pending at once", "name at most 4"));
      content_.pending.resize(LifeCycle::kMostPending);
    }
  }

  void readGroups(const YamlNode& node) {
    for (const YamlNode::Entry& entry : named(node, "groups of states")) {
      if (groups_.contains(entry.key)) {
        findings_.add(yaml::findingAtKey(entry, "'" + entry.key + "' is a state already",
                                         "give the group a name of its own"));
        continue;
      }
      std::vector<int> members = statesOf(entry.value);
      groups_[entry.key] = std::move(members);
    }
  }

  /// One name or a list: states, groups, `unseen`.
  std::vector<int> statesOf(const YamlNode& node) {
    std::vector<int> states;
    for (const YamlNode& one : yaml::itemsOf(node)) {
      const auto text = yaml::readText(one, findings_);
      if (!text) continue;
      const auto group = groups_.find(*text);
      if (group == groups_.end())
        tellUnknown(one, "state", *text, groupNames());
      else
        states.insert(states.end(), group->second.begin(), group->second.end());
    }
    return states;
  }

  void readSteps(const YamlNode& node) {
    for (const YamlNode::Entry& entry : named(node, "steps")) {
      LifeCycle::Step step{.name = entry.key};
      std::map<std::pair<int, std::uint32_t>, int> lines;
      for (const YamlNode& move : yaml::itemsOf(entry.value)) readMove(move, step, lines);
      std::sort(step.moves.begin(), step.moves.end(), [](const auto& a, const auto& b) {
        return std::pair(a.from, a.fromPending) < std::pair(b.from, b.fromPending);
      });
      content_.steps.push_back(std::move(step));
    }
  }

  void readMove(const YamlNode& node, LifeCycle::Step& step,
                std::map<std::pair<int, std::uint32_t>, int>& lines) {
    if (!node.isMap()) {
      findings_.add(node.finding("a move is wanted here", "write {from: […], to: …}"));
      return;
    }
    yaml::MapReader map(&node, findings_);
    Change change;
    change.needs = bitsOf(map.take("pending"));
    change.raises = bitsOf(map.take("raise"));
    change.clears = bitsOf(map.take("clear"));
    if (const YamlNode* to = map.take("to")) {
      const std::vector<int> states = statesOf(*to);
      if (states.size() == 1 && states.front() != Standing::kUnseen)
        change.to = states.front();
      else if (!states.empty())
        findings_.add(to->finding("a move leads to one state", "name one state"));
    }
    const YamlNode* from = map.require("from", node, "name the states that the step may follow on");
    map.finish();
    if (from == nullptr) return;
    for (const int state : statesOf(*from)) addMoves(*from, state, change, step, lines);
  }

  /// One for each combination of what may be pending.
  void addMoves(const YamlNode& place, int from, const Change& change, LifeCycle::Step& step,
                std::map<std::pair<int, std::uint32_t>, int>& lines) {
    const bool unseen = from == Standing::kUnseen;
    if (unseen && (change.needs != 0 || (change.raises != 0 && !change.to))) {
      findings_.add(place.finding("nothing is pending of what was never seen",
                                  "write a move of its own from unseen to a state"));
      return;
    }
    const std::uint32_t combinations = unseen ? 1U : 1U << content_.pending.size();
    for (std::uint32_t pending = 0; pending < combinations; ++pending) {
      if ((pending & change.needs) != change.needs) continue;
      const auto [first, isNew] = lines.emplace(std::pair(from, pending), place.position().line);
      if (!isNew) {
        findings_.add(place.finding("the step has a move from " + nameOf(from) +
                                        " already, in line " + std::to_string(first->second),
                                    "leave one out: each state has one move of a step"));
        return;
      }
      step.moves.push_back(
          {from, pending, change.to.value_or(from), (pending | change.raises) & ~change.clears});
    }
  }

  std::uint32_t bitsOf(const YamlNode* node) {
    std::uint32_t bits = 0;
    if (node == nullptr) return bits;
    const auto& all = content_.pending;
    for (const YamlNode& one : yaml::itemsOf(*node)) {
      const auto text = yaml::readText(one, findings_);
      if (!text) continue;
      const auto found = std::find(all.begin(), all.end(), *text);
      if (found == all.end())
        tellUnknown(one, "word below pending", *text, {all.begin(), all.end()});
      else
        bits |= 1U << static_cast<unsigned>(all.end() - found - 1);
    }
    return bits;
  }

  LifeCycle::Step* stepOf(const YamlNode& node) {
    const auto text = yaml::readText(node, findings_);
    if (!text) return nullptr;
    std::vector<std::string_view> names;
    for (LifeCycle::Step& step : content_.steps) {
      if (step.name == *text) return &step;
      names.push_back(step.name);
    }
    tellUnknown(node, "step", *text, names);
    return nullptr;
  }

  void mark(const YamlNode& node, bool LifeCycle::Step::*is) {
    if (!node.isList())
      findings_.add(node.finding("a list of steps is wanted here", "write [a, b]"));
    for (const YamlNode& item : node.items()) {
      if (LifeCycle::Step* step = stepOf(item)) step->*is = true;
    }
  }

  void readClocks(const YamlNode& node) {
    yaml::MapReader map(&node, findings_);
    if (const YamlNode* list = map.take("acceptance"))
      mark(*list, &LifeCycle::Step::startsAcceptance);
    if (const YamlNode* list = map.take("dispatch")) mark(*list, &LifeCycle::Step::startsDispatch);
    if (const YamlNode* list = map.take("extension")) mark(*list, &LifeCycle::Step::extends);
    map.finish();
  }

  void readReturns(const YamlNode& node) {
    LifeCycle::Returns rule;
    yaml::MapReader map(&node, findings_);
    const YamlNode* step = map.require("step", node, "name the step that gives a thing back");
    map.require("most", node, "write most: 3");
    map.integer("most", rule.most, {1, 100});
    const YamlNode* then = map.require("then", node, "name the state that the last one leads to");
    const YamlNode* refuse = map.take("refuse");
    map.finish();
    if (step == nullptr || then == nullptr) return;
    const LifeCycle::Step* counted = stepOf(*step);
    if (counted == nullptr) return;
    rule.step = counted->name;
    const std::vector<int> states = statesOf(*then);
    if (states.size() == 1) rule.then = states.front();
    if (refuse != nullptr) {
      for (const YamlNode& item : refuse->items()) {
        if (const LifeCycle::Step* refused = stepOf(item)) rule.refuse.push_back(refused->name);
      }
    }
    content_.returns = std::move(rule);
  }

  void readMovedBy(const YamlNode& node) {
    LifeCycle::MovedBy movedBy;
    std::string field;
    yaml::MapReader map(&node, findings_);
    const YamlNode* type = map.require("type", node, "name the type of the records that move it");
    map.name("type", movedBy.type);
    const YamlNode* place =
        map.require("field", node, "name the field below data that names the step");
    map.text("field", field);
    map.finish();
    if (type == nullptr || place == nullptr || movedBy.type.empty() || field.empty()) return;
    for (std::size_t from = 0; from <= field.size();) {
      const std::size_t end = std::min(field.find('.', from), field.size());
      movedBy.field.push_back(field.substr(from, end - from));
      from = end + 1;
    }
    if (types_ != nullptr) checkMovedBy(*type, *place, movedBy);
    content_.movedBy = std::move(movedBy);
  }

  /// That there is such a type, that it has the field, and that each word there has its place here.
  void checkMovedBy(const YamlNode& type, const YamlNode& place,
                    const LifeCycle::MovedBy& movedBy) {
    const record::TypeSchema* const schema = types_->find(movedBy.type);
    if (schema == nullptr) return tellUnknown(type, "type", movedBy.type, types_->types());
    auto shape = expression::TargetShape::of(schema->schema.source());
    for (const std::string& name : movedBy.field) {
      auto member = shape.member(name);
      if (!member || !member->known()) {
        findings_.add(place.finding("no " + movedBy.type + " has the field '" + name + "'",
                                    yaml::suggestion(name, shape.names())));
        return;
      }
      shape = *std::move(member);
    }
    const bool byItself = movedBy.type == content_.type;
    for (const std::string_view word : shape.allowedTexts()) {
      const bool isThere =
          byItself ? groups_.contains(word)
                   : std::any_of(content_.steps.begin(), content_.steps.end(),
                                 [&](const LifeCycle::Step& step) { return step.name == word; });
      if (!isThere)
        findings_.add(place.finding("the field may be '" + std::string(word) +
                                        "', and there is no such " + (byItself ? "state" : "step"),
                                    "write one, or take the word out of the schema"));
    }
  }

  /// States that nothing leads to, and those that nothing leads out of.
  void checkWays() {
    std::set<int> reached{Standing::kUnseen};
    std::deque<int> open{Standing::kUnseen};
    std::set<int> left;
    const auto reach = [&](int state) {
      if (reached.insert(state).second) open.push_back(state);
    };
    while (!open.empty()) {
      const int from = open.front();
      open.pop_front();
      for (const LifeCycle::Step& step : content_.steps) {
        for (const LifeCycle::Move& move : step.moves) {
          if (move.from != from) continue;
          if (move.to != from) left.insert(from);
          reach(move.to);
          if (content_.returns && content_.returns->step == step.name)
            reach(content_.returns->then);
        }
      }
    }
    for (std::size_t i = 0; i < content_.states.size(); ++i) {
      const int state = static_cast<int>(i);
      const std::string& name = content_.states[i].name;
      if (!reached.contains(state)) {
        findings_.add(yaml::findingAtKey(*places_[i], "no step leads to the state '" + name + "'",
                                         "write a step that does, or leave the state out"));
      } else if (!content_.states[i].isEnd && !left.contains(state)) {
        findings_.add(yaml::findingAtKey(*places_[i],
                                         "no step leads out of the state '" + name + "'",
                                         "write a step that does, or mark it {end: true}"));
      }
    }
  }

  void tellUnknown(const YamlNode& node, std::string_view what, const std::string& word,
                   const std::vector<std::string_view>& names) {
    findings_.add(node.finding("there is no " + std::string(what) + " '" + word + "'",
                               yaml::suggestion(word, names)));
  }

  [[nodiscard]] std::vector<std::string_view> groupNames() const {
    std::vector<std::string_view> names;
    for (const auto& [name, states] : groups_) names.push_back(name);
    return names;
  }

  [[nodiscard]] std::string nameOf(int state) const {
    return state == Standing::kUnseen ? std::string(kUnseenWord)
                                      : content_.states[static_cast<std::size_t>(state)].name;
  }

  const YamlNode& root_;
  Findings& findings_;
  const record::SchemaSet* const types_;
  LifeCycle::Content content_;
  std::map<std::string, std::vector<int>, std::less<>> groups_;  ///< Each state is one, too.
  std::vector<const YamlNode::Entry*> places_;                   ///< Of the states.
};

}  // namespace

std::optional<LifeCycle> readLifeCycle(const YamlNode& root, std::string_view type,
                                       Findings& findings, const record::SchemaSet* types) {
  const std::size_t before = findings.all().size();
  LifeCycle::Content content = LifeCycleReader(root, findings, types).read(type);
  if (findings.all().size() != before) return std::nullopt;
  return LifeCycle(std::move(content));
}

}  // namespace lianqiao::lifecycle
