#include <cstdio>
#include <optional>

#include "admin/client.h"
#include "admin/json_builder.h"
#include "base/text_view.h"
#include "cli/commands.h"
#include "cli/running_node.h"
#include "lianqiao/http.h"
#include "lianqiao/text.h"

namespace lianqiao::cli {
namespace {

constexpr const char* kCloseUsage =
    "usage: lianqiao close [--config DIR | --data DIR] --reason TEXT [--format text|json] "
    "EXCEPTION…\n";

/// What became of each exception that was named.
class Closing {
 public:
  /// False where it makes no sense to go on.
  bool take(const std::string& id, const Result<HttpResponse>& answer) {
    if (answer && answer->status == 404) {
      ++unknown_;
      const std::string why = admin::messageOf(*answer);
      text_ += why + '\n';
      json_.object().field("id", id).field("result", "unknown").field("message", why).end();
      return true;
    }
    const base::ShownJson shown(answer ? std::string_view(answer->body) : std::string_view());
    if (!answer || answer->status != 200 || !shown) {
      stopped_ = answer ? Error{{}, admin::messageOf(*answer)} : answer.error();
      return false;
    }
    const std::string_view peer = base::textOf(shown.root(), "peer"),
                           code = base::textOf(shown.root(), "code");
    text_ += id + " " + std::string(peer) + " " + std::string(code) + " closed\n";
    json_.object()
        .field("id", id)
        .field("result", "closed")
        .field("peer", peer)
        .field("code", code)
        .end();
    return true;
  }

  /// Prints it; the exit code.
  int end(bool asJson) {
    json_.end();
    std::fputs(asJson ? (json_.take() + "\n").c_str() : text_.c_str(), stdout);
    if (stopped_) return callFailed(*stopped_);
    return unknown_ > 0 ? kSomeNot : kOk;
  }

 private:
  std::string text_;
  std::optional<Error> stopped_;
  admin::JsonBuilder json_ = std::move(admin::JsonBuilder().array());
  std::size_t unknown_ = 0;
};

}  // namespace

int runClose(int count, const char* const* texts) {
  auto arguments = parseArguments(count, texts, {"config", "data", "reason", "format"}, {});
  const auto json = arguments ? arguments->wantsJson() : Result<bool>(arguments.error());
  if (!json) {
    std::fprintf(stderr, "%s\n", json.error().detail.c_str());
    return kUsage;
  }
  const std::string reason = arguments->get("reason");
  if (arguments->words.empty() || trim(reason).empty()) {
    if (!arguments->words.empty())
      std::fputs("--reason must say why nobody will mend it.\n", stderr);
    std::fputs(kCloseUsage, stderr);
    return kUsage;
  }
  const auto node = runningNode(*arguments);
  if (!node) return kUsage;
  // More is refused all the same, and an address has its limit.
  const std::string_view sent = cutAt(reason, 2000);
  const std::string how =
      "/close?reason=" + percentEncode(sent) + "&by=" + percentEncode(operatorName());
  Closing closing;
  for (const std::string& id : arguments->words) {
    if (!closing.take(id, admin::call(*node, "POST", "/v1/exceptions/" + percentEncode(id) + how)))
      break;
  }
  return closing.end(*json);
}

}  // namespace lianqiao::cli
