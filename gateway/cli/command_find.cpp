#include <array>
#include <cstdio>

#include "admin/client.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/filter_query.h"
#include "cli/history_view.h"
#include "cli/running_node.h"

namespace lianqiao::cli {
namespace {

void add(std::string& query, std::string_view name, std::string_view value) {
  query.append(query.empty() ? "" : "&").append(name).append("=") += percentEncode(value);
}

/// Words that stand beside each other are looked for together.
std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text.append(text.empty() ? "" : " ").append(word);
  return text;
}

}  // namespace

int runFind(int count, const char* const* texts) {
  auto arguments =
      parseArguments(count, texts,
                     {"config", "data", "id", "phone", "region", "peer", "type", "state", "since",
                      "until", "from", "to", "limit", "after", "format"},
                     {});
  if (!arguments) return printUsage(arguments.error());
  const auto json = arguments->wantsJson();
  if (!json) return printUsage(json.error());
  auto query = filterQuery(*arguments);
  if (!query) return printUsage(query.error());
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kParameters = {
      {{"id", "word"},
       {"phone", "number"},
       {"region", "region"},
       {"type", "type"},
       {"state", "state"},
       {"limit", "limit"},
       {"after", "after"}}};
  for (const auto& [option, parameter] : kParameters)
    if (arguments->has(option)) add(*query, parameter, arguments->get(option));
  if (!arguments->words.empty()) add(*query, "text", joined(arguments->words));
  const auto node = runningNode(*arguments);
  if (!node) return kUsage;
  return printAnswer(*node, "/v1/records?" + *query, *json ? nullptr : foundView);
}

/// What show puts beside each other.
static constexpr std::array<std::string_view, 4> kParts = {"raw", "normalized", "sent", "answer"};

int runShow(int count, const char* const* texts) {
  auto arguments = parseArguments(count, texts, {"config", "data", "reason", "format"},
                                  {kParts.begin(), kParts.end()});
  if (!arguments) return printUsage(arguments.error());
  const auto json = arguments->wantsJson();
  if (!json) return printUsage(json.error());
  if (arguments->words.size() != 1 || arguments->words.front().empty()) {
    std::fprintf(stderr,
                 "usage: lianqiao show [--config DIR | --data DIR] [--raw] [--normalized] [--sent] "
                 "[--answer] [--reason TEXT] [--format text|json] ID\n");
    return kUsage;
  }
  std::string query;
  for (const std::string_view part : kParts)
    if (arguments->has(part)) add(query, part, "true");
  if (arguments->has("reason")) {
    add(query, "by", operatorName());
    add(query, "reason", arguments->get("reason"));
  }
  const auto node = runningNode(*arguments);
  if (!node) return kUsage;
  return printAnswer(*node, "/v1/records/" + percentEncode(arguments->words.front()) + "?" + query,
                     *json ? nullptr : recordView);
}

}  // namespace lianqiao::cli
