#include "expression/origins.h"

#include "lianqiao/codes.h"
#include "lianqiao/text.h"
#include "record/reference.h"

namespace lianqiao::expression {
namespace {

const json::Value* slotOf(const Run& run, const Scope& scope, std::size_t slot) {
  return run.workspace.slots[scope.base + slot];
}

}  // namespace

json::Value FromPath::take(Run& run, const Scope& scope) const {
  const json::Value* const value = slotOf(run, scope, slot_);
  if (value == nullptr) return {};
  run.workspace.uses.take(*value);
  return *value;
}

json::Value FromConstant::take(Run&, const Scope&) const { return constant_.value(); }

json::Value FromRecord::take(Run& run, const Scope&) const {
  if (run.record == nullptr) return {};
  switch (part_) {
    case Part::key:
      return run.keep(run.record->key);
    case Part::sourceid:
      return run.keep(run.record->sourceId);
    default:
      return run.keep(run.record->peer);
  }
}

json::Value FromReference::take(Run& run, const Scope& scope) const {
  const json::Value value = id->evaluate(run, scope);
  run.workspace.uses.lose();
  if (isAbsent(value)) return {};
  record::Reference reference{peer, std::string(trim(scalarText(value).value_or("")))};
  if (!record::isReferenceId(reference.id)) {
    run.fail(codes::kBadValue, scope.place,
             id->source + " is no id of peer " + peer +
                 ": it has control characters, is longer than " +
                 std::to_string(record::kMostReferenceBytes) + " bytes, or is no text");
    return {};
  }
  References& references = run.workspace.references;
  const auto known = references.keys.find(reference);
  if (known != references.keys.end()) return run.keep(known->second);
  run.fail(codes::kUnknownReference, scope.place,
           "peer " + std::string(run.record == nullptr ? "" : run.record->peer) +
               " names a thing by the id " + reference.id + " of peer " + peer +
               ", and nothing that the gateway knows has that id");
  references.unknown.push_back(std::move(reference));
  return {};
}

json::Value FromTheirs::take(Run& run, const Scope& scope) const {
  const std::string& theirs = run.workspace.references.theirs;
  if (!theirs.empty()) return json::Value::ofText(theirs);
  run.fail(codes::kUnknownReference, scope.place, "its own id of the thing is not known");
  return {};
}

json::Value FromFirst::take(Run& run, const Scope& scope) const {
  const std::size_t before = run.problems.size();
  for (const Expression& choice : choices) {
    const json::Value value = choice.evaluate(run, scope);
    if (!isAbsent(value) || run.problems.size() != before) return value;
  }
  return {};
}

json::Value FromList::take(Run& run, const Scope& scope) const {
  std::vector<json::Value>& values = run.workspace.values;
  const std::size_t base = values.size();
  for (const Expression& part : parts) {
    const json::Value value = part.evaluate(run, scope);
    if (!isAbsent(value)) values.push_back(value);
  }
  const json::Value made =
      values.size() == base ? json::Value() : run.output.array(std::span(values).subspan(base));
  values.resize(base);
  return made;
}

json::Value FromTemplate::take(Run& run, const Scope& scope) const {
  std::string& text = run.workspace.buffer;
  text.clear();
  bool any = false;
  bool paths = false;
  for (const Part& part : parts) {
    text += part.literal;
    if (!part.slot) continue;
    paths = true;
    const json::Value* const value = slotOf(run, scope, *part.slot);
    if (value == nullptr || isAbsent(*value)) continue;
    any = true;
    run.workspace.uses.takeText(*value);
    text += scalarText(*value).value_or(std::string_view());
  }
  return any || !paths ? run.keep(trim(text)) : json::Value();
}

json::Value FromFields::take(Run& run, const Scope& scope) const { return object.make(run, scope); }

json::Value FromEach::take(Run& run, const Scope& scope) const {
  const json::Value* const list = slotOf(run, scope, slot);
  if (list == nullptr || isAbsent(*list)) return {};
  const std::span<const json::Value> elements =
      list->isArray() ? list->elements() : std::span(list, 1);
  std::vector<json::Value>& values = run.workspace.values;
  const std::size_t base = values.size();
  // behind the slots of the outer scope, which keep their places
  const std::size_t slots = run.workspace.slots.size();
  for (const json::Value& element : elements) {
    shape.bind(element, run.workspace.slots, slots);
    const Place place{&scope.place, {}, static_cast<std::ptrdiff_t>(values.size() - base)};
    const Scope inner{slots, place};
    const json::Value made = value ? value->evaluate(run, inner) : object.make(run, inner);
    if (!isAbsent(made)) values.push_back(made);
  }
  run.workspace.slots.resize(slots);
  const json::Value made =
      values.size() == base ? json::Value() : run.output.array(std::span(values).subspan(base));
  values.resize(base);
  return made;
}

json::Value FromChoice::take(Run& run, const Scope& scope) const {
  if (condition.holds(run.workspace.slots, scope.base)) return then->evaluate(run, scope);
  return otherwise ? otherwise->evaluate(run, scope) : json::Value();
}

}  // namespace lianqiao::expression
