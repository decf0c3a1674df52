#include <cstdio>

#include "admin/client.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/report_view.h"
#include "cli/running_node.h"

namespace lianqiao::cli {

int runReport(int count, const char* const* texts) {
  auto arguments =
      parseArguments(count, texts, {"config", "data", "period", "list", "row", "format"}, {});
  if (!arguments) return printUsage(arguments.error());
  const bool csv = arguments->get("format") == "csv";
  bool json = false;
  if (!csv) {
    const auto wants = arguments->wantsJson();
    if (!wants) return printUsage(wants.error());
    json = *wants;
  }
  if (arguments->words.size() > 1) {
    std::fprintf(stderr,
                 "usage: lianqiao report [--config DIR | --data DIR] [--period P] [--list FIGURE "
                 "[--row N]] [--format text|json|csv] [NAME]\n");
    return kUsage;
  }
  const auto node = runningNode(*arguments);
  if (!node) return kUsage;
  if (arguments->words.empty())
    return printAnswer(*node, "/v1/reports", json || csv ? nullptr : reportsView);
  const std::string target = "/v1/reports/" + percentEncode(arguments->words.front()) +
                             "?period=" + percentEncode(arguments->get("period")) +
                             "&figure=" + percentEncode(arguments->get("list")) +
                             "&row=" + percentEncode(arguments->get("row"));
  if (csv) return printAnswer(*node, target + "&format=csv", withByteOrderMark);
  return printAnswer(*node, target, json ? nullptr : reportView);
}

}  // namespace lianqiao::cli
