#include "cli/resend_run.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "base/text_view.h"
#include "cli/commands.h"
#include "cli/terminal.h"
#include "lianqiao/codes.h"
#include "lianqiao/http.h"
#include "lianqiao/json.h"
#include "lianqiao/text.h"

namespace lianqiao::cli {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

/// Of one request: the admin port takes bodies of 64 KiB.
constexpr std::size_t kIdsPerCall = 1000;
constexpr std::size_t kBytesPerCall = 48u << 10;

}  // namespace

Result<std::string> askedOf(const Arguments& arguments) {
  std::string query;
  for (const char* option : {"by", "reason"}) {
    if (trim(arguments.get(option)).empty())
      return Error{codes::kConfig, "--by and --reason must say who has it sent again, and why."};
    addParameter(query, option, cutAt(arguments.get(option), 2000));
  }
  return query;
}

void addParameter(std::string& query, std::string_view name, std::string_view value) {
  query.append(query.empty() ? "" : "&").append(name).append("=") += percentEncode(value);
}

int ResendRun::run() {
  if (fill()) wish_.preview ? look() : carryOut();
  if (shows_) std::fputs("\n", stderr);
  std::fputs(wish_.json ? (report_.json() + "\n").c_str() : report_.text().c_str(), stdout);
  if (failed_ != kOk) return failed_;
  return report_.whole() ? kOk : kSomeNot;
}

bool ResendRun::fill() {
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

bool ResendRun::fillByDay(const std::string& target) {
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

bool ResendRun::fillByIds(const std::string& target) {
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

std::string ResendRun::bodyFrom(std::size_t at) const {
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

void ResendRun::look() {
  std::string after;
  do {
    const auto answer = ask("GET", address() + "?limit=200&after=" + percentEncode(after));
    if (!answer) return;
    const base::ShownJson page(*answer);
    print(report_.add(page.root()));
    after = base::textOf(page.root(), "next");
  } while (!after.empty() && !interrupted(0ns));
}

void ResendRun::carryOut() {
  do {
    const auto answer = ask("POST", address() + "/run?most=" + std::to_string(wish_.pace.page(0)));
    if (!answer) return;
    print(report_.add(base::ShownJson(*answer).root()));
    if (first_ == SIZE_MAX) first_ = report_.left();
  } while (report_.left() > 0 && goOn());
}

std::string ResendRun::address() const { return "/v1/resends/" + percentEncode(report_.list()); }

std::optional<std::string> ResendRun::ask(const std::string& method, const std::string& target,
                                          const std::string& body) {
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

void ResendRun::print(const std::string& lines) const {
  if (!wish_.json) std::fputs(lines.c_str(), stdout);
}

bool ResendRun::interrupted(std::chrono::nanoseconds pause) {
  if (!interrupt_.wait(pause)) return false;
  report_.stop("interrupted; what is above was done, the rest waits.");
  return true;
}

bool ResendRun::goOn() {
  const auto now = steady_clock::now();
  if (isatty(STDERR_FILENO) == 1) {
    driveTerminal(stderr, "\r");
    std::fprintf(stderr, "%zu owed again, %zu left ", report_.done(), report_.left());
    shows_ = true;
  }
  const std::size_t seen = first_ == SIZE_MAX ? 0 : first_ - report_.left();
  return !interrupted(wish_.pace.pause(seen + wish_.pace.page(0), now - begun_));
}

}  // namespace lianqiao::cli
