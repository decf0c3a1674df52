#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <optional>

#include "admin/client.h"
#include "base/text_view.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/replay_pace.h"
#include "cli/resend_report.h"
#include "cli/running_node.h"
#include "cli/terminal.h"
#include "lianqiao/codes.h"
#include "lianqiao/http.h"
#include "lianqiao/json.h"
#include "lianqiao/text.h"

namespace lianqiao::cli {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr const char* kResendUsage =
    "usage: lianqiao resend [--config DIR | --data DIR] --by NAME --reason TEXT [--preview] "
    "[--rate N] [--as-new]\n"
    "                       [--again] [--format text|json] ID… [--peer P] | --list FILE [--peer P] "
    "|\n"
    "                       --peer P --day YYYY-MM-DD [--type T]\n"
    "       lianqiao resend --go-on LIST [--preview] [--rate N] [--format text|json]";

constexpr std::size_t kMostIds = 100'000;
/// Of one request: the admin port takes bodies of 64 KiB.
constexpr std::size_t kIdsPerCall = 1000;
constexpr std::size_t kBytesPerCall = 48u << 10;
constexpr std::size_t kLongestId = 1000;

struct ResendWish {
  bool preview = false;
  bool json = false;
  ReplayPace pace;
  std::string how;  ///< Query of the list: who, why, how.
  std::string peer, day, type, goOn;
  std::vector<std::string> ids;
};

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

void addParameter(std::string& query, std::string_view name, std::string_view value) {
  query.append(query.empty() ? "" : "&").append(name).append("=") += percentEncode(value);
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
  for (const char* option : {"by", "reason"}) {
    if (trim(arguments.get(option)).empty())
      return wrong("--by and --reason must say who has it sent again, and why.");
    addParameter(wish.how, option, cutAt(arguments.get(option), 2000));
  }
  if (arguments.has("as-new")) addParameter(wish.how, "as_new", "true");
  if (arguments.has("again")) addParameter(wish.how, "again", "true");
  addParameter(wish.how, "asked", cutAt(askedBy(arguments), 200));
  if (!arguments.has("list")) return wish;
  auto ids = idsIn(arguments.get("list"));
  if (!ids) return ids.error();
  wish.ids = std::move(*ids);
  return wish;
}

/// Makes a list, fills it, and looks at it or carries it out.
class ResendCommand {
 public:
  ResendCommand(const admin::NodeFile& node, ResendWish wish)
      : node_(node), wish_(std::move(wish)), report_(wish_.preview) {}

  int run() {
    if (fill()) wish_.preview ? look() : carryOut();
    if (shows_) std::fputs("\n", stderr);
    std::fputs(wish_.json ? (report_.json() + "\n").c_str() : report_.text().c_str(), stdout);
    if (failed_ != kOk) return failed_;
    return report_.whole() ? kOk : kSomeNot;
  }

 private:
  bool fill() {
    if (!wish_.goOn.empty()) {
      report_.setList(wish_.goOn);
      return true;
    }
    const auto made = ask("POST", "/v1/resends?" + wish_.how);
    if (!made) return false;
    report_.setList(std::string(base::textOf(base::ShownJson(*made).root(), "id")));
    const std::string target = address() + "/deliveries?peer=" + percentEncode(wish_.peer);
    return wish_.day.empty() ? fillByIds(target) : fillByDay(target);
  }

  bool fillByDay(const std::string& target) {
    std::string after;
    do {
      const auto answer =
          ask("POST", target + "&day=" + percentEncode(wish_.day) +
                          "&type=" + percentEncode(wish_.type) + "&after=" + percentEncode(after));
      if (!answer) return false;
      const base::ShownJson listed(*answer);
      print(report_.addUnknown(listed.root()));
      const json::Value* unread = listed.root().find("unread");
      if (unread != nullptr && unread->size() > 0) {
        // A day that is not whole would be taken for one that is.
        report_.stop("not all of the history could be read: " +
                     std::string(unread->elements()[0].text()));
        failed_ = kFailed;
        return false;
      }
      after = base::textOf(listed.root(), "next");
    } while (!after.empty() && !interrupted(0ns));
    return !report_.stopped();
  }

  bool fillByIds(const std::string& target) {
    for (std::size_t at = 0; at < wish_.ids.size();) {
      const auto answer = ask("POST", target, bodyFrom(at));
      if (!answer) return false;
      const base::ShownJson listed(*answer);
      print(report_.addUnknown(listed.root()));
      const auto taken = base::numberOf(listed.root(), "taken");
      at += static_cast<std::size_t>(std::max<std::int64_t>(taken, 1));
      if (at < wish_.ids.size() && interrupted(0ns)) return false;
    }
    return true;
  }

  [[nodiscard]] std::string bodyFrom(std::size_t at) const {
    admin::JsonBuilder json;
    json.object().name("ids").array();
    std::size_t bytes = 0;
    for (std::size_t n = 0; n < kIdsPerCall && at < wish_.ids.size() && bytes < kBytesPerCall;
         ++n, ++at) {
      json.text(wish_.ids[at]);
      bytes += wish_.ids[at].size() + 3;
    }
    json.end().end();
    return json.take();
  }

  void look() {
    std::string after;
    do {
      const auto answer = ask("GET", address() + "?limit=200&after=" + percentEncode(after));
      if (!answer) return;
      const base::ShownJson page(*answer);
      print(report_.add(page.root()));
      after = base::textOf(page.root(), "next");
    } while (!after.empty() && !interrupted(0ns));
  }

  void carryOut() {
    do {
      const auto answer =
          ask("POST", address() + "/run?most=" + std::to_string(wish_.pace.page(0)));
      if (!answer) return;
      print(report_.add(base::ShownJson(*answer).root()));
      if (first_ == SIZE_MAX) first_ = report_.left();
    } while (report_.left() > 0 && goOn());
  }

  [[nodiscard]] std::string address() const {
    return "/v1/resends/" + percentEncode(report_.list());
  }

  /// What the gateway says; nothing when it cannot go on.
  std::optional<std::string> ask(const std::string& method, const std::string& target,
                                 const std::string& body = {}) {
    auto answer = admin::call(node_, method, target, 1min, body);
    if (answer && answer->status < 300) return std::move(answer->body);
    failed_ = kFailed;
    if (answer) {
      report_.stop(admin::messageOf(*answer));
      return std::nullopt;
    }
    if (answer.error().code == codes::kNotFound) failed_ = kUsage;
    report_.stop(answer.error().detail +
                 " What was asked last may have been done; going on doubles nothing.");
    return std::nullopt;
  }

  void print(const std::string& lines) const {
    if (!wish_.json) std::fputs(lines.c_str(), stdout);
  }

  bool interrupted(std::chrono::nanoseconds pause) {
    if (!interrupt_.wait(pause)) return false;
    report_.stop("interrupted; what is above was done, the rest waits.");
    return true;
  }

  /// Keeps the pace and shows progress; false when interrupted.
  bool goOn() {
    const auto now = steady_clock::now();
    if (isatty(STDERR_FILENO) == 1) {
      driveTerminal(stderr, "\r");
      std::fprintf(stderr, "%zu owed again, %zu left ", report_.done(), report_.left());
      shows_ = true;
    }
    const std::size_t seen = first_ == SIZE_MAX ? 0 : first_ - report_.left();
    return !interrupted(wish_.pace.pause(seen + wish_.pace.page(0), now - begun_));
  }

  const admin::NodeFile node_;
  const ResendWish wish_;
  ResendReport report_;
  Interrupt interrupt_;
  const steady_clock::time_point begun_ = steady_clock::now();
  std::size_t first_ = SIZE_MAX;  ///< Left after the first step.
  bool shows_ = false;
  int failed_ = kOk;  ///< The exit code once it cannot go on.
};

}  // namespace

int runResend(int count, const char* const* texts) {
  auto arguments = parseArguments(
      count, texts,
      {"config", "data", "peer", "day", "type", "list", "go-on", "rate", "by", "reason", "format"},
      {"preview", "as-new", "again"});
  auto wish = arguments ? resendWishOf(*arguments) : Result<ResendWish>(arguments.error());
  if (!wish) return printUsage(wish.error());
  const auto node = runningNode(*arguments);
  return node ? ResendCommand(*node, std::move(*wish)).run() : kUsage;
}

}  // namespace lianqiao::cli
