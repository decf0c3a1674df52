#include <chrono>
#include <cstdio>
#include <thread>

#include "admin/client.h"
#include "base/text_view.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/history_view.h"
#include "cli/running_node.h"

namespace lianqiao::cli {
namespace {

/// All files are read.
constexpr std::chrono::seconds kVerifies{3600};
constexpr std::chrono::milliseconds kLook{500};
/// By then this node has taken over, or another one has it.
constexpr std::chrono::seconds kTakesOver{20};

std::string wordsOf(const Arguments& arguments) {
  const std::string by = arguments.has("by") ? arguments.get("by") : operatorName();
  return "by=" + percentEncode(by) + "&reason=" + percentEncode(arguments.get("reason"));
}

/// The answer's body; nothing, and why is printed, where it failed.
std::optional<std::string> asked(const admin::NodeFile& node, const std::string& method,
                                 const std::string& target, int& code) {
  const auto answer = admin::call(node, method, target, kVerifies);
  if (!answer) {
    code = callFailed(answer.error());
    return std::nullopt;
  }
  if (answer->status / 100 == 2) return answer->body;
  std::fprintf(stderr, "%s\n", admin::messageOf(*answer).c_str());
  code = kFailed;
  return std::nullopt;
}

int verify(const admin::NodeFile& node, bool json) {
  int code = kOk;
  const auto body = asked(node, "POST", "/v1/history/verify", code);
  if (!body) return code;
  const base::ShownJson shown(*body);
  const json::Value* problems = shown ? shown.root().find("problems") : nullptr;
  std::fputs(json ? (*body + "\n").c_str() : verifiedView(*body).c_str(), stdout);
  return problems != nullptr && problems->size() == 0 ? kOk : kFailed;
}

/// Until this node writes its history and all that the queue keeps is in it.
int rebuild(const admin::NodeFile& node, const Arguments& arguments, bool json) {
  int code = kOk;
  if (!asked(node, "POST", "/v1/history/rebuild?" + wordsOf(arguments), code)) return code;
  const auto until = std::chrono::steady_clock::now() + kTakesOver;
  for (;; std::this_thread::sleep_for(kLook)) {
    const auto body = asked(node, "GET", "/v1/status", code);
    if (!body) return code;
    const base::ShownJson shown(*body);
    const json::Value* history = shown ? shown.root().find("history") : nullptr;
    const auto is = [&](std::string_view name) {
      const json::Value* value = history == nullptr ? nullptr : history->find(name);
      return value != nullptr && value->boolean();
    };
    const bool failing = !base::textOf(history, "code").empty();
    if (!failing && is("writing") && is("refilling")) continue;
    if (!is("writing") && std::chrono::steady_clock::now() < until) continue;
    std::fputs(json ? (*body + "\n").c_str() : rebuiltView(*body).c_str(), stdout);
    return !failing && is("writing") ? kOk : kFailed;
  }
}

int erase(const admin::NodeFile& node, const Arguments& arguments, bool json) {
  int code = kOk;
  const auto body = asked(node, "POST",
                          "/v1/history/erase?number=" + percentEncode(arguments.get("number")) +
                              "&" + wordsOf(arguments),
                          code);
  if (!body) return code;
  const base::ShownJson shown(*body);
  const std::string count = std::to_string(base::numberOf(&shown.root(), "records"));
  std::fputs(json ? (*body + "\n").c_str()
                  : (count + " records and quarantined items were blanked.\n").c_str(),
             stdout);
  return kOk;
}

}  // namespace

int runHistory(int count, const char* const* texts) {
  auto arguments =
      parseArguments(count, texts, {"config", "data", "number", "by", "reason", "format"}, {});
  const auto json = arguments ? arguments->wantsJson() : Result<bool>(arguments.error());
  if (!json) return printUsage(json.error());
  const std::string act = arguments->words.size() == 1 ? arguments->words.front() : "";
  const bool why = arguments->has("reason");
  if (act != "verify" &&
      (!why || (act != "rebuild" && (act != "erase" || !arguments->has("number"))))) {
    std::fprintf(
        stderr,
        "usage: lianqiao history [--config DIR | --data DIR] [--format text|json] verify | "
        "rebuild --reason WHY | erase --number N --reason WHY [--by WHO]\n");
    return kUsage;
  }
  const auto node = runningNode(*arguments);
  if (!node) return kUsage;
  if (act == "verify") return verify(*node, *json);
  return act == "rebuild" ? rebuild(*node, *arguments, *json) : erase(*node, *arguments, *json);
}

}  // namespace lianqiao::cli
