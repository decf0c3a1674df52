#include <cstdio>

#include "admin/client.h"
#include "base/text_view.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/running_node.h"
#include "lianqiao/json.h"

namespace lianqiao::cli {
namespace {

std::string resumedView(const std::string& peer, std::string_view answer) {
  const base::ShownJson shown(answer);
  if (!shown) return std::string(answer) + "\n";
  const auto number = [&](std::string_view name) {
    const json::Value* value = shown.root().find(name);
    return value == nullptr ? 0 : value->integer().value_or(0);
  };
  const auto is = [&](std::string_view name) {
    const json::Value* value = shown.root().find(name);
    return value != nullptr && value->boolean();
  };
  std::string text;
  const auto say = [&](const std::string& what) { text += peer + ": " + what + "\n"; };
  if (is("deliveries")) say("its rest is over, a try is under way.");
  if (is("polls")) say("it is polled now.");
  if (const auto retries = number("retries"); retries > 0)
    say(std::to_string(retries) + " of its retries are due now.");
  if (const auto suspects = number("suspects"); suspects > 0)
    say(std::to_string(suspects) + " of its requests and polls get one more try.");
  if (text.empty()) say("nothing rests on this node.");
  if (const json::Value* error = shown.root().find("error"); error != nullptr)
    say("its retries keep their times: " + std::string(base::textOf(*error, "message")));
  text += "Rests are each node's own: where several run, resume on those, too.\n";
  return text;
}

}  // namespace

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
  if (!answer) return callFailed(answer.error());
  if (answer->status != 200) {
    std::fprintf(stderr, "%s\n", admin::messageOf(*answer).c_str());
    return kFailed;
  }
  if (*asJson) {
    std::printf("%s\n", answer->body.c_str());
    return kOk;
  }
  std::fputs(resumedView(peer, answer->body).c_str(), stdout);
  return kOk;
}

}  // namespace lianqiao::cli
