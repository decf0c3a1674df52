#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>

#include "admin/client.h"
#include "base/rfc3339.h"
#include "cli/commands.h"
#include "cli/filter_query.h"
#include "cli/interrupt.h"
#include "cli/replay_pace.h"
#include "cli/replay_tally.h"
#include "cli/running_node.h"
#include "cli/terminal.h"
#include "lianqiao/codes.h"
#include "lianqiao/http.h"

namespace lianqiao::cli {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr const char* kReplayUsage =
    "usage: lianqiao replay [--config DIR | --data DIR] [--preview] [--force] [--rate N] [--limit "
    "N] [--format text|json]\n"
    "                       EXCEPTION… | [--peer P] [--code C] [--since T] [--until T] | --all";

struct Wish {
  bool preview = false;
  bool force = false;
  bool json = false;
  ReplayPace pace;
  std::string query;  ///< Of the filter.
  std::vector<std::string> ids;
};

Result<Wish> wishOf(const Arguments& arguments) {
  const auto wrong = [](std::string why) { return Error{"config.invalid", std::move(why)}; };
  Wish wish;
  wish.preview = arguments.has("preview");
  wish.force = arguments.has("force");
  const auto json = arguments.wantsJson();
  if (!json) return json.error();
  wish.json = *json;
  for (auto [name, target] :
       {std::pair{"rate", &wish.pace.rate}, std::pair{"limit", &wish.pace.limit}}) {
    const auto number = arguments.number(name, 0);
    if (!number) return number.error();
    if (arguments.has(name) && *number == 0)
      return wrong("--" + std::string(name) + " is at least 1.");
    *target = *number;
  }
  auto query = filterQuery(arguments);
  if (!query) return query.error();
  wish.query = std::move(*query);
  wish.ids = arguments.words;
  const int ways =
      (wish.ids.empty() ? 0 : 1) + (wish.query.empty() ? 0 : 1) + (arguments.has("all") ? 1 : 0);
  if (ways != 1)
    return wrong(ways == 0 ? kReplayUsage : "Name exceptions, or a filter, or --all: one of them.");
  // What fails again and is quarantined anew is younger than this, so that no run meets it.
  if (!arguments.has("until") && !arguments.has("to")) {
    wish.query += (wish.query.empty() ? "to=" : "&to=") +
                  percentEncode(base::formatTime(base::SystemClock().wall()));
  }
  return wish;
}

/// Asks for page after page in the pace that was wished.
class ReplayCommand {
 public:
  ReplayCommand(const admin::NodeFile& node, Wish wish)
      : node_(node), wish_(std::move(wish)), tally_(wish_.preview) {}

  int run() {
    wish_.ids.empty() ? runPages() : runIds();
    if (shows_) std::fputs("\n", stderr);
    std::fputs(wish_.json ? (tally_.json() + "\n").c_str() : tally_.text().c_str(), stdout);
    if (failed_ != kOk) return failed_;
    return tally_.remaining() > 0 || tally_.stopped() ? kSomeNot : kOk;
  }

 private:
  void runPages() {
    std::string after;
    do {
      const std::size_t most = wish_.pace.page(tally_.seen());
      if (most == 0) return;
      std::string target = "/v1/replay?" + wish_.query + "&limit=" + std::to_string(most) + mode();
      if (!after.empty()) target += "&after=" + percentEncode(after);
      if (!take(target)) return;
      after = tally_.next();
    } while (!after.empty() && goOn());
  }

  void runIds() {
    for (const std::string& id : wish_.ids) {
      if (wish_.pace.page(tally_.seen()) == 0) return;
      if (!take("/v1/exceptions/" + percentEncode(id) + "/replay?" + mode().substr(1), id)) return;
      if (&id != &wish_.ids.back() && !goOn()) return;
    }
  }

  [[nodiscard]] std::string mode() const {
    return std::string("&preview=") + (wish_.preview ? "true" : "false") +
           "&force=" + (wish_.force ? "true" : "false") + "&by=" + percentEncode(operatorName());
  }

  /// False when it cannot go on.
  bool take(const std::string& target, const std::string& id = {}) {
    auto answer = admin::call(node_, "POST", target, 2min);
    if (answer && answer->status == 404 && !id.empty()) {
      tally_.addUnknown(id, admin::messageOf(*answer));
      return true;
    }
    if (!answer || answer->status != 200) {
      const bool nobody = !answer && answer.error().code == codes::kNotFound;
      failed_ = nobody ? kUsage : kFailed;
      if (nobody) {
        tally_.fail(answer.error().detail);
      } else if (answer) {
        tally_.stop(admin::messageOf(*answer));
      } else {
        tally_.stop(answer.error().detail +
                    " What was asked last may have been done; replaying it again doubles nothing.");
      }
      return false;
    }
    auto lines = tally_.add(answer->body);
    if (!lines) tally_.stop(lines.error().detail);
    if (tally_.stopped()) failed_ = kFailed;
    if (lines && !wish_.json) std::fputs(lines->c_str(), stdout);
    return failed_ == kOk;
  }

  /// Keeps the pace and shows progress; false when interrupted.
  bool goOn() {
    const auto now = steady_clock::now();
    if (isatty(STDERR_FILENO) == 1 && !wish_.preview) {
      driveTerminal(stderr, "\r");
      std::fprintf(stderr, "%zu done, %zu stay exceptions ", tally_.seen(), tally_.remaining());
      shows_ = true;
    } else if (!wish_.preview && now >= tellNext_) {
      std::fprintf(stderr, "%zu done, %zu stay exceptions\n", tally_.seen(), tally_.remaining());
      tellNext_ = now + 5s;
    }
    const auto pause = wish_.pace.pause(tally_.seen(), now - begun_);
    if (!interrupt_.wait(pause)) return true;
    tally_.stop("interrupted; what is above was done, the rest is as it was.");
    return false;
  }

  const admin::NodeFile node_;
  Wish wish_;
  ReplayTally tally_;
  Interrupt interrupt_;
  const steady_clock::time_point begun_ = steady_clock::now();
  steady_clock::time_point tellNext_ = begun_ + 5s;
  bool shows_ = false;
  int failed_ = kOk;  ///< The exit code once it cannot go on.
};

}  // namespace

int runReplay(int count, const char* const* texts) {
  auto arguments = parseArguments(
      count, texts,
      {"config", "data", "peer", "code", "since", "until", "from", "to", "rate", "limit", "format"},
      {"all", "preview", "force"});
  auto wish = arguments ? wishOf(*arguments) : Result<Wish>(arguments.error());
  if (!wish) {
    std::fprintf(stderr, "%s\n", wish.error().detail.c_str());
    return kUsage;
  }
  const auto node = runningNode(*arguments);
  return node ? ReplayCommand(*node, std::move(*wish)).run() : kUsage;
}

}  // namespace lianqiao::cli
