#include <cstdio>

#include "admin/client.h"
#include "app/arguments.h"
#include "app/commands.h"
#include "app/running_node.h"

namespace lianqiao::app {

int runRelease(int count, const char* const* texts) {
  auto arguments = parseArguments(count, texts, {"config", "data", "format"}, {});
  const auto json = arguments ? arguments->wantsJson() : Result<bool>(arguments.error());
  if (!json || arguments->words.size() != 2) {
    std::fprintf(
        stderr, "%s\n",
        json ? "usage: lianqiao release [--config DIR | --data DIR] [--format text|json] PEER PATH"
             : json.error().detail.c_str());
    return kUsage;
  }
  const auto node = runningNode(*arguments);
  if (!node) return kUsage;
  const std::string &peer = arguments->words[0], &path = arguments->words[1];
  const auto answer = admin::call(
      *node, "POST", "/v1/peers/" + percentEncode(peer) + "/release?path=" + percentEncode(path));
  if (!answer) return callFailed(answer.error());
  if (answer->status != 200) {
    std::fprintf(stderr, "%s\n", admin::messageOf(*answer).c_str());
    return kFailed;
  }
  if (*json) {
    std::printf("%s\n", answer->body.c_str());
  } else {
    std::printf(
        "%s: changes of %s are delivered from now on; what it is at present, when it comes "
        "again.\n",
        peer.c_str(), path.c_str());
  }
  return kOk;
}

}  // namespace lianqiao::app
