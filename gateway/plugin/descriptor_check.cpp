#include "plugin/descriptor_check.h"

#include <algorithm>
#include <functional>
#include <set>

#include "config/field_range.h"
#include "lianqiao/ascii.h"
#include "yaml/scalar.h"

namespace lianqiao::plugin {

namespace {

template <typename T>
bool fits(const yaml::Reading<T>& reading) {
  return std::holds_alternative<T>(reading);
}

bool fallbackFits(const FieldSpec& spec) {
  switch (spec.kind) {
    case FieldKind::boolean:
      return fits(yaml::parseBoolean(spec.fallback));
    case FieldKind::integer:
    case FieldKind::duration:
    case FieldKind::size:
      return fits(config::parseNumeric(spec, spec.fallback));
    case FieldKind::url:
      return fits(yaml::parseUrl(spec.fallback, yaml::kWebSchemes));
    case FieldKind::choice:
      return fits(yaml::parseChoice(spec.fallback, spec.choices));
    case FieldKind::text:
    case FieldKind::secret:
    case FieldKind::list:
    case FieldKind::path:
      return true;
  }
  return false;
}

// "\xE4" to "\xE9" begin U+4000 to U+9FFF, in which nearly every Chinese character lies.
bool hasChinese(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0xE4 && byte <= 0xE9;
  });
}

using Tell = std::function<void(std::string_view)>;

void checkRange(const FieldSpec& spec, const Tell& wrong) {
  const bool none = spec.least.empty() && spec.most.empty();
  if (!config::isNumeric(spec.kind)) {
    if (!none) wrong("has a range (least, most) but is no integer, duration or size");
  } else if (spec.least.empty() || spec.most.empty()) {
    wrong("has no range: give it least and most");
  } else if (!config::rangeOf(spec)) {
    wrong("has a range from \"" + std::string(spec.least) + "\" to \"" + std::string(spec.most) +
          "\", which does not fit its kind");
  }
  if (spec.unit.empty() && spec.unitZh.empty()) return;
  if (spec.kind != FieldKind::integer) wrong("has a unit but is no integer");
  if (spec.unit.empty() || !hasChinese(spec.unitZh)) {
    wrong("has its unit in one language only: give it unit and unitZh");
  }
}

void checkSetting(const FieldSpec& spec, std::vector<std::string>& problems) {
  const Tell wrong = [&](std::string_view what) {
    problems.push_back("setting " + std::string(spec.name) + " " + std::string(what));
  };
  if (!isLowerSnake(spec.name)) wrong("has a name that is not lower_snake");
  if (spec.doc.empty()) wrong("has no English sentence (doc)");
  if (!hasChinese(spec.docZh)) wrong("has no Chinese sentence (docZh)");
  if (spec.kind == FieldKind::choice && spec.choices.empty()) wrong("is a choice without choices");
  if (spec.kind != FieldKind::choice && !spec.choices.empty()) {
    wrong("has choices but is not of kind choice");
  }
  checkRange(spec, wrong);
  if (spec.required && !spec.fallback.empty()) wrong("is required and has a fallback: choose one");
  if (spec.kind == FieldKind::secret && !spec.fallback.empty())
    wrong("is a secret with a fallback");
  if (!spec.fallback.empty() && !fallbackFits(spec)) {
    wrong("has the fallback \"" + std::string(spec.fallback) + "\", which does not fit its kind" +
          (config::rangeOf(spec) ? " or range" : ""));
  }
}

void checkMarks(const Descriptor& descriptor, std::vector<std::string>& problems) {
  const CallerMarks& marks = descriptor.callerMarks;
  if ((!marks.signedBy.empty() || !marks.time.empty()) && !descriptor.authenticatesCallers) {
    problems.emplace_back("it says what its callers bear and does not authenticate them");
  }
  if (marks.skew.empty()) return;
  const bool known =
      std::any_of(descriptor.settings.begin(), descriptor.settings.end(), [&](const auto& spec) {
        return spec.name == marks.skew && spec.kind == FieldKind::duration &&
               !spec.fallback.empty();
      });
  if (!known || marks.time.empty()) {
    problems.emplace_back(
        "the skew of its callers' marks is no duration with a fallback beside a time");
  }
}

}  // namespace

bool isLowerSnake(std::string_view name) {
  const auto belongs = [](char c) { return (c >= 'a' && c <= 'z') || isDigit(c) || c == '_'; };
  return !name.empty() && name.size() <= 35 && name.front() >= 'a' && name.front() <= 'z' &&
         std::all_of(name.begin(), name.end(), belongs);
}

std::vector<std::string> descriptorProblems(const Descriptor& descriptor) {
  std::vector<std::string> problems;
  if (!isLowerSnake(descriptor.name)) {
    problems.push_back("the name \"" + std::string(descriptor.name) + "\" is not lower_snake");
  }
  if (descriptor.version.empty()) problems.emplace_back("it names no version");
  if (descriptor.summary.empty()) problems.emplace_back("it has no English summary");
  if (!hasChinese(descriptor.summaryZh))
    problems.emplace_back("it has no Chinese summary (summaryZh)");
  if (descriptor.makeReceiver == nullptr && descriptor.makeSource == nullptr &&
      descriptor.makeSink == nullptr && descriptor.makeSession == nullptr) {
    problems.emplace_back(
        "it offers no role: give it makeReceiver, makeSource, makeSession or makeSink");
  }
  if (descriptor.makeSource != nullptr && descriptor.makeSession != nullptr) {
    problems.emplace_back("it has a source and a session: a peer is asked in one way, choose one");
  }
  if (descriptor.deliversInSession &&
      (descriptor.makeSession == nullptr || descriptor.makeSink == nullptr)) {
    problems.emplace_back("it delivers in its session and lacks the session or the sink");
  }
  if (descriptor.authenticatesCallers && descriptor.makeReceiver == nullptr) {
    problems.emplace_back("it authenticates callers but has no receiver");
  }
  checkMarks(descriptor, problems);
  std::set<std::string_view> names;
  for (const FieldSpec& spec : descriptor.settings) {
    checkSetting(spec, problems);
    if (!names.insert(spec.name).second) {
      problems.push_back("setting " + std::string(spec.name) + " is described twice");
    }
  }
  for (const FieldSpec& spec : descriptor.settings) {
    if (!spec.formerly.empty() && !names.insert(spec.formerly).second) {
      problems.push_back("setting " + std::string(spec.name) + " was formerly " +
                         std::string(spec.formerly) + ", which is the name of another");
    }
  }
  return problems;
}

}  // namespace lianqiao::plugin
