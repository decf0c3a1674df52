#include <cstdio>
#include <fstream>
#include <iostream>

#include "cli/commands.h"
#include "cli/resend_run.h"
#include "cli/running_node.h"
#include "lianqiao/codes.h"
#include "lianqiao/text.h"

namespace lianqiao::cli {
namespace {

constexpr const char* kResendUsage =
    "usage: lianqiao resend [--config DIR | --data DIR] --by NAME --reason TEXT [--preview] "
    "[--rate N] [--as-new]\n"
    "                       [--again] [--format text|json] ID… [--peer P] | --list FILE [--peer P] "
    "|\n"
    "                       --peer P --day YYYY-MM-DD [--type T]\n"
    "       lianqiao resend --go-on LIST [--preview] [--rate N] [--format text|json]";

constexpr std::size_t kMostIds = 100'000;
constexpr std::size_t kLongestId = 1000;

Error wrong(std::string why) { return {codes::kConfig, std::move(why)}; }

/// One a line, as a program or a spreadsheet leaves them: a mark of Unicode before them, line ends
/// of DOS, empty lines, and remarks behind `#`.
Result<std::vector<std::string>> idsIn(const std::string& file) {
  std::ifstream opened;
  if (file != "-") opened.open(file, std::ios::binary);
  std::istream& in = file == "-" ? std::cin : opened;
  if (!in) return wrong("--list " + file + " cannot be read.");
  std::vector<std::string> ids;
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    std::string_view id = line;
    if (number == 1 && id.starts_with("\xEF\xBB\xBF")) id.remove_prefix(3);
    id = trim(id);
    if (id.empty() || id.front() == '#') continue;
    const std::string place = file + ":" + std::to_string(number) + ": ";
    if (!isUtf8(id)) return wrong(place + "is not UTF-8; save the file as UTF-8 and try again.");
    if (id.size() > kLongestId)
      return wrong(place + "is no id: it is longer than 1000 bytes. One id stands on each line.");
    if (ids.size() == kMostIds) return wrong(place + "is past 100000 ids; part the file.");
    ids.emplace_back(id);
  }
  if (ids.empty()) return wrong("--list " + file + " has no ids; one stands on each line.");
  return ids;
}

/// In words, for whoever looks at the list later.
std::string askedBy(const Arguments& arguments) {
  std::string asked;
  for (const char* option : {"peer", "day", "type", "list"})
    if (arguments.has(option))
      asked.append(asked.empty() ? "" : ", ").append(option).append(" ") += arguments.get(option);
  if (!arguments.words.empty())
    asked.append(asked.empty() ? "" : ", ") += std::to_string(arguments.words.size()) + " ids";
  return asked;
}

Result<ResendWish> resendWishOf(const Arguments& arguments) {
  ResendWish wish;
  wish.preview = arguments.has("preview");
  const auto json = arguments.wantsJson();
  if (!json) return json.error();
  wish.json = *json;
  const auto rate = arguments.number("rate", 0);
  if (!rate) return rate.error();
  if (arguments.has("rate") && *rate == 0) return wrong("--rate is at least 1.");
  wish.pace.rate = *rate;
  wish.peer = arguments.get("peer");
  wish.day = arguments.get("day");
  wish.type = arguments.get("type");
  wish.goOn = arguments.get("go-on");
  wish.ids = arguments.words;
  const int ways = (wish.ids.empty() ? 0 : 1) + (arguments.has("list") ? 1 : 0) +
                   (wish.day.empty() ? 0 : 1) + (wish.goOn.empty() ? 0 : 1);
  if (ways != 1)
    return wrong(ways == 0 ? kResendUsage
                           : "Name ids, or --list, or --day, or --go-on: one of them.");
  if (!wish.goOn.empty()) return wish;
  if (!wish.day.empty() && wish.peer.empty())
    return wrong("--day is a day of deliveries to one peer: name it with --peer.");
  if (!wish.type.empty() && wish.day.empty()) return wrong("--type goes with --day.");
  auto asked = askedOf(arguments);
  if (!asked) return asked.error();
  wish.how = std::move(*asked);
  if (arguments.has("as-new")) addParameter(wish.how, "as_new", "true");
  if (arguments.has("again")) addParameter(wish.how, "again", "true");
  addParameter(wish.how, "asked", cutAt(askedBy(arguments), 200));
  if (!arguments.has("list")) return wish;
  auto ids = idsIn(arguments.get("list"));
  if (!ids) return ids.error();
  wish.ids = std::move(*ids);
  return wish;
}

}  // namespace

int runResend(int count, const char* const* texts) {
  auto arguments = parseArguments(
      count, texts,
      {"config", "data", "peer", "day", "type", "list", "go-on", "rate", "by", "reason", "format"},
      {"preview", "as-new", "again"});
  auto wish = arguments ? resendWishOf(*arguments) : Result<ResendWish>(arguments.error());
  if (!wish) return printUsage(wish.error());
  const auto node = runningNode(*arguments);
  return node ? ResendRun(*node, std::move(*wish)).run() : kUsage;
}

}  // namespace lianqiao::cli
