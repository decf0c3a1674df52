#include <cstdio>

#include "admin/client.h"
#include "cli/commands.h"
#include "cli/running_node.h"
#include "runtime/reload_report.h"

namespace lianqiao::cli {

int runReload(int count, const char* const* texts) {
  auto arguments = parseArguments(count, texts, {"config", "data", "format"}, {});
  const auto json = arguments ? arguments->wantsJson() : Result<bool>(false);
  if (!arguments || !arguments->words.empty() || !json) {
    std::fprintf(stderr, "%s\n",
                 arguments
                     ? "usage: lianqiao reload [--config DIR | --data DIR] [--format text|json]"
                     : arguments.error().detail.c_str());
    return kUsage;
  }
  const auto node = runningNode(*arguments);
  if (!node) return kUsage;
  auto answer = admin::call(*node, "POST", "/v1/reload", std::chrono::minutes(5));
  if (!answer) return callFailed(answer.error());
  std::fputs(*json ? (answer->body + "\n").c_str() : runtime::reloadView(answer->body).c_str(),
             stdout);
  return answer->status == 200 ? kOk : kFailed;
}

}  // namespace lianqiao::cli
