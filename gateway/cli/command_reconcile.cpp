#include <cstdio>
#include <optional>

#include "admin/client.h"
#include "base/text_view.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/reconcile_view.h"
#include "cli/report_view.h"
#include "cli/resend_run.h"
#include "cli/running_node.h"
#include "lianqiao/codes.h"

namespace lianqiao::cli {
namespace {

/// A list is asked page by page, each with the peer's whole deadline.
constexpr std::chrono::minutes kReconcileWait(30);

constexpr std::string_view kReconcileUsage =
    "usage: lianqiao reconcile [--config DIR | --data DIR] --peer PEER --day YYYY-MM-DD "
    "[--direction out|in]\n"
    "                          [--fetch | --send --by NAME --reason TEXT [--preview] [--rate N]] "
    "[--format text|json|csv]";

int reconcileUsage(const std::string& problem) {
  std::fprintf(stderr, "%s%s%.*s\n", problem.c_str(), problem.empty() ? "" : "\n",
               static_cast<int>(kReconcileUsage.size()), kReconcileUsage.data());
  return kUsage;
}

/// What the other side lacks is to be sent again; without its ids, which the comparison tells.
Result<ResendWish> sendWishOf(const Arguments& arguments) {
  if (arguments.has("fetch") || arguments.get("direction") == "in")
    return Error{codes::kConfig, "--send is of what we deliver, --fetch of what we receive."};
  if (arguments.get("format") == "csv")
    return Error{codes::kConfig, "--send goes with --format text or json."};
  ResendWish wish;
  wish.preview = arguments.has("preview");
  wish.json = arguments.get("format") == "json";
  wish.peer = arguments.get("peer");
  const auto rate = arguments.number("rate", 0);
  if (!rate) return rate.error();
  wish.pace.rate = *rate;
  auto asked = askedOf(arguments);
  if (!asked) return asked.error();
  wish.how = std::move(*asked);
  addParameter(wish.how, "asked", "reconcile " + wish.peer + " " + arguments.get("day"));
  return wish;
}

/// Our records that they lack.
std::vector<std::string> lackedRecords(std::string_view report) {
  const base::ShownJson shown(report);
  std::vector<std::string> records;
  if (const json::Value* lacked = shown.root().find("only_ours"))
    for (const json::Value& thing : lacked->elements())
      if (const auto id = base::textOf(&thing, "record"); !id.empty()) records.emplace_back(id);
  return records;
}

std::string reconcileTarget(const Arguments& arguments, bool csv) {
  std::string target = "/v1/peers/" + percentEncode(arguments.get("peer")) +
                       "/reconcile?day=" + percentEncode(arguments.get("day")) +
                       "&direction=" + percentEncode(arguments.get("direction"));
  if (arguments.has("fetch")) target += "&fetch=true";
  if (csv) target += "&format=csv";
  return target;
}

void print(const std::string& format, const std::string& report) {
  std::string shown = format == "text" ? reconciledView(report) : report;
  if (format == "json") shown += '\n';
  if (format == "csv") shown = withByteOrderMark(shown);
  std::fwrite(shown.data(), 1, shown.size(), stdout);
}

}  // namespace

int runReconcile(int count, const char* const* texts) {
  auto arguments =
      parseOptions(count, texts,
                   {"config", "data", "peer", "day", "direction", "format", "by", "reason", "rate"},
                   {"fetch", "send", "preview"}, "name the peer with --peer");
  if (!arguments) return printUsage(arguments.error());
  const std::string format = arguments->get("format", "text");
  if (format != "text" && format != "json" && format != "csv")
    return reconcileUsage("--format is text, json or csv.");
  if (!arguments->has("peer") || !arguments->has("day")) return reconcileUsage({});
  std::optional<ResendWish> send;
  if (arguments->has("send")) {
    auto wish = sendWishOf(*arguments);
    if (!wish) return reconcileUsage(wish.error().detail);
    send = std::move(*wish);
  }
  const auto node = runningNode(*arguments);
  if (!node) return kUsage;
  const auto answer =
      admin::call(*node, "POST", reconcileTarget(*arguments, format == "csv"), kReconcileWait);
  if (!answer) return callFailed(answer.error());
  if (answer->status != 200) {
    std::fprintf(stderr, "%s\n",
                 (format == "json" ? answer->body : admin::messageOf(*answer)).c_str());
    return kFailed;
  }
  print(format, answer->body);
  if (send) send->ids = lackedRecords(answer->body);
  if (send && !send->ids.empty()) return ResendRun(*node, std::move(*send)).run();
  return answer->headers.get("Lianqiao-Equal") == "true" ? kOk : kSomeNot;
}

}  // namespace lianqiao::cli
