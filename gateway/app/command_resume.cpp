#include <cstdio>

#include "admin/client.h"
#include "app/arguments.h"
#include "app/commands.h"
#include "app/running_node.h"
#include "lianqiao/json.h"

namespace lianqiao::app {

int runResume(int count, const char* const* texts) {
  auto arguments = parseArguments(count, texts, {"config", "data"}, {});
  if (!arguments || arguments->words.size() != 1) {
    std::fprintf(stderr, "%s\n",
                 arguments ? "usage: lianqiao resume [--config DIR | --data DIR] PEER"
                           : arguments.error().detail.c_str());
    return kUsage;
  }
  const auto node = runningNode(*arguments);
  if (!node) return kUsage;
  const std::string& peer = arguments->words.front();
  auto answer = admin::call(*node, "POST", "/v1/peers/" + percentEncode(peer) + "/resume");
  if (!answer) {
    std::fprintf(stderr, "%s\n", answer.error().detail.c_str());
    return kUsage;
  }
  if (answer->status != 200) {
    std::fprintf(stderr, "%s\n", answer->body.c_str());
    return kFailed;
  }
  json::Document document;
  const json::Value* resumed =
      json::parse(answer->body, document) ? document.root.find("resumed") : nullptr;
  const auto number = resumed == nullptr ? 0 : resumed->integer().value_or(0);
  if (number == 0) {
    std::printf("%s: nothing rests.\n", peer.c_str());
  } else {
    std::printf("%s: %lld of its requests and polls get one more try.\n", peer.c_str(),
                static_cast<long long>(number));
  }
  return kOk;
}

}  // namespace lianqiao::app
