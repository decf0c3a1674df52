#include "pipeline/pipeline.h"

#include <algorithm>
#include <utility>

#include "lianqiao/codes.h"
#include "pipeline/compiled_pipeline.h"
#include "pipeline/withheld.h"
#include "record/event.h"
#include "record/fingerprint.h"
#include "record/redact.h"
#include "record/reference.h"

namespace lianqiao::pipeline {
namespace {

/// Of one item, containers counted too: what a parsed one may cost however small its text is.
/// config/MAPPINGS.md names it.
constexpr std::size_t kMostValues = 100'000;

Problem problem(std::string_view code, std::string message) {
  return {std::string(code), {}, std::move(message)};
}

/// Which day it was there.
expression::Day dayOf(WallTime time, times::ZoneOffset zone) {
  return std::chrono::floor<std::chrono::days>(time + zone);
}

std::chrono::milliseconds unitOf(times::TimePrecision precision) {
  using namespace std::chrono_literals;
  switch (precision) {
    case times::TimePrecision::day:
      return 24h;
    case times::TimePrecision::hour:
      return 1h;
    case times::TimePrecision::minute:
      return 1min;
    case times::TimePrecision::second:
      return 1s;
    case times::TimePrecision::millisecond:
      break;
  }
  return 1ms;
}

/// `time` is RFC 3339; `told`: how exactly the sender told it.
std::optional<record::Happened> happenedAt(std::string_view time,
                                           std::optional<times::TimePrecision> told) {
  const auto read = times::TimeFormat().read(time, times::ZoneOffset(0));
  if (!read) return std::nullopt;
  return record::Happened{read->time, unitOf(told.value_or(read->precision))};
}

/// A missing member is no news where the mapping has told why it is missing.
bool isKnown(const std::vector<Problem>& problems, std::size_t count, std::string_view pointer) {
  return std::any_of(problems.begin(), problems.begin() + static_cast<std::ptrdiff_t>(count),
                     [&](const Problem& known) {
                       const std::string_view path = known.path;
                       return path == pointer ||
                              (path.starts_with(pointer) && path[pointer.size()] == '/');
                     });
}

}  // namespace

Processed CompiledPipeline::process(std::string_view peer, const RawItem& item, std::string_view id,
                                    WallTime received, expression::Workspace& workspace) const {
  Processed out;
  out.record.id = id;
  out.record.peer = peer;
  out.record.sourceId = item.sourceId;
  out.record.received = received;
  workspace.references.unknown.clear();
  if (!item.problems.empty()) {
    out.problems = item.problems;
    return out;
  }
  const auto at = peers_.find(peer);
  if (at == peers_.end()) {
    out.problems.push_back(problem(codes::kUnknownPeer, "there is no peer of that name"));
    return out;
  }
  if (auto parsed =
          json::parse(item.body, workspace.input, {.values = kMostValues, .line = item.line});
      !parsed) {
    out.problems.push_back(problem(parsed.error().code, parsed.error().detail));
    return out;
  }
  if (!workspace.input.root.isObject()) {
    out.problems.push_back(problem(codes::kBadJson, "one JSON object is expected"));
    return out;
  }
  for (const auto& mapping : at->second.inbound) {
    if (!mapping->bind(workspace.input.root, workspace)) continue;
    make(at->second, *mapping, item, out, workspace);
    return out;
  }
  out.problems.push_back(problem(codes::kNoMapping,
                                 "the `when` of no inbound mapping of the peer holds for this "
                                 "item; add a mapping to inbound.mappings, or mend a `when`"));
  return out;
}

std::vector<ItemShape> CompiledPipeline::itemShapes(std::string_view peer) const {
  std::vector<ItemShape> shapes;
  const auto at = peers_.find(peer);
  if (at == peers_.end()) return shapes;
  for (const auto& mapping : at->second.inbound) shapes.push_back(mapping->itemShape());
  return shapes;
}

void CompiledPipeline::make(const Peer& peer, const Mapping& mapping, const RawItem& item,
                            Processed& out, expression::Workspace& workspace) const {
  workspace.output.clear();
  expression::Run run{
      workspace.output, out.problems, workspace, peer.zone, dayOf(out.record.received, peer.zone),
      &out.record};
  run.sourceBytes = item.body.size();
  run.hasOrigin = !item.origin.empty();
  if (const auto data = fill(peer, mapping, run, out.record))
    derive(out.record, *data, 1, out.derived, workspace);
}

std::optional<json::Value> CompiledPipeline::fill(const Peer& peer, const Mapping& mapping,
                                                  expression::Run& run,
                                                  record::Record& record) const {
  std::vector<Problem>& problems = run.problems;
  expression::Workspace& workspace = run.workspace;
  const record::TypeSchema& type = *peer.schemas->find(mapping.types().front());
  record.type = type.type;
  json::Value time;
  mapping.envelope(run, record.peer, record, time);
  // What is derived has an id of ours.
  if (peer.keepsReferences && record.cause.empty())
    record.reference = mapping.referenceOf(run, record);
  const auto told = std::exchange(run.precision, {});
  json::Value data = mapping.make(run);
  if (data.isNull()) data = workspace.output.object({});
  // What lacks an id of a peer lacks what is made of it: the schema is asked when that is known.
  if (!workspace.references.unknown.empty() && !problems.empty()) return std::nullopt;
  validate(type.schema, data, problems);
  if (!problems.empty()) return std::nullopt;
  move(peer, data, record);
  const bool isStep = !record.lifeOf.empty() && record.lifeOf != record.type;
  const json::Value* const own = isStep ? data.find("time") : nullptr;
  if (!time.text().empty() && (isStep || type.hasStatus)) {
    record.happened = happenedAt(time.text(), told);
  } else if (own != nullptr) {
    record.happened = happenedAt(own->text(), run.precision);
  }
  record.rest = mapping.restOf(workspace);
  record.fingerprint = record::fingerprint(
      record.type, record.key, mapping.content(run, record, data, time), workspace.buffer);
  if (workspace.former) {
    record.formerFingerprint = record::formerFingerprint(
        record.type, record.key, mapping.formerData(run, data), workspace.buffer);
  }
  const record::EventContext context{type.eventType, type.dataSchema, time.text(), {}};
  workspace.buffer.clear();
  record::appendEvent(record, context, data, workspace.buffer);
  record.event = workspace.buffer;
  record.destinations = router_.destinations(record, data);
  if (record.destinations.empty()) {
    problems.push_back(problem(codes::kNoRoute, "no route leads anywhere for this " + record.type +
                                                    "; add one to routes.yaml"));
    return std::nullopt;
  }
  record.keyHolders = holdersOf(record);
  return data;
}

void CompiledPipeline::move(const Peer& peer, const json::Value& data, record::Record& record) {
  const auto move = peer.moves->find(record.type);
  if (move == peer.moves->end()) return;
  const json::Value* place = &data;
  for (const std::string& name : move->second.field) {
    place = place->find(name);
    if (place == nullptr) return;
  }
  if (place->text().empty()) return;
  record.lifeOf = move->second.cycle;
  record.step = place->text();
}

std::vector<std::string> CompiledPipeline::holdersOf(const record::Record& record) const {
  std::vector<std::string> holders;
  for (const std::string& name : record.destinations) {
    const auto peer = peers_.find(name);
    if (peer != peers_.end() && peer->second.namesKeys) holders.push_back(name);
  }
  return holders;
}

void CompiledPipeline::validate(const schema::Schema& schema, const json::Value& data,
                                std::vector<Problem>& problems) {
  if (problems.empty() && schema.accepts(data)) return;
  const std::size_t before = problems.size();
  schema.check(data, problems);
  for (std::size_t i = before; i < problems.size(); ++i) problems[i].path.insert(0, "/data");
  std::size_t kept = before;
  for (std::size_t i = before; i < problems.size(); ++i) {
    if (isKnown(problems, before, problems[i].path)) continue;
    if (kept != i) problems[kept] = std::move(problems[i]);
    ++kept;
  }
  problems.resize(kept);
}

Result<Payload> CompiledPipeline::outbound(std::string_view peer, std::string_view event,
                                           expression::Workspace& workspace) const {
  const auto at = peers_.find(peer);
  if (at == peers_.end()) {
    return Error{codes::kUnknownPeer, "there is no peer " + std::string(peer)};
  }
  if (auto parsed = json::parse(event, workspace.input); !parsed) return parsed.error();
  json::Value whole = workspace.input.root;
  auto view = record::readEvent(whole);
  if (!view) return view.error();
  const record::TypeSchema* const type = at->second.schemas->find(view->type);
  const auto left = type == nullptr ? std::nullopt : withoutWithheld(whole, *type, workspace.input);
  if (left) {
    whole = *left;
    view = record::readEvent(whole);
  }
  json::Value& root = workspace.input.root;
  if (at->second.outbound.empty()) {
    root = Mapping::withoutRest(whole, workspace.input);
    const bool same = !left && view->data.find("sourceFields") == nullptr;
    return Payload{root, same ? std::string(event) : json::write(root)};
  }
  const auto happened = times::TimeFormat().read(view->time, times::ZoneOffset(0));
  for (const auto& mapping : at->second.outbound) {
    const std::vector<std::string>& types = mapping->types();
    if (std::find(types.begin(), types.end(), view->type) == types.end()) continue;
    root = mapping->shown(whole, workspace.input);
    if (!mapping->bind(root, workspace)) continue;
    workspace.output.clear();
    std::vector<Problem> problems;
    expression::Run run{workspace.output, problems, workspace, at->second.zone,
                        dayOf(happened.value_or(times::TimeReading()).time, at->second.zone)};
    json::Value value = mapping->make(run);
    if (value.isNull()) value = workspace.output.object({});
    if (problems.empty()) return Payload{value, json::write(value)};
    std::string detail = "mapping " + mapping->name();
    for (const Problem& p : problems) detail += "; " + p.path + ": " + p.message;
    if (problems.front().code == codes::kUnknownReference) {
      detail += ". The thing is " + std::string(view->key) + " of peer " + std::string(view->peer) +
                ", and peer " + std::string(peer) + " has told no id of its own for it";
    }
    return Error{problems.front().code, std::move(detail)};
  }
  return Error{codes::kNoMapping, "no outbound mapping of " + std::string(peer) + " takes this " +
                                      std::string(view->type) +
                                      "; add one to outbound.mappings, or mend a `when`"};
}

bool CompiledPipeline::keepsReferences(std::string_view peer) const {
  const auto at = peers_.find(peer);
  return at != peers_.end() && at->second.keepsReferences;
}

bool CompiledPipeline::namesTheirs(std::string_view peer) const {
  const auto at = peers_.find(peer);
  return at != peers_.end() && at->second.namesTheirs;
}

std::vector<std::string> CompiledPipeline::ignored(std::string_view peer) const {
  std::vector<std::string> paths;
  const auto at = peers_.find(peer);
  if (at == peers_.end()) return paths;
  for (const auto& mapping : at->second.inbound)
    paths.insert(paths.end(), mapping->ignored().begin(), mapping->ignored().end());
  return paths;
}

std::vector<std::string> CompiledPipeline::cautions() const {
  std::vector<std::string> out;
  for (const auto& [name, peer] : peers_) {
    for (const auto& mapping : peer.inbound) {
      if (!mapping->dropsRest()) continue;
      out.push_back("The mapping " + mapping->name() + " of peer " + name +
                    " has no rest: what no field reads is in no record, and a correction of it is "
                    "taken for a duplicate. Write rest: sourceFields.");
    }
  }
  return out;
}

std::string CompiledPipeline::masked(std::string_view event) const {
  json::Document document;
  std::string out;
  if (!json::parse(event, document) || !document.root.isObject()) return "{}";
  const auto view = record::readEvent(document.root);
  const record::TypeSchema* const type = view ? schemas_->find(view->type) : nullptr;
  const json::Value schema = type == nullptr ? json::Value() : type->schema.source();
  for (const json::Member& member : document.root.members()) {
    out += out.empty() ? '{' : ',';
    json::writeText(member.name, out);
    out += ':';
    if (member.name == "data") {
      record::appendRedacted(schema, member.value, out);
    } else if (member.name == "subject" || member.name == "sourceid" || member.name == "revision") {
      json::writeText(record::maskKey(member.value.text()), out);
    } else {
      json::write(member.value, out);
    }
  }
  return out.empty() ? "{}" : out + '}';
}

}  // namespace lianqiao::pipeline
