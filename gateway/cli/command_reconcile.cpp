#include <cstdio>

#include "admin/client.h"
#include "base/text_view.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/reconcile_view.h"
#include "cli/running_node.h"

namespace lianqiao::cli {
namespace {

/// A list is asked page by page, each with the peer's whole deadline.
constexpr std::chrono::minutes kReconcileWait(30);

constexpr std::string_view kReconcileUsage =
    "usage: lianqiao reconcile [--config DIR | --data DIR] --peer PEER --day YYYY-MM-DD "
    "[--direction out|in] [--fetch] [--format text|json|csv]";

int reconcileUsage(const std::string& problem) {
  std::fprintf(stderr, "%s%s%.*s\n", problem.c_str(), problem.empty() ? "" : "\n",
               static_cast<int>(kReconcileUsage.size()), kReconcileUsage.data());
  return kUsage;
}

}  // namespace

int runReconcile(int count, const char* const* texts) {
  auto arguments =
      parseOptions(count, texts, {"config", "data", "peer", "day", "direction", "format"},
                   {"fetch"}, "name the peer with --peer");
  if (!arguments) return printUsage(arguments.error());
  const std::string format = arguments->get("format", "text");
  if (format != "text" && format != "json" && format != "csv")
    return reconcileUsage("--format is text, json or csv.");
  if (!arguments->has("peer") || !arguments->has("day")) return reconcileUsage({});
  const auto node = runningNode(*arguments);
  if (!node) return kUsage;
  std::string target = "/v1/peers/" + percentEncode(arguments->get("peer")) +
                       "/reconcile?day=" + percentEncode(arguments->get("day")) +
                       "&direction=" + percentEncode(arguments->get("direction"));
  if (arguments->has("fetch")) target += "&fetch=true";
  if (format == "csv") target += "&format=csv";
  const auto answer = admin::call(*node, "POST", target, kReconcileWait);
  if (!answer) return callFailed(answer.error());
  if (answer->status != 200) {
    std::fprintf(stderr, "%s\n",
                 (format == "json" ? answer->body : admin::messageOf(*answer)).c_str());
    return kFailed;
  }
  std::string shown = format == "text" ? reconciledView(answer->body) : answer->body;
  if (format == "json") shown += '\n';
  // Our client has taken the mark of UTF-8 off, without which Excel takes it for another encoding.
  if (format == "csv") shown.insert(0, "\xEF\xBB\xBF");
  std::fwrite(shown.data(), 1, shown.size(), stdout);
  return answer->headers.get("Lianqiao-Equal") == "true" ? kOk : kSomeNot;
}

}  // namespace lianqiao::cli
