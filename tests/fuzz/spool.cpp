#include "fuzz/fuzz.h"
#include "spool/submission_codec.h"

namespace lianqiao::fuzz {
namespace {

/// A submission out of the bytes, so that every field has been anything.
queue::Submission submissionOf(std::string_view bytes) {
  const auto take = [&bytes] {
    const std::string text(bytes.substr(
        0, bytes.empty()
               ? 0
               : static_cast<std::size_t>(static_cast<unsigned char>(bytes.front())) % 40));
    bytes.remove_prefix(text.empty() && !bytes.empty() ? 1 : text.size());
    return text;
  };
  queue::Submission made;
  while (!bytes.empty()) {
    queue::Entry& entry = made.entries.emplace_back();
    if (bytes.front() % 2 == 0) {
      entry.record.emplace();
      for (std::string* field :
           {&entry.record->id, &entry.record->peer, &entry.record->type, &entry.record->key,
            &entry.record->sourceId, &entry.record->revision, &entry.record->fingerprint,
            &entry.record->event, &entry.record->step})
        *field = take();
      entry.record->destinations = {take(), take()};
      entry.record->received = WallTime(std::chrono::milliseconds(bytes.size() * 1'000'003));
    } else {
      entry.quarantined.emplace();
      for (std::string* field :
           {&entry.quarantined->id, &entry.quarantined->peer, &entry.quarantined->sourceId,
            &entry.quarantined->origin, &entry.quarantined->code})
        *field = take();
      entry.quarantined->problems = {{take(), take(), take()}};
    }
    entry.body = take();
    entry.evidence = take();
  }
  return made;
}

void demandSame(const queue::Submission& submission) {
  const std::string bytes = spool::encode(submission);
  demand(bytes.size() <= spool::sizeOf(submission), "a row takes no more than was reckoned");
  const auto back = spool::decode(bytes);
  demand(back.has_value() && back->entries.size() == submission.entries.size(),
         "what was encoded is decoded");
  demand(spool::encode(*back) == bytes, "and is the same");
  for (std::size_t cut = bytes.size() > 64 ? bytes.size() - 64 : 0; cut < bytes.size(); ++cut)
    demand(!spool::decode(std::string_view(bytes).substr(0, cut)),
           "a row that is cut is told from a whole one");
}

}  // namespace

LIANQIAO_FUZZ_TARGET(spool) {
  if (const auto decoded = spool::decode(input)) demandSame(*decoded);
  demandSame(submissionOf(input));
  demand(spool::checksum(input) == spool::checksum(std::string(input)),
         "a checksum depends on the bytes alone");
}

}  // namespace lianqiao::fuzz
