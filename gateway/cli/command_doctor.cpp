#include <cstdio>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "doctor/doctor.h"

namespace lianqiao::cli {

int runDoctor(int count, const char* const* texts) {
  auto arguments = parseOptions(count, texts, {"config", "format"}, {"network"},
                                "The folder is named by --config DIR.");
  const auto json = arguments ? arguments->wantsJson() : Result<bool>(arguments.error());
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
