#include "cli/history_view.h"

#include "base/text_view.h"

namespace lianqiao::cli {
namespace {

constexpr std::string_view kNoAnswer = "The gateway's answer cannot be read.\n";
constexpr std::size_t kSenderColumns = 16;
constexpr std::size_t kTypeColumns = 14;

void appendMore(std::string_view label, const json::Value& of, std::string_view name,
                std::string& out) {
  const std::string_view text = base::textOf(of, name);
  if (!text.empty()) out.append(", ").append(label).append(text);
}

/// "province delivered, city retrying": nothing where nobody is owed it.
std::string deliveriesText(const json::Value& record) {
  std::string out;
  const json::Value* deliveries = record.find("deliveries");
  if (deliveries == nullptr) return out;
  for (const json::Value& one : deliveries->elements()) {
    if (!out.empty()) out += ", ";
    out.append(base::textOf(one, "peer")).append(" ").append(base::textOf(one, "state"));
  }
  return out;
}

void appendOwed(const json::Value& delivery, std::string& out) {
  out += "  to ";
  base::pad(out, base::textOf(delivery, "peer"), kSenderColumns);
  out += base::textOf(delivery, "state");
  appendMore("at ", delivery, "at", out);
  appendMore("receipt ", delivery, "receipt", out);
  appendMore("exception ", delivery, "exception", out);
  appendMore("", delivery, "code", out);
  if (const std::int64_t attempts = base::numberOf(delivery, "attempts"); attempts > 1)
    out += ", " + std::to_string(attempts) + " attempts";
  out += '\n';
}

void appendAttempts(const json::Value& answer, std::string& out) {
  const json::Value* attempts = answer.find("attempts");
  if (attempts == nullptr || attempts->size() == 0) return;
  out += "Failed attempts\n";
  for (const json::Value& one : attempts->elements()) {
    out.append("  ").append(base::textOf(one, "at")).append(" to ");
    out.append(base::textOf(one, "peer")).append(", ").append(base::textOf(one, "code"));
    out.append(": ").append(base::textOf(one, "detail")) += '\n';
    if (const std::string_view said = base::textOf(one, "answer"); !said.empty())
      out.append("    answered ").append(said) += '\n';
  }
}

void appendRepetitions(const json::Value& answer, std::string& out) {
  const json::Value* repetitions = answer.find("repetitions");
  if (repetitions == nullptr) return;
  for (const json::Value& one : repetitions->elements())
    out += "Sent again " + std::to_string(base::numberOf(one, "times")) + " times by " +
           std::string(base::textOf(one, "peer")) + ", last at " +
           std::string(base::textOf(one, "last")) + ".\n";
}

void appendExceptions(const json::Value& answer, std::string& out) {
  const json::Value* exceptions = answer.find("exceptions");
  if (exceptions == nullptr) return;
  for (const json::Value& one : exceptions->elements()) {
    out.append("Exception ").append(base::textOf(one, "id")).append(" of ");
    out.append(base::textOf(one, "peer")).append(", ").append(base::textOf(one, "code"));
    appendMore("at ", one, "at", out);
    out += '\n';
    const std::string_view detail = base::textOf(one, "detail");
    if (!base::appendProblemLines(detail, 2, out) && !detail.empty())
      out.append("  ").append(detail) += '\n';
    if (const std::string_view how = base::textOf(one, "how"); !how.empty()) {
      out.append("  ").append(how).append(" at ").append(base::textOf(one, "ended"));
      appendMore("", one, "note", out);
      out += '\n';
    }
  }
}

void appendSent(const json::Value& answer, std::string& out) {
  const json::Value* sent = answer.find("sent");
  if (sent == nullptr) return;
  for (const json::Value& one : sent->elements()) {
    const std::string_view how = base::textOf(one, "how");
    out.append("Sent to ").append(base::textOf(one, "peer"));
    out += how == "kept"         ? ", as it was kept"
           : how == "recomputed" ? ", made again: it is what was sent"
           : how == "different"  ? ", made again: not surely what was sent"
                                 : ": not known";
    appendMore("digest ", one, "digest", out);
    out += '\n';
    for (const std::string_view part : {"why", "payload", "payload_base64"})
      if (const std::string_view text = base::textOf(one, part); !text.empty())
        out.append("  ").append(text) += '\n';
  }
}

}  // namespace

std::string foundView(std::string_view foundJson) {
  const base::ShownJson answer(foundJson);
  const json::Value* records = answer ? answer.root().find("records") : nullptr;
  if (records == nullptr) return std::string(kNoAnswer);
  std::string out;
  for (const json::Value& record : records->elements()) {
    base::pad(out, base::textOf(record, "id"), 26);
    base::pad(out, base::textOf(record, "accepted"), 24);
    base::pad(out, base::textOf(record, "peer"), kSenderColumns);
    const bool exception = record.find("exception") != nullptr;
    base::pad(out, exception ? "exception" : base::textOf(record, "type"), kTypeColumns);
    base::pad(out, base::textOf(record, "sourceid"), 20);
    out += deliveriesText(record) + '\n';
  }
  if (const json::Value* unread = answer.root().find("unread"))
    for (const json::Value& part : unread->elements())
      out.append("Not looked through: ").append(part.text()) += '\n';
  const std::string_view next = base::textOf(answer.root(), "next");
  if (!next.empty()) {
    out.append("There may be more: --after ").append(next) += '\n';
  } else if (records->size() == 0) {
    out += "Nothing was found.\n";
  }
  return out;
}

std::string recordView(std::string_view recordJson) {
  const base::ShownJson answer(recordJson);
  if (!answer) return std::string(kNoAnswer);
  std::string out;
  if (const json::Value* record = answer.root().find("record")) {
    out.append("Record ").append(base::textOf(*record, "id")) += '\n';
    base::appendFields(*record, 2, out);
  }
  if (const json::Value* event = answer.root().find("event")) {
    out += "Event\n";
    base::appendFields(*event, 2, out);
  }
  if (const json::Value* deliveries = answer.root().find("deliveries"))
    for (const json::Value& one : deliveries->elements()) appendOwed(one, out);
  appendAttempts(answer.root(), out);
  appendRepetitions(answer.root(), out);
  appendExceptions(answer.root(), out);
  if (const json::Value* raw = answer.root().find("raw")) {
    out += "Raw item\n";
    if (raw->isNull()) out += "  no longer kept, or too much for one answer\n";
    base::appendFields(*raw, 2, out);
  }
  appendSent(answer.root(), out);
  return out;
}

std::string verifiedView(std::string_view verifiedJson) {
  const base::ShownJson answer(verifiedJson);
  if (!answer) return std::string(kNoAnswer);
  const auto number = [&](std::string_view name) {
    return std::to_string(base::numberOf(&answer.root(), name));
  };
  std::string out = number("records") + " records, " + number("contents") + " contents, " +
                    number("sent") + " payloads.\n";
  const json::Value* problems = answer.root().find("problems");
  if (problems == nullptr) return out;
  for (const json::Value& one : problems->elements()) out.append("  ").append(one.text()) += '\n';
  out += problems->size() == 0 ? "All is whole.\n" : "";
  return out;
}

std::string rebuiltView(std::string_view statusJson) {
  const base::ShownJson answer(statusJson);
  const json::Value* history = answer ? answer.root().find("history") : nullptr;
  if (history == nullptr) return std::string(kNoAnswer);
  const json::Value* writing = history->find("writing");
  if (writing == nullptr || !writing->boolean())
    return "Node " + std::string(base::textOf(*history, "writer")) +
           " keeps the history, and is there: ask that one, or stop it first.\n";
  const std::int64_t gaps = base::numberOf(history, "gaps");
  if (gaps == 0) return "The history has no gap; all that the queue keeps is in it.\n";
  return std::to_string(base::numberOf(history, "refilled")) +
         " records were made up from what the queue still keeps. What cannot be made up of " +
         std::to_string(gaps) +
         " gaps: records that the queue has let go of, what was quarantined or sent again "
         "meanwhile, and all but the last sixteen failed attempts of a delivery.\n";
}

}  // namespace lianqiao::cli
