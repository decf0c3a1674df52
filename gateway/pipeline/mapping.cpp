#include "pipeline/mapping.h"

#include "lianqiao/codes.h"
#include "lianqiao/text.h"

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

std::string textOf(const std::optional<Expression>& expression, Run& run, std::size_t base,
                   const Place& place) {
  if (!expression) return {};
  const json::Value value = expression->evaluate(run, Scope{base, place});
  return std::string(trim(scalarText(value).value_or(std::string_view())));
}

}  // namespace

bool Mapping::bind(const json::Value& source, Workspace& workspace) const {
  workspace.rest.clear();
  shape_.bind(source, workspace.slots, 0, rest_.empty() ? nullptr : &workspace.rest);
  return !when_ || when_->holds(workspace.slots, 0);
}

json::Value Mapping::make(Run& run) const {
  const Place root{nullptr, direction_ == Direction::inbound ? "/data" : "", -1};
  const Scope scope{0, root};
  if (rest_.empty()) return fields_.make(run, scope);
  std::vector<json::Member> extra;
  addRest(run, extra);
  return fields_.make(run, scope, &extra);
}

void Mapping::addRest(Run& run, std::vector<json::Member>& members) const {
  std::vector<json::Member> texts;
  for (const json::Member& member : run.workspace.rest) {
    if (isAbsent(member.value)) continue;
    const bool scalar = !member.value.isObject() && !member.value.isArray();
    const json::Value text = scalar ? json::Value::ofText(*scalarText(member.value))
                                    : run.keep(json::write(member.value));
    texts.push_back({member.name, text});
  }
  if (!texts.empty()) members.push_back({rest_, run.output.object(texts)});
}

std::string Mapping::keyParts(Run& run) const {
  const Place place{nullptr, "/subject", -1};
  std::string key;
  for (const Expression& part : key_) {
    if (&part != &key_.front()) key += '/';
    const std::size_t before = run.problems.size();
    const json::Value value = part.evaluate(run, Scope{0, place});
    const std::string_view text = trim(scalarText(value).value_or(std::string_view()));
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

void Mapping::envelope(Run& run, std::string_view peer, record::Record& record,
                       json::Value& time) const {
  const std::size_t before = run.problems.size();
  const std::string parts = keyParts(run);
  const bool whole = run.problems.size() == before;
  record.namesKey = keyIsFull_;
  if (whole && keyIsFull_) record.key = parts;
  if (whole && !keyIsFull_) record.key.append(peer).append(":").append(parts);
  std::string sourceId = textOf(sourceId_, run, 0, Place{nullptr, "/sourceid", -1});
  if (!sourceId.empty()) record.sourceId = std::move(sourceId);
  if (record.sourceId.empty() && whole) record.sourceId = parts;
  if (record.sourceId.size() > kMostKeyBytes) {
    run.fail(codes::kBadValue, Place{nullptr, "/sourceid", -1},
             "the source id is longer than " + std::to_string(kMostKeyBytes) + " bytes");
    record.sourceId.clear();
  }
  record.revision = textOf(revision_, run, 0, Place{nullptr, "/revision", -1});
  if (time_) time = time_->evaluate(run, Scope{0, Place{nullptr, "/time", -1}});
  const std::string priority = textOf(priority_, run, 0, Place{nullptr, "/priority", -1});
  record.priority = priority == "high" ? record::Priority::high : record::Priority::normal;
  if (!priority.empty() && priority != "high" && priority != "normal") {
    run.fail(codes::kBadValue, Place{nullptr, "/priority", -1},
             "the mapping makes a priority that is neither normal nor high");
  }
}

}  // namespace lianqiao::pipeline
