#include "conformance/conformance.h"

#include <algorithm>
#include <sstream>

#include "conformance/conformance_parts.h"
#include "conformance/test_data.h"
#include "plugin/describe.h"
#include "plugin/descriptor_check.h"
#include "yaml/scalar.h"

namespace lianqiao::conformance {

namespace {

std::vector<std::string> listOf(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    items.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
    if (text.starts_with(' ')) text.remove_prefix(1);
  }
  return items;
}

template <typename T>
std::optional<Settings::Value> accepted(yaml::Reading<T> reading) {
  if (T* value = std::get_if<T>(&reading)) return std::move(*value);
  return std::nullopt;
}

std::optional<Settings::Value> valueOf(const FieldSpec& spec, std::string_view text) {
  switch (spec.kind) {
    case FieldKind::secret:
      return Secret(std::string(text));
    case FieldKind::boolean:
      return accepted(yaml::parseBoolean(text));
    case FieldKind::integer:
      return accepted(yaml::parseInteger(text));
    case FieldKind::size:
      return accepted(yaml::parseSize(text));
    case FieldKind::duration:
      return accepted(yaml::parseDuration(text));
    case FieldKind::url:
      return accepted(yaml::parseUrl(text, yaml::kWebSchemes));
    case FieldKind::choice:
      return accepted(yaml::parseChoice(text, spec.choices));
    case FieldKind::list:
      return listOf(text);
    case FieldKind::text:
    case FieldKind::path:
      return std::string(text);
  }
  return std::nullopt;
}

void checkDescriptor(const ConformanceCase& conformance) {
  const Descriptor& descriptor = *conformance.descriptor;
  for (const std::string& problem : plugin::descriptorProblems(descriptor)) {
    ADD_FAILURE() << "descriptor: " << problem;
  }
  EXPECT_EQ(descriptor.makeReceiver != nullptr, conformance.receiver.has_value())
      << "the case must have a receiver part exactly where the adapter has that role";
  EXPECT_EQ(descriptor.makeSink != nullptr && !descriptor.deliversInSession,
            conformance.sink.has_value())
      << "the case must have a sink part exactly where the adapter has that role by itself";
  EXPECT_EQ(descriptor.makeSource != nullptr, conformance.source.has_value())
      << "the case must have a source part exactly where the adapter has that role";
  EXPECT_EQ(descriptor.makeSession != nullptr, conformance.session.has_value())
      << "the case must have a session part exactly where the adapter has that role";
  EXPECT_EQ(descriptor.makeCounterpart != nullptr, conformance.counterpart.has_value())
      << "the case must have a counterpart part exactly where the adapter has that role";
  EXPECT_EQ(descriptor.makeMock != nullptr, conformance.mock.has_value())
      << "the case must have a mock part exactly where the adapter has that role";
  EXPECT_EQ(descriptor.makeReader != nullptr, conformance.reader.has_value())
      << "the case must have a reader part exactly where the adapter reads samples";
  if (!conformance.session) {
    EXPECT_NE(descriptor.makeMock, nullptr) << "an adapter ships a mock of its platform";
  }
}

void checkReadme(const ConformanceCase& conformance) {
  const std::string readme = test::readFile(conformance.readme);
  std::istringstream table(
      plugin::describeMarkdown(*conformance.descriptor, plugin::Language::english));
  for (std::string line; std::getline(table, line);) {
    if (!line.starts_with("| `")) continue;
    EXPECT_NE(readme.find(line + "\n"), std::string::npos)
        << conformance.readme << " lacks this row (lianqiao describe --format markdown): " << line;
  }
}

// False when a role that the case tries out was not made. A factory may return nothing where the
// settings switch its role off, so this is asked with all settings only.
bool factoriesWork(const ConformanceCase& conformance, const Settings& settings, bool all_settings,
                   Ears& ears) {
  const Descriptor& descriptor = *conformance.descriptor;
  test::FakeHost host;
  bool whole = true;
  const auto made = [&](std::string_view factory, const auto& call) {
    const auto role = attempt(factory, call);
    if (!role) ears.hear(factory, role.error());
    const bool missing = !role || (all_settings && *role == nullptr);
    EXPECT_FALSE(missing) << factory << " made nothing";
    whole = whole && !missing;
  };
  if (conformance.receiver && descriptor.makeReceiver != nullptr) {
    made("makeReceiver", [&] { return descriptor.makeReceiver(settings, host); });
  }
  if (conformance.session && descriptor.makeSession != nullptr) {
    made("makeSession", [&] { return descriptor.makeSession(settings, host); });
  }
  if (conformance.sink && descriptor.makeSink != nullptr) {
    made("makeSink", [&] { return descriptor.makeSink(settings, host); });
  }
  if (conformance.mock && descriptor.makeMock != nullptr) {
    made("makeMock", [&] { return descriptor.makeMock(settings); });
  }
  EXPECT_TRUE(host.calls().empty())
      << "a factory may not connect, and one has sent " << host.calls().size() << " call(s)";
  ears.hear(host);
  return whole;
}

}  // namespace

Settings settingsOf(const Descriptor& descriptor, const std::vector<Given>& given) {
  Settings settings;
  for (const FieldSpec& spec : descriptor.settings) {
    if (spec.fallback.empty()) {
      if (!spec.required) settings.describe(std::string(spec.name));
      continue;
    }
    if (auto value = valueOf(spec, spec.fallback)) {
      settings.set(std::string(spec.name), *std::move(value));
    }
  }
  for (const Given& one : given) {
    const auto spec =
        std::find_if(descriptor.settings.begin(), descriptor.settings.end(),
                     [&one](const FieldSpec& candidate) { return candidate.name == one.name; });
    if (spec == descriptor.settings.end()) {
      ADD_FAILURE() << "the adapter describes no setting " << one.name;
      continue;
    }
    auto value = valueOf(*spec, one.value);
    if (value) {
      settings.set(one.name, *std::move(value));
    } else {
      ADD_FAILURE() << "setting " << one.name << " cannot be " << one.value;
    }
  }
  return settings;
}

Ears::Ears(const ConformanceCase& conformance) {
  std::vector<Given> all = conformance.settings;
  all.insert(all.end(), conformance.more.begin(), conformance.more.end());
  for (const Given& one : all) {
    for (const FieldSpec& spec : conformance.descriptor->settings) {
      if (spec.name != one.name || spec.kind != FieldKind::secret) continue;
      EXPECT_GE(one.value.size(), 8U) << "secret " << one.name << " is too short for a canary";
      canaries_.emplace_back("the secret " + one.name, one.value);
    }
  }
  for (const std::string& value : conformance.personal) {
    canaries_.emplace_back("a personal value", value);
  }
}

void Ears::hear(std::string_view where, std::string_view text) {
  for (const auto& [name, value] : canaries_) {
    EXPECT_EQ(text.find(value), std::string_view::npos)
        << where << " tells " << name << ": " << text;
  }
}

void Ears::hear(std::string_view where, const Error& error) {
  EXPECT_NE(error.code.find('.'), std::string::npos)
      << where << ": the code \"" << error.code << "\" is not of the form stage.cause";
  EXPECT_FALSE(error.detail.empty()) << where << ": an error says what happened and what to do";
  hear(where, error.detail);
}

void Ears::hear(std::string_view where, const std::vector<Problem>& problems) {
  for (const Problem& problem : problems) {
    EXPECT_NE(problem.code.find('.'), std::string::npos) << where << ": " << problem.code;
    EXPECT_FALSE(problem.message.empty()) << where;
    hear(where, problem.message);
  }
}

void Ears::hear(std::string_view where, const Outcome& outcome) {
  const bool delivered = outcome.verdict == Verdict::delivered;
  EXPECT_EQ(outcome.code.empty(), delivered)
      << where << ": a code stands exactly where it was not delivered; it is \"" << outcome.code
      << '"';
  hear(where, outcome.detail);
  hear(where, outcome.receipt);
}

void Ears::hear(const test::FakeHost& host) {
  for (const auto& line : host.logs()) hear("a log line", line.message);
}

SampleDelivery::SampleDelivery(std::string_view payload, std::string key)
    : key_(std::move(key)), record_id_("rec-" + key_), payload_text_(payload) {
  EXPECT_TRUE(json::parse(payload_text_, payload_)) << "the sample payload is no JSON";
  record_text_ =
      R"({"specversion":"1.0","id":")" + record_id_ +
      R"(","source":"/peers/sample","type":"cn.lianqiao.work_order.v1","subject":"k-1",)" +
      R"("data":)" + payload_text_ + "}";
  EXPECT_TRUE(json::parse(record_text_, record_));
  delivery_.recordId = record_id_;
  delivery_.key = "k-1";
  delivery_.type = "work_order";
  delivery_.idempotencyKey = key_;
  delivery_.payload = payload_.root;
  delivery_.payloadText = payload_text_;
  delivery_.record = record_.root;
}

std::vector<ItemVerdict> acceptedVerdicts(const std::vector<RawItem>& items) {
  std::vector<ItemVerdict> verdicts;
  for (const RawItem& item : items) {
    ItemVerdict verdict;
    verdict.id = "rec-" + std::to_string(verdicts.size() + 1);
    verdict.sourceId = item.sourceId;
    if (!item.problems.empty() || !isJsonObject(item.body)) {
      verdict.status = ItemVerdict::Status::quarantined;
      verdict.problems = item.problems;
    }
    verdicts.push_back(std::move(verdict));
  }
  return verdicts;
}

bool isJsonObject(std::string_view text) {
  json::Document document;
  return json::parse(text, document) && document.root.isObject();
}

void run(const ConformanceCase& conformance) {
  ASSERT_NE(conformance.descriptor, nullptr);
  checkDescriptor(conformance);
  if (!conformance.readme.empty()) checkReadme(conformance);
  Ears ears(conformance);
  std::vector<Given> all = conformance.settings;
  all.insert(all.end(), conformance.more.begin(), conformance.more.end());
  const Settings least = settingsOf(*conformance.descriptor, conformance.settings);
  const Settings settings = settingsOf(*conformance.descriptor, all);
  if (!factoriesWork(conformance, least, false, ears)) return;
  if (!factoriesWork(conformance, settings, true, ears)) return;
  if (conformance.receiver) checkReceiver(conformance, settings, ears);
  if (conformance.receiver && !conformance.golden.empty()) checkGolden(conformance, settings, ears);
  if (conformance.sink) checkSink(conformance, settings, ears);
  if (conformance.source) checkSource(conformance, ears);
  if (conformance.session) checkSession(conformance, ears);
  if (conformance.counterpart) checkCounterpart(conformance, ears);
  if (conformance.reader) checkReader(conformance, settings, ears);
  if (conformance.mock) checkMock(conformance, settings, ears);
}

}  // namespace lianqiao::conformance
