#include <cstdio>
#include <ctime>
#include <thread>

#include "admin/client.h"
#include "app/arguments.h"
#include "app/commands.h"
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

/// "?peer=…&code=…" of the options that were given.
std::string filterOf(const Arguments& arguments) {
  std::string query;
  for (const char* name : {"peer", "code", "from", "to", "limit"}) {
    if (!arguments.has(name)) continue;
    query += query.empty() ? '?' : '&';
    query += std::string(name) + "=" + percentEncode(arguments.get(name));
  }
  return query;
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
  auto arguments = parseArguments(count, texts, {"config", "data", "peer", "code", "from", "to", "limit"}, {});
  if (!arguments) return usage(arguments.error());
  const auto node = runningNode(*arguments);
  return node ? show(*node, "GET", "/v1/exceptions" + filterOf(*arguments)) : kUsage;
}

int runReplay(int count, const char* const* texts) {
  auto arguments = parseArguments(count, texts, {"config", "data", "peer", "code", "from", "to"}, {"all"});
  if (!arguments) return usage(arguments.error());
  const std::string filter = filterOf(*arguments);
  if (arguments->words.size() + (filter.empty() ? 0 : 1) + (arguments->has("all") ? 1 : 0) == 0) {
    std::fprintf(stderr, "usage: lianqiao replay [--config DIR | --data DIR] EXCEPTION… | --peer P --code C --from T --to T | --all\n");
    return kUsage;
  }
  const auto node = runningNode(*arguments);
  if (!node) return kUsage;
  if (arguments->words.empty()) return show(*node, "POST", "/v1/replay" + filter);
  int worst = kOk;
  for (const std::string& id : arguments->words) {
    worst = std::max(worst, show(*node, "POST", "/v1/exceptions/" + percentEncode(id) + "/replay"));
  }
  return worst;
}

int runStatus(int count, const char* const* texts) {
  auto arguments = parseArguments(count, texts, {"config", "data", "interval"}, {"json", "watch"});
  if (!arguments) return usage(arguments.error());
  const auto seconds = arguments->number("interval", 1);
  if (!seconds) return usage(seconds.error());
  const auto node = runningNode(*arguments);
  if (!node) return kUsage;
  if (arguments->has("json")) return show(*node, "GET", "/v1/status");
  for (;;) {
    auto answer = admin::call(*node, "GET", "/v1/status");
    if (!answer) return usage(answer.error());
    if (arguments->has("watch")) std::fputs("\033[H\033[2J", stdout);
    std::fputs(statusView(answer->body).c_str(), stdout);
    std::fflush(stdout);
    if (!arguments->has("watch")) return kOk;
    std::this_thread::sleep_for(std::chrono::seconds(std::max<std::size_t>(1, *seconds)));
  }
}

}  // namespace lianqiao::app
