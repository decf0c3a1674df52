#include <cstdio>

#include "admin/client.h"
#include "admin/json_builder.h"
#include "base/text_view.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/running_node.h"

namespace lianqiao::cli {
namespace {

std::string stoppedText(std::int64_t delivered) {
  return std::to_string(delivered) +
         " things are lined up. The release stopped there; the same command goes on with it.\n";
}

std::string releasedText(const std::string& peer, const std::string& path, std::int64_t delivered,
                         bool asJson) {
  if (asJson) {
    admin::JsonBuilder json;
    json.object().field("peer", peer).field("path", path).field("delivered", delivered).end();
    return json.take() + "\n";
  }
  const std::string lined =
      delivered == 0 ? "nothing waits any more with a change of " + path
                     : std::to_string(delivered) + " things had changed in " + path +
                           " since they were delivered; they are lined up as they are now";
  return peer + ": " + lined + ". Changes of " + path + " are delivered from now on.\n";
}

}  // namespace

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
  const std::string target =
      "/v1/peers/" + percentEncode(peer) + "/release?path=" + percentEncode(path);
  std::int64_t delivered = 0, left = 0;
  do {
    const auto answer = admin::call(*node, "POST", target);
    if (!answer || answer->status != 200) {
      if (delivered > 0) std::fprintf(stderr, "%s", stoppedText(delivered).c_str());
      if (!answer) return callFailed(answer.error());
      std::fprintf(stderr, "%s\n", admin::messageOf(*answer).c_str());
      return kFailed;
    }
    const base::ShownJson shown(answer->body);
    delivered += base::numberOf(&shown.root(), "delivered");
    left = base::numberOf(&shown.root(), "left");
  } while (left > 0);
  std::fputs(releasedText(peer, path, delivered, *json).c_str(), stdout);
  return kOk;
}

}  // namespace lianqiao::cli
