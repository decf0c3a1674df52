#include "cli/status_peer_view.h"

#include <array>

#include "base/text_view.h"
#include "lianqiao/json.h"

namespace lianqiao::cli {
namespace {

/// What we call something, in both languages.
struct Label {
  std::string_view english, chinese;
};

class PeerView {
 public:
  PeerView(const json::Value& peer, plugin::Language language)
      : peer_(peer), chinese_(language == plugin::Language::chinese) {}

  std::string text() {
    out_ = std::string(base::textOf(&peer_, "name")) + "  " +
           std::string(base::textOf(&peer_, "title")) + "  (" +
           std::string(base::textOf(&peer_, "adapter")) + ")\n";
    if (const json::Value* contact = peer_.find("contact"))
      row({"contact", "联系人"}, std::string(base::textOf(contact, "name")) + "  " +
                                     std::string(base::textOf(contact, "phone")));
    row({"last in", "最近收到"}, base::textOf(&peer_, "last_in"));
    row({"last out", "最近送达"}, base::textOf(&peer_, "last_out"));
    if (const json::Value* silent = peer_.find("silent"))
      row({"silent since", "静默始于"}, std::string(base::textOf(silent, "since")) + ": " +
                                            std::string(base::textOf(silent, "detail")));
    if (const json::Value* deadlines = peer_.find("deadlines"))
      row({"deadlines", "时限"},
          std::to_string(base::numberOf(deadlines, "past")) + (chinese_ ? " 逾期，" : " past, ") +
              std::to_string(base::numberOf(deadlines, "near")) + (chinese_ ? " 将到期" : " near"));
    way({"in", "收"}, peer_.find("in"));
    way({"out", "发"}, peer_.find("out"));
    row({"exceptions", "异常"}, std::to_string(base::numberOf(&peer_, "exceptions")));
    callers();
    outages();
    return std::move(out_);
  }

 private:
  std::string_view of(Label label) const { return chinese_ ? label.chinese : label.english; }

  void row(Label label, std::string_view value) {
    if (value.empty()) return;
    out_ += "  ";
    base::pad(out_, of(label), 16);
    out_ += std::string(value) + "\n";
  }

  /// One direction: its state and why, then its counts.
  void way(Label label, const json::Value* way) {
    if (way == nullptr) return;
    std::string state(base::textOf(way, "state"));
    for (const std::string_view part : {"since", "cause", "detail"})
      if (const auto text = base::textOf(way, part); !text.empty())
        state += (part == "detail" ? ": " : ", ") + std::string(text);
    row(label, state);
    row({"  next try", "  下次尝试"}, base::textOf(way, "next_try"));
    static constexpr std::array<std::pair<std::string_view, Label>, 10> kCounts{{
        {"accepted", {"accepted", "已接收"}},
        {"duplicates", {"duplicates", "重复"}},
        {"quarantined", {"quarantined", "隔离"}},
        {"owed", {"owed", "应发"}},
        {"delivered", {"delivered", "已送达"}},
        {"waiting", {"waiting", "等待"}},
        {"leased", {"under way", "在途"}},
        {"retrying", {"retrying", "重试"}},
        {"buried", {"buried", "埋葬"}},
        {"failed_attempts", {"failed tries", "失败次数"}},
    }};
    std::string counts;
    for (const auto& [name, what] : kCounts)
      if (way->find(name) != nullptr)
        counts += (counts.empty() ? "" : ", ") + std::string(of(what)) + " " +
                  std::to_string(base::numberOf(way, name));
    row({"", ""}, counts);
  }

  void callers() {
    const json::Value* callers = peer_.find("refused_callers");
    if (callers == nullptr || callers->elements().empty()) return;
    row({"refused callers", "被拒来访"},
        chinese_ ? "自本进程启动以来" : "since this process began");
    for (const json::Value& caller : callers->elements())
      out_ += "    " + std::string(base::textOf(&caller, "address")) + "  ×" +
              std::to_string(base::numberOf(&caller, "times")) + "  " +
              std::string(base::textOf(&caller, "last")) + "  " +
              std::string(base::textOf(&caller, "code")) + ": " +
              std::string(base::textOf(&caller, "detail")) + "\n";
  }

  void outages() {
    const json::Value* outages = peer_.find("outages");
    if (outages == nullptr || outages->elements().empty()) return;
    row({"outages", "中断"}, chinese_ ? "最近 32 次，最新在前" : "the last 32, newest first");
    for (const json::Value& outage : outages->elements()) {
      const std::string_view end = base::textOf(&outage, "end");
      const bool inbound = base::textOf(&outage, "way") == "in";
      out_ += "    " + std::string(base::textOf(&outage, "begin")) + "  –  " +
              std::string(end.empty() ? (chinese_ ? "仍在持续" : "lasts") : end) + "  " +
              std::string(of(inbound ? Label{"in", "收"} : Label{"out", "发"})) + "  " +
              std::string(base::textOf(&outage, "code")) + "\n";
    }
  }

  const json::Value& peer_;
  const bool chinese_;
  std::string out_;
};

}  // namespace

std::string statusPeerView(std::string_view statusJson, plugin::Language language) {
  const base::ShownJson shown(statusJson);
  const json::Value* peers = shown ? shown.root().find("peers") : nullptr;
  if (peers == nullptr || peers->elements().empty()) {
    return language == plugin::Language::chinese
               ? "现在没有该对端的状态：Redis 没有应答，或对端已移除且不再欠它任何东西。\n"
               : "There is no status of this peer now: Redis does not answer, or the peer was "
                 "removed and nothing is owed to it.\n";
  }
  return PeerView(peers->elements().front(), language).text();
}

}  // namespace lianqiao::cli
