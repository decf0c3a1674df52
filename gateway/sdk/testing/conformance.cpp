#include "sdk/testing/conformance.h"

#include <algorithm>
#include <charconv>

#include "plugin/descriptor_check.h"
#include "sdk/testing/conformance_parts.h"

namespace lianqiao::conformance {

namespace {

std::optional<std::int64_t> quantity(std::string_view text,
                                     const std::vector<std::pair<std::string_view, int>>& units) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (text.starts_with(' ')) text.remove_prefix(1);
  for (const auto& [unit, factor] : units) {
    if (text == unit) return number * factor;
  }
  return std::nullopt;
}

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

std::optional<Settings::Value> valueOf(FieldKind kind, std::string_view text) {
  switch (kind) {
    case FieldKind::secret:
      return Secret(std::string(text));
    case FieldKind::boolean:
      if (text != "true" && text != "false") return std::nullopt;
      return text == "true";
    case FieldKind::list:
      return listOf(text);
    case FieldKind::integer:
      if (const auto n = quantity(text, {{"", 1}})) return *n;
      return std::nullopt;
    case FieldKind::size:
      if (const auto n = quantity(text, {{"", 1}, {"B", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}})) {
        return *n;
      }
      return std::nullopt;
    case FieldKind::duration:
      if (const auto n = quantity(text, {{"ms", 1},
                                         {"s", 1000},
                                         {"m", 60'000},
                                         {"min", 60'000},
                                         {"h", 3'600'000},
                                         {"d", 86'400'000}})) {
        return std::chrono::milliseconds(*n);
      }
      return std::nullopt;
    case FieldKind::text:
    case FieldKind::url:
    case FieldKind::choice:
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
  EXPECT_EQ(descriptor.makeSink != nullptr, conformance.sink.has_value())
      << "the case must have a sink part exactly where the adapter has that role";
  EXPECT_EQ(descriptor.makeSource != nullptr, conformance.source.has_value())
      << "the case must have a source part exactly where the adapter has that role";
  EXPECT_EQ(descriptor.makeMock != nullptr, conformance.mock.has_value())
      << "the case must have a mock part exactly where the adapter has that role";
  EXPECT_NE(descriptor.makeMock, nullptr) << "an adapter ships a mock of its platform";
}

// False when one made nothing: then there is nothing to try out.
bool factoriesWork(const Descriptor& descriptor, const Settings& settings, Ears& ears) {
  test::FakeHost host;
  bool all = true;
  const auto made = [&](std::string_view factory, const auto& call) {
    const auto role = attempt(factory, call);
    if (role) {
      EXPECT_NE(*role, nullptr) << factory << " made nothing";
      all = all && *role != nullptr;
    } else {
      all = false;
      ears.hear(factory, role.error());
    }
  };
  if (descriptor.makeReceiver != nullptr) {
    made("makeReceiver", [&] { return descriptor.makeReceiver(settings, host); });
  }
  if (descriptor.makeSink != nullptr) {
    made("makeSink", [&] { return descriptor.makeSink(settings, host); });
  }
  if (descriptor.makeMock != nullptr) {
    made("makeMock", [&] { return descriptor.makeMock(settings); });
  }
  EXPECT_TRUE(host.calls().empty())
      << "a factory may not connect, and one has sent " << host.calls().size() << " call(s)";
  ears.hear(host);
  return all;
}

}  // namespace

Settings settingsOf(const Descriptor& descriptor, const std::vector<Given>& given) {
  Settings settings;
  for (const FieldSpec& spec : descriptor.settings) {
    if (spec.fallback.empty()) continue;
    if (auto value = valueOf(spec.kind, spec.fallback)) {
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
    auto value = valueOf(spec->kind, one.value);
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
  Ears ears(conformance);
  std::vector<Given> all = conformance.settings;
  all.insert(all.end(), conformance.more.begin(), conformance.more.end());
  const std::pair<std::string_view, std::vector<Given>> passes[] = {
      {"with the required settings", conformance.settings}, {"with all settings", all}};
  for (const auto& [name, given] : passes) {
    SCOPED_TRACE(name);
    const Settings settings = settingsOf(*conformance.descriptor, given);
    if (!factoriesWork(*conformance.descriptor, settings, ears)) return;
  }
  const Settings settings = settingsOf(*conformance.descriptor, all);
  if (conformance.receiver) checkReceiver(conformance, settings, ears);
  if (conformance.receiver && !conformance.golden.empty()) checkGolden(conformance, settings, ears);
  if (conformance.sink) checkSink(conformance, settings, ears);
  if (conformance.source) checkSource(conformance, ears);
  if (conformance.mock) checkMock(conformance, settings, ears);
}

}  // namespace lianqiao::conformance
