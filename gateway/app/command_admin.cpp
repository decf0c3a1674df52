#include <algorithm>
#include <cstdio>
#include <thread>

#include "admin/client.h"
#include "app/arguments.h"
#include "app/commands.h"
#include "app/exception_query.h"
#include "app/running_node.h"
#include "app/status_view.h"

namespace lianqiao::app {
namespace {

/// Calls and prints the JSON answer; the exit code.
int show(const admin::NodeFile& node, const std::string& method, const std::string& target) {
  auto answer = admin::call(node, method, target);
  if (!answer) {
    std::fprintf(stderr, "%s\n", answer.error().detail.c_str());
    return kFailed;
  }
  std::fprintf(answer->status < 300 ? stdout : stderr, "%s\n", answer->body.c_str());
  return answer->status < 300 ? kOk : kFailed;
}

int usage(const Error& error) {
  std::fprintf(stderr, "%s\n", error.detail.c_str());
  return kUsage;
}

/// Prints the status once; the exit code.
int showStatus(const admin::NodeFile& node, bool json, bool clear) {
  auto answer = admin::call(node, "GET", "/v1/status");
  if (!answer) {
    std::fprintf(stderr, "%s\n", answer.error().detail.c_str());
    return kFailed;
  }
  if (answer->status == 503) {  // Redis went away while it was asked
    std::fprintf(stderr, "%s\n", answer->body.c_str());
    return kRedisAway;
  }
  if (answer->status != 200) {
    std::fprintf(stderr, "%s\n", answer->body.c_str());
    return kFailed;
  }
  if (clear) std::fputs("\033[H\033[2J", stdout);
  std::fputs((json ? answer->body + "\n" : statusView(answer->body)).c_str(), stdout);
  std::fflush(stdout);
  return saysRedisIsAway(answer->body) ? kRedisAway : kOk;
}

}  // namespace

int runTrail(int count, const char* const* texts) {
  auto arguments = parseArguments(count, texts, {"config", "data"}, {});
  if (!arguments) return usage(arguments.error());
  if (arguments->words.size() != 1) {
    std::fprintf(stderr, "usage: lianqiao trail [--config DIR | --data DIR] ID\n");
    return kUsage;
  }
  const auto node = runningNode(*arguments);
  return node ? show(*node, "GET", "/v1/trail/" + percentEncode(arguments->words.front())) : kUsage;
}

int runExceptions(int count, const char* const* texts) {
  auto arguments = parseArguments(
      count, texts, {"config", "data", "peer", "code", "since", "until", "from", "to", "limit"},
      {});
  if (!arguments) return usage(arguments.error());
  auto query = exceptionQuery(*arguments);
  if (!query) return usage(query.error());
  if (arguments->has("limit")) *query += "&limit=" + percentEncode(arguments->get("limit"));
  const auto node = runningNode(*arguments);
  return node ? show(*node, "GET", "/v1/exceptions?" + *query) : kUsage;
}

int runStatus(int count, const char* const* texts) {
  auto arguments = parseArguments(count, texts, {"config", "data", "interval"}, {"json", "watch"});
  if (!arguments) return usage(arguments.error());
  const auto seconds = arguments->number("interval", 1);
  if (!seconds) return usage(seconds.error());
  const auto node = runningNode(*arguments);
  if (!node) return kUsage;
  const bool watch = arguments->has("watch") && !arguments->has("json");
  for (;;) {
    const int code = showStatus(*node, arguments->has("json"), watch);
    if (!watch || code == kFailed) return code;
    std::this_thread::sleep_for(std::chrono::seconds(std::max<std::size_t>(1, *seconds)));
  }
}

}  // namespace lianqiao::app
