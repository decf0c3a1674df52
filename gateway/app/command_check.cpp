#include <algorithm>
#include <cstdio>

#include "app/arguments.h"
#include "app/commands.h"
#include "app/setup.h"
#include "config/findings.h"
#include "plugin/describe.h"

namespace lianqiao::app {

int runCheck(int count, const char* const* texts) {
  auto arguments = parseArguments(count, texts, {"config", "format"}, {});
  if (!arguments) {
    std::fprintf(stderr, "%s\n", arguments.error().detail.c_str());
    return kUsage;
  }
  const auto json = arguments->wantsJson();
  if (!json) {
    std::fprintf(stderr, "%s\n", json.error().detail.c_str());
    return kUsage;
  }
  config::Findings findings;
  const auto setup = loadSetup(arguments->get("config", "config"), findings);
  if (*json) {
    std::printf("%s\n", config::toJson(findings).c_str());
  } else if (findings.empty() && setup) {
    std::printf("%zu peers, %zu adapters, %zu mappings, %zu code tables, %zu routes: no errors.\n",
                setup->config.peers.size(), setup->config.adapters.size(),
                setup->config.mappings.size(), setup->config.codeTables.size(),
                setup->config.routes.size());
    for (const std::string& caution : cautionsOf(*setup)) std::printf("%s\n", caution.c_str());
  } else {
    for (const config::Finding& finding : findings.all())
      std::printf("%s\n", finding.text().c_str());
    std::printf("%zu error%s.\n", findings.all().size(), findings.all().size() == 1 ? "" : "s");
  }
  return findings.empty() && setup ? kOk : kFailed;
}

int runDescribe(int count, const char* const* texts) {
  auto arguments = parseArguments(count, texts, {"plugins", "format", "lang"}, {});
  if (!arguments) {
    std::fprintf(stderr, "%s\n", arguments.error().detail.c_str());
    return kUsage;
  }
  const std::filesystem::path folder = arguments->get("plugins", defaultPlugins().string());
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

}  // namespace lianqiao::app
