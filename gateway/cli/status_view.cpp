#include "cli/status_view.h"

#include <algorithm>
#include <cstdio>
#include <vector>

#include "base/text_view.h"
#include "runtime/peer_watch.h"

namespace lianqiao::cli {
namespace {

void padNumber(std::string& out, std::int64_t number, std::size_t columns) {
  const std::string text = std::to_string(number);
  out.append(columns > text.size() ? columns - text.size() : 0, ' ');
  out += text + ' ';
}

std::string secondsText(std::int64_t count) {
  return runtime::ageText(std::chrono::seconds(count));
}

/// How long ago, in a column of 6; "-" where it never was.
void padAge(std::string& out, const json::Value& peer, std::string_view name) {
  const json::Value* age = peer.find(name);
  const std::string text =
      age == nullptr ? "-" : secondsText(std::max<std::int64_t>(0, base::numberOf(peer, name)));
  out.append(text.size() < 8 ? 8 - text.size() : 0, ' ');
  out += text + ' ';
}

std::int64_t openOf(const json::Value* out) {
  return base::numberOf(out, "waiting") + base::numberOf(out, "leased") +
         base::numberOf(out, "retrying");
}

/// Whose it is to mend, before the code: what somebody on duty wants to know first.
std::string faultText(std::string_view fault) {
  if (fault == "us") return "at our side, ";
  if (fault == "network") return "the network, ";
  if (fault == "peer") return "at the peer's side, ";
  if (fault == "credential") return "a credential, ";
  if (fault == "data") return "the data, ";
  return {};
}

/// What somebody on duty needs to know of a peer that does not work.
std::string sentenceOf(const json::Value& peer, std::string_view state,
                       const json::Value* culprit) {
  std::string out = "  " + std::string(base::textOf(&peer, "name")) + ": " + std::string(state);
  if (const std::string_view since = base::textOf(culprit, "since"); !since.empty()) {
    out.append(" since ").append(since);
  }
  out += ", " + faultText(base::textOf(culprit, "fault")) +
         std::string(base::textOf(culprit, "cause")) + ": " +
         std::string(base::textOf(culprit, "detail")) + "\n";
  const json::Value* owed = peer.find("out");
  const std::int64_t open = openOf(owed);
  if (const auto next = base::textOf(culprit, "next_try"); !next.empty())
    out += "    Next try at " + std::string(next) + ".\n";
  if (const json::Value* contact = peer.find("contact"))
    out += "    Its contact: " + std::string(base::textOf(contact, "name")) + " " +
           std::string(base::textOf(contact, "phone")) + ".\n";
  if (culprit == owed && open > 0) {
    out += "    " + std::to_string(open) + " wait for it, the oldest for " +
           secondsText(base::numberOf(owed, "oldest_seconds")) + "; nothing is lost.\n";
  }
  return out;
}

/// Files and sheets that were quarantined unread, by their exceptions.
std::string unreadFilesSentence(const json::Value& peer) {
  const json::Value* files = peer.find("unread_files");
  if (files == nullptr) return {};
  std::string named;
  for (const json::Value& file : files->elements()) {
    named += named.empty() ? "" : "; ";
    named += std::string(base::textOf(&file, "origin")) + " (exception " +
             std::string(base::textOf(&file, "exception")) + ")";
  }
  const json::Value* more = peer.find("more_unread_files");
  if (more != nullptr && more->boolean()) named += "; and more";
  return "  " + std::string(base::textOf(&peer, "name")) + ": not read: " + named +
         ". Drop them again, mended, then lianqiao close what is settled.\n";
}

/// Of each peer with a session: since when it is open, or why it is not.
std::string sessionSentence(const json::Value& peer, const json::Value* in) {
  const json::Value* session = in == nullptr ? nullptr : in->find("session");
  if (session == nullptr) return {};
  const std::string_view since = base::textOf(session, "open_since");
  std::string out = "  " + std::string(base::textOf(&peer, "name")) + ": session ";
  out += since.empty() ? "not open" : "open since " + std::string(since);
  if (const auto heard = base::textOf(session, "last_heard"); !heard.empty())
    out += ", last heard of " + std::string(heard);
  if (const auto lost = base::textOf(session, "lost_at"); !lost.empty())
    out += "; last lost " + std::string(lost) + ": " +
           faultText(base::textOf(session, "lost_fault")) +
           std::string(base::textOf(session, "lost_cause"));
  return out + ".\n";
}

/// Of each direction that is reconciled: the last day, and what it showed.
std::string reconciledSentences(const json::Value& peer) {
  const json::Value* lines = peer.find("reconciled");
  std::string out;
  if (lines == nullptr) return out;
  for (const json::Value& line : lines->elements()) {
    const std::string_view day = base::textOf(&line, "day");
    if (day.empty()) continue;
    const json::Value* equal = line.find("equal");
    out += "  " + std::string(base::textOf(&peer, "name")) + ": reconciled " +
           std::string(base::textOf(&line, "direction")) + " of " + std::string(day) + ": ";
    const std::string_view code = base::textOf(&line, "code");
    const auto count = [&](std::string_view name) {
      return std::to_string(base::numberOf(&line, name));
    };
    if (equal != nullptr && equal->boolean()) {
      out += "equal, " + count("ours");
    } else if (!code.empty()) {
      out += std::string(code) + ": " + std::string(base::textOf(&line, "detail"));
    } else {
      out += count("ours") + " at our side, " + count("theirs") + " at theirs; they lack " +
             count("only_ours") + ", we lack " + count("only_theirs") + ", " + count("differing") +
             " differ";
    }
    out += "; open " + count("open") + " (" + std::string(base::textOf(&line, "at")) + ").\n";
  }
  return out;
}

/// What it sent and somebody else is late with.
std::string deadlineSentence(const json::Value& peer) {
  const json::Value* deadlines = peer.find("deadlines");
  if (deadlines == nullptr) return {};
  return "  " + std::string(base::textOf(&peer, "name")) + ": of what it sent " +
         std::to_string(base::numberOf(deadlines, "past")) + " past a deadline, " +
         std::to_string(base::numberOf(deadlines, "near")) + " near one.\n";
}

std::string scheduleSentence(const json::Value& peer, const json::Value* out, std::int64_t open) {
  return "  " + std::string(base::textOf(&peer, "name")) + ": " + std::to_string(open) +
         " wait for its set time, " + std::string(base::textOf(out, "next_try")) + ".\n";
}

std::string silenceSentence(const json::Value& peer) {
  const json::Value* silent = peer.find("silent");
  if (silent == nullptr) return {};
  return "  " + std::string(base::textOf(&peer, "name")) + ": silent for " +
         secondsText(base::numberOf(silent, "seconds")) +
         ", longer than usual: " + std::string(base::textOf(silent, "detail")) + ".\n";
}

/// Who was refused, in a peer's name or that of none.
std::string callersSentence(const json::Value& owner, std::string_view name) {
  const json::Value* callers = owner.find("refused_callers");
  if (callers == nullptr || callers->elements().empty()) return {};
  const json::Value& last = callers->elements().front();
  const std::size_t more = callers->elements().size() - 1;
  std::string out =
      "  " + std::string(name) + ": refused " + std::string(base::textOf(&last, "address")) + ", " +
      std::to_string(base::numberOf(&last, "times")) + " time(s), last " +
      std::string(base::textOf(&last, "last")) + ", " + std::string(base::textOf(&last, "code")) +
      ": " + std::string(base::textOf(&last, "detail"));
  if (more > 0) out += "; and " + std::to_string(more) + " more";
  return out + "\n";
}

struct Line {
  int harm = 0;
  std::string table;
  std::string sentence;
};

Line peerLine(const json::Value& peer) {
  const json::Value* in = peer.find("in");
  const json::Value* out = peer.find("out");
  std::string_view state = base::textOf(out, "state");
  const json::Value* culprit = out;
  if (const std::string_view polling = base::textOf(in, "state");
      !polling.empty() && polling != "ok") {
    state = polling;
    culprit = in;
  }
  if (state.empty() || state == "pull") state = "ok";
  Line line;
  const std::int64_t open = openOf(out);
  const std::int64_t exceptions = base::numberOf(&peer, "exceptions");
  const bool well = state == "ok" || state == "scheduled";
  const bool silent = peer.find("silent") != nullptr;
  line.harm = (well ? 0 : 4) + (silent ? 2 : 0) + (exceptions > 0 ? 1 : 0);
  base::pad(line.table, base::textOf(&peer, "name"), 16);
  base::pad(line.table, well && silent ? "silent" : state, 9);
  padNumber(line.table, base::numberOf(in, "accepted"), 9);
  padNumber(line.table, base::numberOf(in, "duplicates"), 9);
  padNumber(line.table, base::numberOf(out, "delivered"), 9);
  padNumber(line.table, open, 7);
  base::pad(line.table, open > 0 ? secondsText(base::numberOf(out, "oldest_seconds")) : "-", 6);
  padNumber(line.table, exceptions, 10);
  padAge(line.table, peer, "last_in_seconds");
  padAge(line.table, peer, "last_out_seconds");
  line.table.back() = '\n';
  if (!well) line.sentence = sentenceOf(peer, state, culprit);
  if (state == "scheduled") line.sentence = scheduleSentence(peer, out, open);
  if (const std::string_view unread = base::textOf(in, "unread"); !unread.empty()) {
    line.sentence += "  " + std::string(base::textOf(&peer, "name")) +
                     ": not read: " + std::string(unread) + "\n";
  }
  if (const std::int64_t waiting = base::numberOf(in, "waiting"); waiting > 0) {
    line.sentence += "  " + std::string(base::textOf(&peer, "name")) + ": " +
                     std::to_string(waiting) +
                     " of what it sent wait for an id that another platform has yet to tell\n";
  }
  line.sentence += unreadFilesSentence(peer);
  line.sentence += sessionSentence(peer, in);
  line.sentence += reconciledSentences(peer);
  line.sentence += deadlineSentence(peer);
  line.sentence += silenceSentence(peer);
  line.sentence += callersSentence(peer, base::textOf(&peer, "name"));
  return line;
}

/// One word of a shell, whatever a sender has put into it.
std::string shellWord(std::string_view text) {
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? "'\\''" : std::string(1, c);
  return word + "'";
}

/// Of each leaf that is updated in place and not delivered.
std::string heldSentences(const json::Value* held) {
  std::string out;
  if (held == nullptr) return out;
  for (const json::Value& leaf : held->elements()) {
    const std::string peer(base::textOf(leaf, "peer")), path(base::textOf(leaf, "path"));
    out += "  " + peer + ": `" + path + "` changes alone again and again; " +
           std::to_string(base::numberOf(leaf, "updates")) +
           " changes were kept and not delivered. Name it in ignore: of its mapping, or: lianqiao "
           "release " +
           peer + " " + shellWord(path) + "\n";
  }
  return out;
}

std::string spoolSentence(const json::Value* spool) {
  std::string out;
  if (base::numberOf(spool, "requests") > 0) {
    out += "  Spool: " + std::to_string(base::numberOf(spool, "requests")) +
           " requests wait for Redis, the oldest for " +
           secondsText(base::numberOf(spool, "oldest_seconds")) + "; " +
           std::to_string(base::numberOf(spool, "bytes") >> 20) + " of " +
           std::to_string(base::numberOf(spool, "limit") >> 20) + " MiB.\n";
  }
  if (base::numberOf(spool, "aside") > 0) {
    out += "  Spool: " + std::to_string(base::numberOf(spool, "aside")) +
           " requests are refused by Redis for good; the gateway's log says why and names the key. "
           "Once it "
           "is moved away they go to Redis within an hour, or at the next start.\n";
  }
  return out;
}

/// What is wrong with the history, or nothing.
std::string historySentences(const json::Value* history) {
  std::string out;
  if (const std::string_view code = base::textOf(history, "code"); !code.empty())
    out += "  The history is not written since " + std::string(base::textOf(history, "since")) +
           ", " + std::string(code) + ": " + std::string(base::textOf(history, "detail")) + " (" +
           std::to_string(base::numberOf(history, "behind")) + " steps wait in the journal)\n";
  if (const std::int64_t gaps = base::numberOf(history, "gaps"); gaps > 0)
    out += "  The history has gaps (" + std::to_string(gaps) +
           "): steps of the queue that it could not read; the log says when and why. " +
           std::to_string(base::numberOf(history, "refilled")) +
           " records of them were made up from what the queue still kept.\n";
  const json::Value* writing = history == nullptr ? nullptr : history->find("writing");
  if (writing != nullptr && !writing->boolean() && base::textOf(history, "code").empty()) {
    const std::string_view node = base::textOf(history, "writer");
    const json::Value* split = history->find("split");
    out += "  The history is written by " +
           (node.empty() ? std::string("no node yet") : "node " + std::string(node));
    out += split != nullptr && split->boolean()
               ? "; a second one of this node would be split from it. Ask that node.\n"
               : ".\n";
  }
  const json::Value* damaged = history == nullptr ? nullptr : history->find("damaged");
  if (damaged == nullptr) return out;
  for (const json::Value& part : damaged->elements())
    out += "  History: " + std::string(part.text()) + "\n";
  return out;
}

/// Why Redis takes no records, and who is refused.
std::string refusingSentences(const json::Value& status) {
  std::string out;
  if (const json::Value* obstacle = status.find("obstacle"))
    out += "  Redis takes no records since " + std::string(base::textOf(obstacle, "since")) + ", " +
           std::string(base::textOf(obstacle, "code")) + ": " +
           std::string(base::textOf(obstacle, "detail")) + "\n";
  const json::Value* refusing = status.find("refusing");
  if (refusing == nullptr) return out;
  for (const json::Value& one : refusing->elements()) {
    const std::string_view peer = base::textOf(&one, "peer");
    out += "  Refused: " + std::string(peer.empty() ? "everybody" : peer) + ", " +
           std::string(base::textOf(&one, "code")) + ": " +
           std::string(base::textOf(&one, "detail")) + "\n";
  }
  return out;
}

}  // namespace

bool saysSomebodyIsRefused(std::string_view statusJson) {
  json::Document document;
  if (!json::parse(statusJson, document)) return false;
  const json::Value* available = document.root.find("queue_available");
  const json::Value* refusing = document.root.find("refusing");
  return (available != nullptr && !available->boolean()) ||
         document.root.find("obstacle") != nullptr ||
         base::numberOf(document.root.find("spool"), "aside") > 0 ||
         (refusing != nullptr && !refusing->elements().empty());
}

std::string statusView(std::string_view statusJson) {
  const base::ShownJson shown(statusJson);
  if (!shown) return "The gateway's status cannot be read.\n";
  std::vector<Line> lines;
  if (const json::Value* peers = shown.root().find("peers")) {
    for (const json::Value& peer : peers->elements()) lines.push_back(peerLine(peer));
  }
  std::stable_sort(lines.begin(), lines.end(),
                   [](const Line& a, const Line& b) { return a.harm > b.harm; });
  std::string out =
      "PEER             STATE      ACCEPTED DUPLICATE DELIVERED    OPEN OLDEST EXCEPTIONS"
      "  LAST IN LAST OUT\n";
  for (const Line& line : lines) out += line.table;
  for (const Line& line : lines) out += line.sentence;
  const json::Value* queue = shown.root().find("queue_available");
  const json::Value* spool = shown.root().find("spool");
  if (queue != nullptr && !queue->boolean()) {
    out += spool == nullptr ? "  Redis does not answer: nothing is accepted until it is back.\n"
                            : "  Redis does not answer: nothing is delivered until it is back; "
                              "records are kept in the spool.\n";
  }
  out += refusingSentences(shown.root());
  out += callersSentence(shown.root(), "No peer's name");
  if (const std::string_view primary = base::textOf(&shown.root(), "redis_primary");
      !primary.empty())
    out += "  Redis: the sentinels' primary is " + std::string(primary) + ".\n";
  out += spoolSentence(spool);
  out += historySentences(shown.root().find("history"));
  out += heldSentences(shown.root().find("held"));
  const json::Value* totals = shown.root().find("totals");
  if (totals == nullptr) return out;
  char text[200];
  std::snprintf(
      text, sizeof text,
      "TOTAL accepted=%lld owed=%lld delivered=%lld open=%lld exceptions=%lld duplicates=%lld\n",
      static_cast<long long>(base::numberOf(totals, "accepted")),
      static_cast<long long>(base::numberOf(totals, "owed")),
      static_cast<long long>(base::numberOf(totals, "delivered")),
      static_cast<long long>(base::numberOf(totals, "open")),
      static_cast<long long>(base::numberOf(totals, "exceptions")),
      static_cast<long long>(base::numberOf(totals, "duplicates")));
  return out + text;
}

}  // namespace lianqiao::cli
