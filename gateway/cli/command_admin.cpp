#include <algorithm>
#include <cstdio>
#include <thread>

#include "admin/client.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/exception_view.h"
#include "cli/filter_query.h"
#include "cli/language.h"
#include "cli/running_node.h"
#include "cli/status_peer_view.h"
#include "cli/status_view.h"
#include "cli/terminal.h"

namespace lianqiao::cli {
namespace {

/// What asks for raw items: the log tells who did.
std::string rawQuery(const Arguments& arguments) {
  return arguments.has("raw") ? "raw=true&by=" + percentEncode(operatorName()) : std::string();
}

/// Prints the status once; the exit code.
int showStatus(const admin::NodeFile& node, const std::string& peer, bool json, bool clear) {
  auto answer = admin::call(node, "GET", "/v1/status?peer=" + percentEncode(peer));
  if (!answer) return callFailed(answer.error());
  if (answer->status == 503) {  // Redis went away while it was asked
    std::fprintf(stderr, "%s\n", admin::messageOf(*answer).c_str());
    return kFailed;
  }
  if (answer->status != 200) {
    std::fprintf(stderr, "%s\n", admin::messageOf(*answer).c_str());
    return kFailed;
  }
  if (clear) driveTerminal(stdout, "\033[H\033[2J");
  std::string text = json           ? answer->body + "\n"
                     : peer.empty() ? statusView(answer->body)
                                    : statusPeerView(answer->body, operatorLanguage());
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
  return saysSomebodyIsRefused(answer->body) ? kFailed : kOk;
}

}  // namespace

int runTrail(int count, const char* const* texts) {
  auto arguments = parseArguments(count, texts, {"config", "data", "format"}, {"raw"});
  if (!arguments) return printUsage(arguments.error());
  const auto json = arguments->wantsJson();
  if (!json) return printUsage(json.error());
  if (arguments->words.size() != 1 || arguments->words.front().empty()) {
    std::fprintf(
        stderr,
        "usage: lianqiao trail [--config DIR | --data DIR] [--raw] [--format text|json] ID\n");
    return kUsage;
  }
  const auto node = runningNode(*arguments);
  if (!node) return kUsage;
  return printAnswer(
      *node, "/v1/trail/" + percentEncode(arguments->words.front()) + "?" + rawQuery(*arguments),
      *json ? nullptr : trailView);
}

int runExceptions(int count, const char* const* texts) {
  auto arguments = parseOptions(
      count, texts,
      {"config", "data", "peer", "code", "since", "until", "from", "to", "limit", "format"},
      {"raw"}, "--peer P and --code C narrow the list; lianqiao trail ID shows one.");
  if (!arguments) return printUsage(arguments.error());
  const auto json = arguments->wantsJson();
  if (!json) return printUsage(json.error());
  auto query = filterQuery(*arguments);
  if (!query) return printUsage(query.error());
  if (arguments->has("limit")) *query += "&limit=" + percentEncode(arguments->get("limit"));
  const auto node = runningNode(*arguments);
  if (!node) return kUsage;
  if (arguments->has("raw")) *query += "&" + rawQuery(*arguments);
  return printAnswer(*node, "/v1/exceptions?" + *query, *json ? nullptr : exceptionsView);
}

int runStatus(int count, const char* const* texts) {
  auto arguments = parseOptions(count, texts, {"config", "data", "interval", "format", "peer"},
                                {"json", "watch"}, "--peer P shows one.");
  if (!arguments) return printUsage(arguments.error());
  const auto format = arguments->wantsJson();
  if (!format) return printUsage(format.error());
  const bool json = *format || arguments->has("json");
  const auto seconds = arguments->number("interval", 1);
  if (!seconds) return printUsage(seconds.error());
  const auto node = runningNode(*arguments);
  if (!node) return kUsage;
  const bool watch = arguments->has("watch") && !json;
  for (;;) {
    const int code = showStatus(*node, arguments->get("peer"), json, watch);
    if (!watch || code == kFailed || code == kUsage) return code;
    std::this_thread::sleep_for(std::chrono::seconds(std::max<std::size_t>(1, *seconds)));
  }
}

}  // namespace lianqiao::cli
