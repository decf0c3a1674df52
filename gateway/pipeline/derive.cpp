#include <utility>

#include "lianqiao/codes.h"
#include "lianqiao/digest.h"
#include "pipeline/compiled_pipeline.h"
#include "record/event.h"
#include "record/fingerprint.h"

/// The part of CompiledPipeline that derives records from records.
namespace lianqiao::pipeline {
namespace {

constexpr std::string_view kStepType = "work_order_step";
constexpr std::string_view kSupplemented = "supplemented";

Problem problemOf(const Error& error) { return {error.code, {}, error.detail}; }

/// A person is told which rule it was: what failed is none of the sender's items.
void nameRule(Derived& derived) {
  for (Problem& problem : derived.problems)
    problem.message = "derivation " + derived.rule + ": " + problem.message;
}

}  // namespace

Processed Pipeline::rederive(std::string_view, std::string_view rule, std::string_view,
                             std::string_view id, WallTime received, expression::Workspace&) const {
  Processed out;
  out.record.id = id;
  out.record.received = received;
  out.problems.push_back({codes::kNoMapping,
                          {},
                          "there is no derivation " + std::string(rule) +
                              "; close the exception, "
                              "or write the rule again"});
  return out;
}

void CompiledPipeline::derive(const record::Record& record, const json::Value& data, int level,
                              std::vector<Derived>& out, expression::Workspace& workspace) const {
  // All conditions are asked before the first record is made in the place of `data`.
  for (const Derivations::Rule* const rule : derivations_.holding(record, data)) {
    Derived derived;
    derived.rule = rule->name;
    derived.level = level;
    derived.event = record.event;
    derived.record.id = derivedId(record.id, rule->name);
    derived.record.peer = record.peer;
    derived.record.received = record.received;
    derived.record.cause = record.id;
    derived.record.sourceId =
        rule->name + "/" + (record.sourceId.empty() ? record.key : record.sourceId);
    const auto made = makeDerived(*rule->mapping, derived, workspace);
    nameRule(derived);
    if (made && !rule->by.empty())
      derived.joining = joiningOf(*rule, derived.record, *made, workspace);
    const record::Record its = derived.record;
    out.push_back(std::move(derived));
    if (made) derive(its, *made, level + 1, out, workspace);
  }
}

std::optional<json::Value> CompiledPipeline::makeDerived(const Mapping& mapping, Derived& out,
                                                         expression::Workspace& workspace) const {
  const auto peer = peers_.find(out.record.peer);
  if (peer == peers_.end()) return std::nullopt;
  if (auto parsed = json::parse(out.event, workspace.input); !parsed) {
    out.problems.push_back(problemOf(parsed.error()));
    return std::nullopt;
  }
  workspace.input.root = mapping.shown(workspace.input.root, workspace.input);
  mapping.bind(workspace.input.root, workspace);
  workspace.output.clear();
  const times::ZoneOffset zone = peer->second.zone;
  expression::Run run{workspace.output,
                      out.problems,
                      workspace,
                      zone,
                      std::chrono::floor<std::chrono::days>(out.record.received + zone),
                      &out.record};
  const bool former = std::exchange(workspace.former, false);
  auto data = fill(peer->second, mapping, run, out.record);
  workspace.former = former;
  return data;
}

std::optional<Joining> CompiledPipeline::joiningOf(const Derivations::Rule& rule,
                                                   const record::Record& order,
                                                   const json::Value& data,
                                                   expression::Workspace& workspace) const {
  std::string alike = order.peer;
  for (const auto& path : rule.by) {
    const json::Value* const value = expression::valueAt(workspace.input.root, path);
    if (value == nullptr || expression::isAbsent(*value)) return std::nullopt;
    alike += '\n';
    json::writeCanonical(*value, alike);
  }
  const record::TypeSchema* const type = peers_.find(order.peer)->second.schemas->find(kStepType);
  if (type == nullptr) return std::nullopt;
  Joining joining{
      rule.name + ":" + hex(digest(Hash::sha256, alike)).substr(0, 32), rule.within, {}};
  record::Record& step = joining.step;
  step.id = derivedId(order.cause, rule.name + "/once");
  step.peer = order.peer;
  step.type = kStepType;
  step.key = order.key;
  step.sourceId = order.sourceId;
  step.priority = order.priority;
  step.received = order.received;
  step.cause = order.cause;
  step.step = kSupplemented;
  step.lifeOf = order.type;
  const std::string_view time = data.find("createdTime")->text();
  std::vector<json::Member> members = {{"orderKey", json::Value::ofText(step.key)},
                                       {"step", json::Value::ofText(kSupplemented)},
                                       {"time", json::Value::ofText(time)}};
  for (const std::string_view name : {"content", "attachments"}) {
    if (const json::Value* const value = data.find(name)) members.push_back({name, *value});
  }
  const json::Value made = workspace.output.object(members);
  step.fingerprint =
      record::fingerprint(step.type, step.key, {made, time, step.priority}, workspace.buffer);
  workspace.buffer.clear();
  record::appendEvent(step, {type->eventType, type->dataSchema, time, {}}, made, workspace.buffer);
  step.event = workspace.buffer;
  step.destinations = router_.destinations(step, made);
  step.keyHolders = holdersOf(step);
  if (step.destinations.empty() || !type->schema.accepts(made)) return std::nullopt;
  return joining;
}

Processed CompiledPipeline::rederive(std::string_view peer, std::string_view rule,
                                     std::string_view event, std::string_view id, WallTime received,
                                     expression::Workspace& workspace) const {
  const Derivations::Rule* const found = derivations_.find(rule);
  json::Document document;
  const auto parsed = json::parse(event, document);
  const auto cause =
      parsed ? record::readEvent(document.root) : Result<record::EventView>(parsed.error());
  if (found == nullptr || !cause || cause->peer != peer || !peers_.contains(peer))
    return Pipeline::rederive(peer, rule, event, id, received, workspace);
  Derived derived;
  derived.rule = rule;
  derived.event = event;
  derived.record.id = id;
  derived.record.peer = peer;
  derived.record.received = received;
  derived.record.cause = cause->id;
  derived.record.sourceId =
      std::string(rule) + "/" + std::string(cause->sourceId.empty() ? cause->key : cause->sourceId);
  makeDerived(*found->mapping, derived, workspace);
  nameRule(derived);
  Processed out;
  out.record = std::move(derived.record);
  out.problems = std::move(derived.problems);
  return out;
}

}  // namespace lianqiao::pipeline
