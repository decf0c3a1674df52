#include <algorithm>
#include <cstdio>
#include <thread>

#include "admin/client.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/exception_query.h"
#include "cli/exception_view.h"
#include "cli/running_node.h"
#include "cli/status_view.h"
#include "cli/terminal.h"

namespace lianqiao::cli {
namespace {

/// Calls and prints the answer, as JSON where `view` is none; the exit code.
int show(const admin::NodeFile& node, const std::string& target,
         std::string (*view)(std::string_view)) {
  auto answer = admin::call(node, "GET", target);
  if (!answer) return callFailed(answer.error());
  if (answer->status >= 300) {
    std::fprintf(stderr, "%s\n",
                 (view == nullptr ? answer->body : admin::messageOf(*answer)).c_str());
    return kFailed;
  }
  std::fputs((view == nullptr ? answer->body + "\n" : view(answer->body)).c_str(), stdout);
  return kOk;
}

/// What asks for raw items: the log tells who did.
std::string rawQuery(const Arguments& arguments) {
  return arguments.has("raw") ? "raw=true&by=" + percentEncode(operatorName()) : std::string();
}

int usage(const Error& error) {
  std::fprintf(stderr, "%s\n", error.detail.c_str());
  return kUsage;
}

/// Prints the status once; the exit code.
int showStatus(const admin::NodeFile& node, bool json, bool clear) {
  auto answer = admin::call(node, "GET", "/v1/status");
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
  std::fputs((json ? answer->body + "\n" : statusView(answer->body)).c_str(), stdout);
  std::fflush(stdout);
  return saysSomebodyIsRefused(answer->body) ? kFailed : kOk;
}

}  // namespace

int runTrail(int count, const char* const* texts) {
  auto arguments = parseArguments(count, texts, {"config", "data", "format"}, {"raw"});
  if (!arguments) return usage(arguments.error());
  const auto json = arguments->wantsJson();
  if (!json) return usage(json.error());
  if (arguments->words.size() != 1 || arguments->words.front().empty()) {
    std::fprintf(
        stderr,
        "usage: lianqiao trail [--config DIR | --data DIR] [--raw] [--format text|json] ID\n");
    return kUsage;
  }
  const auto node = runningNode(*arguments);
  if (!node) return kUsage;
  return show(*node,
              "/v1/trail/" + percentEncode(arguments->words.front()) + "?" + rawQuery(*arguments),
              *json ? nullptr : trailView);
}

int runExceptions(int count, const char* const* texts) {
  auto arguments = parseOptions(
      count, texts,
      {"config", "data", "peer", "code", "since", "until", "from", "to", "limit", "format"},
      {"raw"}, "--peer P and --code C narrow the list; lianqiao trail ID shows one.");
  if (!arguments) return usage(arguments.error());
  const auto json = arguments->wantsJson();
  if (!json) return usage(json.error());
  auto query = exceptionQuery(*arguments);
  if (!query) return usage(query.error());
  if (arguments->has("limit")) *query += "&limit=" + percentEncode(arguments->get("limit"));
  const auto node = runningNode(*arguments);
  if (!node) return kUsage;
  if (arguments->has("raw")) *query += "&" + rawQuery(*arguments);
  return show(*node, "/v1/exceptions?" + *query, *json ? nullptr : exceptionsView);
}

int runStatus(int count, const char* const* texts) {
  auto arguments = parseOptions(count, texts, {"config", "data", "interval", "format"},
                                {"json", "watch"}, "lianqiao status shows every peer.");
  if (!arguments) return usage(arguments.error());
  const auto format = arguments->wantsJson();
  if (!format) return usage(format.error());
  const bool json = *format || arguments->has("json");
  const auto seconds = arguments->number("interval", 1);
  if (!seconds) return usage(seconds.error());
  const auto node = runningNode(*arguments);
  if (!node) return kUsage;
  const bool watch = arguments->has("watch") && !json;
  for (;;) {
    const int code = showStatus(*node, json, watch);
    if (!watch || code == kFailed || code == kUsage) return code;
    std::this_thread::sleep_for(std::chrono::seconds(std::max<std::size_t>(1, *seconds)));
  }
}

}  // namespace lianqiao::cli
