#include <cstdio>

#include "admin/client.h"
#include "app/arguments.h"
#include "app/commands.h"
#include "app/running_node.h"
#include "lianqiao/json.h"

namespace lianqiao::app {

int runResume(int count, const char* const* texts) {
  auto arguments = parseArguments(count, texts, {"config", "data", "format"}, {});
  const auto asJson = arguments ? arguments->wantsJson() : Result<bool>(arguments.error());
  if (!asJson || arguments->words.size() != 1 || arguments->words.front().empty()) {
    std::fprintf(
        stderr, "%s\n",
        asJson ? "usage: lianqiao resume [--config DIR | --data DIR] [--format text|json] PEER"
               : asJson.error().detail.c_str());
    return kUsage;
  }
  const auto node = runningNode(*arguments);
  if (!node) return kUsage;
  const std::string& peer = arguments->words.front();
  const auto answer = admin::call(*node, "POST", "/v1/peers/" + percentEncode(peer) + "/resume");
  if (!answer || answer->status != 200) {
    const std::string why = answer ? admin::messageOf(*answer) : answer.error().detail;
    std::fprintf(stderr, "%s\n", why.c_str());
    return kFailed;
  }
  if (*asJson) {
    std::printf("%s\n", answer->body.c_str());
    return kOk;
  }
  json::Document document;
  const json::Value* resumed =
      json::parse(answer->body, document) ? document.root.find("resumed") : nullptr;
  const auto number = resumed == nullptr ? 0 : resumed->integer().value_or(0);
  if (number == 0) {
    std::printf(
        "%s: nothing rests on this node. Each node counts its own: where several run, ask those, "
        "too.\n",
        peer.c_str());
  } else {
    std::printf("%s: %lld of its requests and polls get one more try on this node.\n", peer.c_str(),
                static_cast<long long>(number));
  }
  return kOk;
}

}  // namespace lianqiao::app
