#include "pipeline/mapping.h"

#include <algorithm>

#include "lianqiao/codes.h"
#include "lianqiao/text.h"
#include "record/reference.h"

namespace lianqiao::pipeline {
namespace {

constexpr std::size_t kMostKeyBytes = 512;

/// Joins without ambiguity: "a/b" and "c" must not become the key of "a" and "b/c".
void appendKeyPart(std::string& key, std::string_view part) {
  for (char c : part) {
    if (c == '~')
      key += "~0";
    else if (c == '/')
      key += "~1";
    else
      key += c;
  }
}

/// What inbound mappings put what no field took: personal, for nobody knows what it is.
constexpr std::string_view kRest = "sourceFields";

/// Where a row lay is the adapter's word, not the sender's: the same row of another file is no
/// news.
constexpr std::string_view kOrigin = "_origin";

json::Value withNamedRest(const json::Value& event, std::span<const std::string> names,
                          json::Document& memory) {
  const json::Value* const data = event.find("data");
  const json::Value* const rest = data == nullptr ? nullptr : data->find(kRest);
  if (rest == nullptr) return event;
  std::vector<json::Member> members;
  members.reserve(event.size() + data->size());
  const auto made = [&] {
    const json::Value object = memory.object(members);
    members.clear();
    return object;
  };
  for (const json::Member& member : rest->members()) {
    if (std::find(names.begin(), names.end(), member.name) != names.end())
      members.push_back(member);
  }
  const json::Value named = members.empty() ? json::Value() : made();
  for (const json::Member& member : data->members()) {
    if (&member.value != rest) members.push_back(member);
  }
  if (!named.isNull()) members.push_back({kRest, named});
  const json::Value left = made();
  for (const json::Member& member : event.members())
    members.push_back({member.name, &member.value == data ? left : member.value});
  return made();
}

std::string textOf(const std::optional<expression::Expression>& expression, expression::Run& run,
                   std::size_t base, const expression::Place& place) {
  if (!expression) return {};
  const json::Value value = expression->evaluate(run, expression::Scope{base, place});
  return std::string(trim(expression::scalarText(value).value_or(std::string_view())));
}

}  // namespace

bool Mapping::bind(const json::Value& source, expression::Workspace& workspace) const {
  workspace.uses.clear(!rest_.empty());
  workspace.parts = {};
  shape_.bind(source, workspace.slots, 0);
  if (when_ && !when_->holds(workspace.slots, 0)) return false;
  if (!ignoredAt_.empty()) ignored_.bind(source, workspace.slots, shape_.size());
  return true;
}

json::Value Mapping::make(expression::Run& run) const {
  const expression::Place root{nullptr, direction_ == Direction::outbound ? "" : "/data", -1};
  const expression::Scope scope{0, root};
  if (rest_.empty()) return fields_.make(run, scope);
  // The rest is what is left once all fields are made, and stands behind them.
  std::vector<json::Member>& members = run.workspace.members;
  const std::size_t base = members.size();
  fields_.fill(run, scope);
  addRest(run);
  const json::Value made =
      members.size() == base ? json::Value() : run.output.object(std::span(members).subspan(base));
  members.resize(base);
  return made;
}

void Mapping::addRest(expression::Run& run) const {
  expression::Workspace& workspace = run.workspace;
  std::vector<const json::Value*> ignored;
  for (const std::size_t slot : ignoredAt_)
    ignored.push_back(workspace.slots[shape_.size() + slot]);
  if (run.hasOrigin) ignored.push_back(workspace.slots[0]->find(kOrigin));
  workspace.parts = workspace.rest.find(*workspace.slots[0], workspace.uses.taken(), ignored,
                                        run.sourceBytes, run.output);
  if (workspace.parts.empty()) return;
  std::vector<json::Member>& members = workspace.members;
  const std::size_t base = members.size();
  for (const expression::Rest::Part& part : workspace.parts)
    members.push_back({part.path, json::Value::ofText(part.text)});
  const json::Value texts = run.output.object(std::span(members).subspan(base));
  members.resize(base);
  members.push_back({rest_, texts});
}

std::span<const json::Member> Mapping::mapped(const json::Value& data) const {
  std::span<const json::Member> members = data.members();
  const bool hasRest = !rest_.empty() && !members.empty() && members.back().name == rest_;
  return hasRest ? members.first(members.size() - 1) : members;
}

record::Content Mapping::content(expression::Run& run, const record::Record& record,
                                 const json::Value& data, const json::Value& time) const {
  const bool revised = !record.revision.empty();
  const std::span<const expression::Rest::Part> parts = run.workspace.parts;
  const bool allCount = std::all_of(parts.begin(), parts.end(),
                                    [](const expression::Rest::Part& part) { return part.counts; });
  record::Content content{data, time.text(), record.priority};
  if (ignoredFields_.empty() && (revised ? rest_.empty() : allCount)) return content;
  if (!ignoredFields_.empty()) content = withoutIgnored(run);
  const std::span<const json::Member> known = mapped(content.data);
  std::vector<json::Member> members(known.begin(), known.end());
  std::vector<json::Member> texts;
  for (const expression::Rest::Part& part : parts) {
    if (part.counts) texts.push_back({part.path, json::Value::ofText(part.text)});
  }
  if (!revised && !texts.empty()) members.push_back({rest_, run.output.object(texts)});
  content.data = run.output.object(members);
  return content;
}

/// What is made where nothing of what is ignored was sent. What then is missing is no problem: the
/// record itself has been made.
record::Content Mapping::withoutIgnored(expression::Run& run) const {
  for (const std::size_t slot : ignoredFields_) run.workspace.slots[slot] = nullptr;
  std::vector<Problem> problems;
  expression::Run again{run.output, problems, run.workspace, run.zone, run.day, run.record};
  const json::Value data =
      fields_.make(again, expression::Scope{0, expression::Place{nullptr, "/data", -1}});
  return {data, timeOf(again).text(), priorityOf(again)};
}

json::Value Mapping::formerData(expression::Run& run, const json::Value& data) const {
  const std::span<const json::Member> known = mapped(data);
  std::vector<json::Member> members(known.begin(), known.end());
  if (rest_.empty()) return data;
  std::vector<json::Member> texts;
  for (const json::Member& member : run.workspace.slots[0]->members()) {
    if (shape_.namesMember(member.name) || expression::isAbsent(member.value)) continue;
    const bool scalar = !member.value.isObject() && !member.value.isArray();
    texts.push_back({member.name, scalar
                                      ? json::Value::ofText(*expression::scalarText(member.value))
                                      : run.keep(json::write(member.value))});
  }
  if (!texts.empty()) members.push_back({rest_, run.output.object(texts)});
  return run.output.object(members);
}

std::string Mapping::restOf(const expression::Workspace& workspace) const {
  std::string out = rest_;
  for (const expression::Rest::Part& part : workspace.parts) {
    if (!part.counts && part.path.find('\n') == std::string_view::npos)
      out.append("\n").append(part.path);
  }
  return out;
}

json::Value Mapping::shown(const json::Value& event, json::Document& memory) const {
  return withNamedRest(event, named_, memory);
}

json::Value Mapping::withoutRest(const json::Value& event, json::Document& memory) {
  return withNamedRest(event, {}, memory);
}

std::string Mapping::keyParts(expression::Run& run) const {
  const expression::Place place{nullptr, "/subject", -1};
  std::string key;
  for (const expression::Expression& part : key_) {
    if (&part != &key_.front()) key += '/';
    const std::size_t before = run.problems.size();
    const json::Value value = part.evaluate(run, expression::Scope{0, place});
    const std::string_view text = trim(expression::scalarText(value).value_or(std::string_view()));
    if (text.empty() && run.problems.size() == before) {
      run.fail(codes::kMissing, place, part.source + " is part of the key but blank");
    }
    if (key_.size() == 1)
      key += text;
    else
      appendKeyPart(key, text);
  }
  if (key.size() > kMostKeyBytes) {
    run.fail(codes::kBadValue, place,
             "the key is longer than " + std::to_string(kMostKeyBytes) + " bytes");
    key.clear();
  }
  return key;
}

void Mapping::envelope(expression::Run& run, std::string_view peer, record::Record& record,
                       json::Value& time) const {
  const std::size_t before = run.problems.size();
  const std::string parts = keyParts(run);
  const bool whole = run.problems.size() == before;
  record.namesKey = keyIsFull_;
  if (whole && keyIsFull_) record.key = parts;
  if (whole && !keyIsFull_) record.key.append(peer).append(":").append(parts);
  std::string sourceId = textOf(sourceId_, run, 0, expression::Place{nullptr, "/sourceid", -1});
  if (!sourceId.empty()) record.sourceId = std::move(sourceId);
  if (record.sourceId.empty() && whole) record.sourceId = parts;
  if (record.sourceId.size() > kMostKeyBytes) {
    run.fail(codes::kBadValue, expression::Place{nullptr, "/sourceid", -1},
             "the source id is longer than " + std::to_string(kMostKeyBytes) + " bytes");
    record.sourceId.clear();
  }
  record.revision = textOf(revision_, run, 0, expression::Place{nullptr, "/revision", -1});
  time = timeOf(run);
  record.priority = priorityOf(run);
}

std::string Mapping::referenceOf(expression::Run& run, const record::Record& record) const {
  std::string id = !keyIsFull_ && record::isOfItsOwn(types_.front()) ? record.sourceId : "";
  if (reference_) {
    // It is kept beside the record, not in it.
    expression::Uses& uses = run.workspace.uses;
    const std::size_t outer = uses.begin();
    id = textOf(reference_, run, 0, expression::Place{nullptr, "/reference", -1});
    uses.end(outer, false);
  }
  return record::isReferenceId(id) ? id : std::string();
}

json::Value Mapping::timeOf(expression::Run& run) const {
  if (!time_) return {};
  return time_->evaluate(run, expression::Scope{0, expression::Place{nullptr, "/time", -1}});
}

record::Priority Mapping::priorityOf(expression::Run& run) const {
  const expression::Place place{nullptr, "/priority", -1};
  const std::string priority = textOf(priority_, run, 0, place);
  if (!priority.empty() && priority != "high" && priority != "normal") {
    run.fail(codes::kBadValue, place,
             "the mapping makes a priority that is neither normal nor high");
  }
  return priority == "high" ? record::Priority::high : record::Priority::normal;
}

}  // namespace lianqiao::pipeline
