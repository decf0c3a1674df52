#include "review/retold.h"

#include <algorithm>
#include <charconv>

namespace lianqiao::review {
namespace {

using record::Attempt;

std::string_view firstWord(std::string_view& rest) {
  const std::size_t end = std::min(rest.find(' '), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return word;
}

long long numberOf(std::string_view word) {
  long long number = 0;
  std::from_chars(word.data(), word.data() + word.size(), number);
  return number;
}

record::JournalEntry entryOf(long long millis, Attempt attempt) {
  record::JournalEntry entry;
  entry.at = WallTime(std::chrono::milliseconds(millis));
  entry.attempts.push_back(std::move(attempt));
  return entry;
}

/// Lines of failed attempts, oldest first. Why a person closed an exception is none.
std::vector<std::string_view> linesOf(std::string_view failed) {
  std::vector<std::string_view> lines;
  while (!failed.empty()) {
    const std::size_t end = std::min(failed.find('\n'), failed.size());
    const std::string_view line = failed.substr(0, end);
    if (line.find(" deliver.cancelled ") == std::string_view::npos) lines.push_back(line);
    failed.remove_prefix(std::min(end + 1, failed.size()));
  }
  return lines;
}

/// A person had it sent again.
bool isResent(std::string_view line) {
  return line.find(" deliver.resent ") != std::string_view::npos;
}

}  // namespace

void appendRetold(std::string_view record, std::string_view peer, std::string_view state,
                  std::string_view failed, std::vector<record::JournalEntry>& entries) {
  const std::string_view kind = firstWord(state);
  const long long at = numberOf(firstWord(state));
  const auto attempts = static_cast<int>(numberOf(firstWord(state)));
  const std::vector<std::string_view> lines = linesOf(failed);
  const bool delivered = kind == "d";
  // The attempts count anew once a person has the record sent again.
  const auto resent = std::find_if(lines.rbegin(), lines.rend(), isResent);
  const auto since = static_cast<int>(resent - lines.rbegin());
  const int before = attempts - (delivered ? 1 : 0) - since;
  const int former = static_cast<int>(lines.size()) - since;
  Attempt attempt;
  attempt.peer = peer;
  attempt.record = record;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::string_view line = lines[i];
    attempt.verdict = Attempt::Verdict::retry;
    const int place = static_cast<int>(i) + 1;
    attempt.number = place > former ? std::max(1, before + place - former) : place;
    if (isResent(line)) {
      attempt.verdict = Attempt::Verdict::resent;
      attempt.number = 0;
    }
    const long long when = numberOf(firstWord(line));
    attempt.code = firstWord(line);
    attempt.detail = line;
    if (kind == "b" && i + 1 == lines.size()) {
      attempt.verdict = Attempt::Verdict::buried;
      attempt.exception = state;
    }
    entries.push_back(entryOf(when, attempt));
  }
  if (!delivered) return;
  attempt = Attempt();
  attempt.peer = peer;
  attempt.record = record;
  attempt.number = std::max(1, attempts);
  attempt.receipt = state;
  entries.push_back(entryOf(at, std::move(attempt)));
}

}  // namespace lianqiao::review
