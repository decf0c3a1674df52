#include <cstdio>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "doctor/doctor.h"

namespace lianqiao::cli {

int runDoctor(int count, const char* const* texts) {
  auto arguments = parseArguments(count, texts, {"config", "format"}, {"network"});
  if (!arguments) {
    std::fprintf(stderr, "%s\n", arguments.error().detail.c_str());
    return kUsage;
  }
  const auto json = arguments->words.empty()
                        ? arguments->wantsJson()
                        : surplusWord(*arguments, "The folder is named by --config DIR.");
  if (!json) {
    std::fprintf(stderr, "%s\n", json.error().detail.c_str());
    return kUsage;
  }
  const doctor::Checkup checkup =
      doctor::examine(arguments->get("config", "config"), arguments->has("network"));
  std::printf("%s", *json ? (checkup.json() + "\n").c_str() : checkup.text().c_str());
  return checkup.failed() ? kFailed : kOk;
}

}  // namespace lianqiao::cli
