#include <algorithm>
#include <cstdio>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "plugin/describe.h"
#include "setup/setup.h"
#include "yaml/findings.h"

namespace lianqiao::cli {
namespace {

std::string counted(std::size_t count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

/// The last lines: what was looked at where that is usable, how much was found, what works and yet
/// is unsafe, and why warnings alone end with 1.
std::string summaryOf(const setup::Inspection& seen, const yaml::Findings& errors) {
  const yaml::Findings& warnings = seen.reading.warnings;
  std::string found = errors.empty() ? "no errors" : counted(errors.all().size(), "error");
  if (!warnings.empty()) found += ", " + counted(warnings.all().size(), "warning");
  if (!errors.empty()) return found + ".\n";
  const config::GatewayConfig& config = seen.reading.config;
  std::string out = counted(config.peers.size(), "peer") + ", " +
                    counted(config.adapters.size(), "adapter") + ", " +
                    counted(config.mappings.size(), "mapping") + ", " +
                    counted(config.codeTables.size(), "code table") + ", " +
                    counted(config.routes.size(), "route") + ": " + found + ".\n";
  for (const std::string& caution : setup::cautionsOf(seen)) out += caution + "\n";
  if (!warnings.empty())
    out += "A gateway would start; check ends with 1 for warnings, too, until they are mended.\n";
  return out;
}

}  // namespace

int runCheck(int count, const char* const* texts) {
  auto arguments =
      parseOptions(count, texts, {"config", "format"}, {}, "The folder is named by --config DIR.");
  const auto json = arguments ? arguments->wantsJson() : Result<bool>(arguments.error());
  if (!json) {
    std::fprintf(stderr, "%s\n", json.error().detail.c_str());
    return kUsage;
  }
  yaml::Findings errors;
  setup::AdapterSet adapters;
  const setup::Inspection seen =
      setup::inspect(arguments->get("config", "config"), adapters, errors);
  const yaml::Findings& warnings = seen.reading.warnings;
  if (*json) {
    std::printf("%s\n", yaml::toJson(errors, warnings).c_str());
  } else {
    std::fputs(yaml::toText(errors, warnings).c_str(), stdout);
    std::fputs(summaryOf(seen, errors).c_str(), stdout);
  }
  return errors.empty() && warnings.empty() ? kOk : kFailed;
}

int runDescribe(int count, const char* const* texts) {
  auto arguments = parseArguments(count, texts, {"plugins", "format", "lang"}, {});
  if (!arguments) {
    std::fprintf(stderr, "%s\n", arguments.error().detail.c_str());
    return kUsage;
  }
  const std::filesystem::path folder = arguments->get("plugins", setup::defaultPlugins().string());
  std::vector<std::string> names = arguments->words;
  if (names.empty()) {
    std::error_code error;
    for (const auto& file : std::filesystem::directory_iterator(folder, error)) {
      if (file.path().extension() == ".so") names.push_back(file.path().stem().string());
    }
    std::sort(names.begin(), names.end());
  }
  auto adapters = plugin::AdapterRegistry::load(folder, names);
  if (!adapters) {
    std::fprintf(stderr, "%s\n", adapters.error().detail.c_str());
    return kUsage;
  }
  const std::string format = arguments->get("format", "text");
  const auto language =
      arguments->get("lang", "en") == "zh" ? plugin::Language::chinese : plugin::Language::english;
  for (const std::string& name : names) {
    const Descriptor& descriptor = *(*adapters)->find(name);
    std::string text;
    if (format == "json") {
      text = plugin::describeJson(descriptor);
    } else if (format == "markdown") {
      text = plugin::describeMarkdown(descriptor, language);
    } else {
      text = plugin::describeText(descriptor, language);
    }
    std::printf("%s\n", text.c_str());
  }
  return kOk;
}

}  // namespace lianqiao::cli
